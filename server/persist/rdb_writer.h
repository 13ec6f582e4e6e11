#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace sideline::persist {

/// Spells a snapshot that Redis 7.0 reads. Holds 64 KiB of it at most, and as much again for what
/// it compresses.
class RdbWriter {
 public:
  struct Options {
    bool compress;  ///< strings by LZF, where that makes them shorter
    bool checksum;
  };
  /// `write` gets the snapshot, piece by piece.
  using Write = std::function<void(std::string_view)>;
  RdbWriter(Options options, Write write);

  void begin(std::int64_t now_ms, std::uint64_t used_memory);
  /// What follows belongs to this database, of about so many keys.
  void select(int database, std::uint64_t keys, std::uint64_t keys_with_deadline);
  void entry(std::string_view key, std::string_view value, std::int64_t deadline_ms);
  void end();

 private:
  static constexpr std::size_t kBuffered = std::size_t{64} << 10;

  void append(std::string_view bytes);
  void append_byte(std::uint8_t byte) { append({reinterpret_cast<const char*>(&byte), 1}); }
  template <class Number>
  void append_little_endian(Number number);
  void append_length(std::uint64_t length);
  void append_string(std::string_view bytes);
  [[nodiscard]] bool append_integer(std::string_view bytes);
  [[nodiscard]] bool append_compressed(std::string_view bytes);
  void auxiliary(std::string_view name, std::string_view value);
  void pass_on(std::string_view bytes);
  void flush();

  const Options options_;
  const Write write_;
  std::string buffer_;
  std::string compressed_;
  std::uint64_t crc_ = 0;
};

}  // namespace sideline::persist
