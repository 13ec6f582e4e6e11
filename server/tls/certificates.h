#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "server/config/settings.h"
#include "server/files/file_stamp.h"
#include "server/log/log.h"
#include "server/tls/context.h"

namespace sideline::tls {

/// The context that new connections get, and the files that it came from. Another one takes its
/// place only as a whole and only if it is right; until then the old one stays. Not thread-safe: it
/// belongs to the thread that accepts.
class Certificates {
 public:
  /// `log` must outlive it.
  explicit Certificates(log::Log& log) : log_(log) {}

  /// Null: there is no TLS.
  [[nodiscard]] const Context& context() const { return context_; }
  /// When a certificate of the server's chain ends: milliseconds since the UNIX epoch. Only if
  /// there is a context.
  [[nodiscard]] std::int64_t expiry_ms() const { return expiry_ms_; }

  /// Whether a change of the configuration is one of what stands in a context.
  [[nodiscard]] static bool is_concerned(const config::Settings& before,
                                         const config::Settings& now);

  /// A context that was read and is not in use yet.
  struct Candidate {
    Context context;
    std::int64_t expiry_ms = 0;
    config::Settings settings;
    /// Of the certificate, the key, its password, and whom to trust, as they were before they were
    /// read.
    std::array<FileStamp, 5> stamps;
  };
  /// Reads what `settings` name: nothing, and the reason in the log, if that is no valid context.
  [[nodiscard]] std::optional<Candidate> read(const config::Settings& settings);
  void use(Candidate candidate);
  /// From now on there is no TLS.
  void drop();

  /// Reads the files again if they are not what they were at the last look or read. Returns whether
  /// there is another context now. If they are wrong the log says so, once for each such change.
  bool look();

 private:
  log::Log& log_;
  Context context_;
  std::int64_t expiry_ms_ = 0;
  config::Settings settings_;
  std::array<FileStamp, 5> stamps_;
};

}  // namespace sideline::tls
