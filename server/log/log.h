#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include <absl/base/thread_annotations.h>

#include "server/base/mutex.h"

namespace sideline::log {

/// How much an event matters. As a threshold, kNothing is above all events.
enum class Level : std::uint8_t { kDebug, kVerbose, kNotice, kWarning, kNothing };

/// The level that the directive `loglevel` names.
[[nodiscard]] std::optional<Level> level_of(std::string_view name);

/// Writes events, one line each, to a file or to standard error, or hands them to a program:
///
///     2026-01-31T12:00:00.123Z notice Ready to accept connections on 127.0.0.1:6379
///
/// The time is UTC. A line is one write() at the end of the file, so it is whole whatever other
/// threads and processes write, and in the file before the call returns. What users sent is safe
/// to pass: control characters and bytes outside ASCII appear as \xHH, a backslash as two.
/// Thread-safe.
class Log {
 public:
  /// `path` empty: standard error.
  Log(std::string path, Level threshold);
  /// `sink` gets each event without time and level, by one thread at a time.
  using Sink = std::function<void(std::string_view event)>;
  Log(Sink sink, Level threshold);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  /// Opens the file again, which lets another program move it away: nothing on success, else why
  /// it could not be opened; then the old file stays in use. Call it once before the first event.
  [[nodiscard]] std::optional<std::string> reopen() ABSL_LOCKS_EXCLUDED(mutex_);

  void set_threshold(Level level) { threshold_.store(level, std::memory_order_relaxed); }
  /// Whether an event of this level is written: ask before work that is only for the log.
  [[nodiscard]] bool writes(Level level) const {
    return level >= threshold_.load(std::memory_order_relaxed);
  }

  /// The pieces follow each other without separators. An event that cannot be written is lost.
  using Pieces = std::initializer_list<std::string_view>;
  void debug(Pieces pieces) { write(Level::kDebug, pieces); }
  void verbose(Pieces pieces) { write(Level::kVerbose, pieces); }
  void notice(Pieces pieces) { write(Level::kNotice, pieces); }
  void warning(Pieces pieces) { write(Level::kWarning, pieces); }

 private:
  void write(Level level, Pieces pieces) ABSL_LOCKS_EXCLUDED(mutex_);

  void write_line(std::string_view line) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string path_;
  const Sink sink_;
  std::atomic<Level> threshold_;
  Mutex mutex_;
  int descriptor_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sideline::log
