#include "server/persist/rdb_writer.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <libcache/number.h>
#include <libcache/operations.h>
#include <liblzf/lzf.h>

#include "server/persist/crc64.h"
#include "server/persist/rdb_format.h"

namespace sideline::persist {
namespace {

// Integers of up to 32 bits have at most so many characters.
constexpr std::size_t kLongestInteger = 11;
// As in Redis, what is shorter is not worth it.
constexpr std::size_t kShortestCompressed = 21;
constexpr std::size_t kLeastGain = 4;

constexpr std::uint64_t kMostLength6 = 0x3F;
constexpr std::uint64_t kMostLength14 = 0x3FFF;

template <class Integer>
bool fits(std::int64_t number) {
  return number >= std::numeric_limits<Integer>::min() &&
         number <= std::numeric_limits<Integer>::max();
}

std::uint8_t head_of(rdb::StringEncoding encoding) {
  return static_cast<std::uint8_t>(rdb::kEncoded << 6 | encoding);
}

std::string with_zeros(int number, std::size_t digits) {
  std::string text = std::to_string(number);
  text.insert(0, digits - std::min(digits, text.size()), '0');
  return text;
}

}  // namespace

RdbWriter::RdbWriter(Options options, Write write) : options_(options), write_(std::move(write)) {
  buffer_.reserve(kBuffered);
  compressed_.resize(kBuffered);
}

void RdbWriter::begin(std::int64_t now_ms, std::uint64_t used_memory) {
  constexpr std::int64_t kMsPerSecond = 1000;
  append(rdb::kMagic);
  append(with_zeros(rdb::kWrittenVersion, rdb::kVersionDigits));
  auxiliary("redis-ver", "7.0.0");  // the first one that reads it
  auxiliary("redis-bits", "64");
  auxiliary("ctime", std::to_string(now_ms / kMsPerSecond));
  auxiliary("used-mem", std::to_string(used_memory));
  auxiliary("aof-base", "0");
}

void RdbWriter::auxiliary(std::string_view name, std::string_view value) {
  append_byte(rdb::kAuxiliary);
  append_string(name);
  append_string(value);
}

void RdbWriter::select(int database, std::uint64_t keys, std::uint64_t keys_with_deadline) {
  append_byte(rdb::kSelect);
  append_length(static_cast<std::uint64_t>(database));
  append_byte(rdb::kResize);
  append_length(keys);
  append_length(keys_with_deadline);
}

void RdbWriter::entry(std::string_view key, std::string_view value, std::int64_t deadline_ms) {
  if (deadline_ms != libcache::kNoDeadline) {
    append_byte(rdb::kExpiryMs);
    append_little_endian(deadline_ms);
  }
  append_byte(rdb::kStringType);
  append_string(key);
  append_string(value);
}

void RdbWriter::end() {
  append_byte(rdb::kEnd);
  flush();
  append_little_endian(options_.checksum ? crc_ : std::uint64_t{0});
  flush();
}

// --- Strings
// --------------------------------------------------------------------------------------

void RdbWriter::append_string(std::string_view bytes) {
  if (append_integer(bytes) || append_compressed(bytes)) return;
  append_length(bytes.size());
  append(bytes);
}

bool RdbWriter::append_integer(std::string_view bytes) {
  if (bytes.size() > kLongestInteger) return false;
  const auto number = libcache::parse_integer(bytes);
  if (!number) return false;
  if (fits<std::int8_t>(*number)) {
    append_byte(head_of(rdb::kInt8));
    append_little_endian(static_cast<std::int8_t>(*number));
  } else if (fits<std::int16_t>(*number)) {
    append_byte(head_of(rdb::kInt16));
    append_little_endian(static_cast<std::int16_t>(*number));
  } else if (fits<std::int32_t>(*number)) {
    append_byte(head_of(rdb::kInt32));
    append_little_endian(static_cast<std::int32_t>(*number));
  } else {
    return false;
  }
  return true;
}

/// Only what fits into the room for it, so that a large value needs no memory beside itself.
bool RdbWriter::append_compressed(std::string_view bytes) {
  if (!options_.compress || bytes.size() < kShortestCompressed || bytes.size() > kBuffered) {
    return false;
  }
  const unsigned size =
      lzf_compress(bytes.data(), static_cast<unsigned>(bytes.size()), compressed_.data(),
                   static_cast<unsigned>(bytes.size() - kLeastGain));
  if (size == 0) return false;
  append_byte(head_of(rdb::kLzf));
  append_length(size);
  append_length(bytes.size());
  append(std::string_view(compressed_).substr(0, size));
  return true;
}

template <class Number>
void RdbWriter::append_little_endian(Number number) {
  append({reinterpret_cast<const char*>(&number), sizeof number});
}

void RdbWriter::append_length(std::uint64_t length) {
  const auto big_endian = [&](int bytes) {
    while (bytes-- > 0) append_byte(static_cast<std::uint8_t>(length >> (8 * bytes)));
  };
  if (length <= kMostLength6) return big_endian(1);
  if (length <= kMostLength14) {
    length |= std::uint64_t{rdb::kLength14} << 14;
    return big_endian(2);
  }
  const bool is_short = length <= std::numeric_limits<std::uint32_t>::max();
  append_byte(is_short ? rdb::kLength32 : rdb::kLength64);
  big_endian(is_short ? 4 : 8);
}

// --- The buffer
// -----------------------------------------------------------------------------------

void RdbWriter::append(std::string_view bytes) {
  if (buffer_.size() + bytes.size() > kBuffered) flush();
  if (bytes.size() > kBuffered) return pass_on(bytes);
  buffer_ += bytes;
}

void RdbWriter::flush() {
  pass_on(buffer_);
  buffer_.clear();
}

void RdbWriter::pass_on(std::string_view bytes) {
  if (options_.checksum) crc_ = crc64(crc_, bytes);
  write_(bytes);
}

}  // namespace sideline::persist
