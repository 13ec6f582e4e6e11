#include "server/persist/rdb_strings.h"

#include <bit>

#include <libcache/operations.h>
#include <liblzf/lzf.h>

#include "server/persist/rdb_format.h"

namespace sideline::persist::rdb {
namespace {

/// What a string begins with.
struct Head {
  bool encoded;
  std::uint64_t length;     ///< if it is not
  StringEncoding encoding;  ///< if it is
};

template <class Number>
std::uint64_t big_endian(ByteReader& reader) {
  std::uint64_t number = 0;
  for (const char byte : reader.take(sizeof(Number))) {
    number = number << 8 | static_cast<unsigned char>(byte);
  }
  return number;
}

Head read_longer_head(ByteReader& reader, std::uint8_t first) {
  const std::uint8_t rest = first & 0x3F;
  switch (first >> 6) {
    case kLength14:
      return {false, std::uint64_t{rest} << 8 | reader.byte(), {}};
    case kEncoded:
      if (rest > kLzf) reader.fail("unknown encoding of a string");
      return {true, 0, static_cast<StringEncoding>(rest)};
    default:
      break;
  }
  if (first == kLength32) return {false, big_endian<std::uint32_t>(reader), {}};
  if (first == kLength64) return {false, big_endian<std::uint64_t>(reader), {}};
  reader.fail("unknown form of a length");
  return {false, 0, {}};
}

inline Head read_head(ByteReader& reader) {
  const std::uint8_t first = reader.byte();
  return first >> 6 == kLength6 ? Head{false, first, {}} : read_longer_head(reader, first);
}

std::int64_t read_integer(ByteReader& reader, StringEncoding encoding) {
  if (encoding == kInt8) return reader.little_endian<std::int8_t>();
  if (encoding == kInt16) return reader.little_endian<std::int16_t>();
  return reader.little_endian<std::int32_t>();
}

/// Sizes of a compressed string.
struct Compressed {
  std::uint64_t bytes;
  std::uint64_t length;
};

Compressed read_compressed(ByteReader& reader) {
  // Three bytes stand for 264 at most.
  constexpr std::uint64_t kMostExpansion = 88;
  const std::uint64_t bytes = read_length(reader);
  const std::uint64_t length = read_length(reader);
  if (length == 0 || length / kMostExpansion > bytes) {
    reader.fail("impossible length of a compressed string");
  }
  return {bytes, length};
}

std::string_view decompress(ByteReader& reader, const Compressed& sizes, std::string& room) {
  // LZF's sizes are 32 bits: as `length` is at most 512 MiB, `bytes` could only be larger in vain.
  if (sizes.bytes > libcache::kMaxBytes + libcache::kMaxBytes / 16) {
    reader.fail("impossible length of a compressed string");
  }
  const std::string_view bytes = reader.take(sizes.bytes);
  if (!reader.ok()) return {};
  if (room.size() < sizes.length) room.resize(sizes.length);
  const auto length = static_cast<unsigned>(sizes.length);
  if (lzf_decompress(bytes.data(), static_cast<unsigned>(bytes.size()), room.data(), length) !=
      length) {
    reader.fail("a compressed string cannot be decompressed");
    return {};
  }
  return std::string_view(room).substr(0, sizes.length);
}

void refuse_length(ByteReader& reader) { reader.fail("a string of more than 512 MiB"); }

}  // namespace

std::uint64_t read_length(ByteReader& reader) {
  const Head head = read_head(reader);
  if (head.encoded) reader.fail("a string where a length is expected");
  return head.length;
}

std::string_view read_string(ByteReader& reader, std::string& room) {
  const Head head = read_head(reader);
  if (!head.encoded) {
    if (head.length > libcache::kMaxBytes) refuse_length(reader);
    return reader.take(head.length);
  }
  if (head.encoding != kLzf) {
    room = std::to_string(read_integer(reader, head.encoding));
    return room;
  }
  const Compressed sizes = read_compressed(reader);
  if (sizes.length > libcache::kMaxBytes) refuse_length(reader);
  return reader.ok() ? decompress(reader, sizes, room) : std::string_view();
}

std::uint64_t pass_string(ByteReader& reader, std::string* room) {
  const Head head = read_head(reader);
  if (!head.encoded) {
    reader.skip(head.length);
    return head.length;
  }
  if (head.encoding != kLzf) {
    return std::to_string(read_integer(reader, head.encoding)).size();
  }
  const Compressed sizes = read_compressed(reader);
  if (room == nullptr || sizes.length > libcache::kMaxBytes) {
    reader.skip(sizes.bytes);
  } else if (reader.ok()) {
    static_cast<void>(decompress(reader, sizes, *room));
  }
  return sizes.length;
}

}  // namespace sideline::persist::rdb
