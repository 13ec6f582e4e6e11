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
  if (first >> 6 == kEncoded) {
    if (rest > kLzf) reader.fail("unknown encoding of a string");
    return {true, 0, static_cast<StringEncoding>(rest)};
  }
  if (first == kLength32) return {false, big_endian<std::uint32_t>(reader), {}};
  if (first == kLength64) return {false, big_endian<std::uint64_t>(reader), {}};
  reader.fail("unknown form of a length");
  return {false, 0, {}};
}

inline Head read_head(ByteReader& reader) {
  const std::uint8_t first = reader.byte();
  if (first >> 6 == kLength6) return {false, first, {}};
  if (first >> 6 != kLength14) return read_longer_head(reader, first);
  return {false, (first & 0x3FU) << 8 | reader.byte(), {}};
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
  if (length == 0 || bytes == 0 || length / kMostExpansion > bytes) {
    reader.fail("impossible length of a compressed string");
  }
  return {bytes, length};
}

/// What is to be decompressed.
std::string_view take_compressed(ByteReader& reader, const Compressed& sizes) {
  // LZF's sizes are 32 bits: as `length` is at most 512 MiB, `bytes` could only be larger in vain.
  if (sizes.bytes > libcache::kMaxBytes + libcache::kMaxBytes / 16) {
    reader.fail("impossible length of a compressed string");
  }
  return reader.take(sizes.bytes);
}

void refuse_compressed(ByteReader& reader) {
  reader.fail("a compressed string cannot be decompressed");
}

std::string_view decompress(ByteReader& reader, const Compressed& sizes, std::string& room) {
  const std::string_view bytes = take_compressed(reader, sizes);
  if (!reader.ok()) return {};
  if (room.size() < sizes.length) room.resize(sizes.length);
  const auto length = static_cast<unsigned>(sizes.length);
  if (lzf_decompress(bytes.data(), static_cast<unsigned>(bytes.size()), room.data(), length) !=
      length) {
    refuse_compressed(reader);
    return {};
  }
  return std::string_view(room).substr(0, sizes.length);
}

/// Whether `bytes` can be decompressed, and so many come of it. They are literal bytes and
/// references to what came before:
///
///     000nnnnn                     n + 1 literal bytes follow
///     nnnooooo oooooooo            the n + 2 bytes from o + 1 bytes before the end on, again
///     111ooooo nnnnnnnn oooooooo   the same, n + 9 bytes
bool can_be_decompressed(std::string_view bytes, std::uint64_t length) {
  std::uint64_t made = 0;
  std::size_t at = 0;
  const auto has_next = [&] { return at != bytes.size(); };
  const auto next = [&] { return std::uint64_t{static_cast<unsigned char>(bytes[at++])}; };
  while (has_next() && made <= length) {
    const std::uint64_t control = next();
    std::uint64_t count = control >> 5;
    if (count == 0) {
      count = control + 1;
      if (bytes.size() - at < count) return false;
      at += count;
    } else {
      constexpr std::uint64_t kLong = 7;
      if (count == kLong) {
        if (!has_next()) return false;
        count += next();
      }
      if (!has_next()) return false;
      const std::uint64_t distance = ((control & 0x1F) << 8 | next()) + 1;
      if (distance > made) return false;
      count += 2;
    }
    made += count;
  }
  return made == length;
}

void refuse_length(ByteReader& reader) { reader.fail("a string of more than 512 MiB"); }

}  // namespace

std::uint64_t read_length(ByteReader& reader) {
  const Head head = read_head(reader);
  if (head.encoded) reader.fail("a string where a length is expected");
  return head.length;
}

namespace {

/// What is not longer than `longest`; for a longer one it calls longer(bytes that it takes).
template <class Longer>
std::optional<std::string_view> read_string(std::uint64_t longest, ByteReader& reader,
                                            std::string& room, Longer&& longer) {
  const Head head = read_head(reader);
  if (!head.encoded) {
    if (head.length <= longest) return reader.take(head.length);
    longer(head.length);
    return std::nullopt;
  }
  if (head.encoding != kLzf) {
    room = std::to_string(read_integer(reader, head.encoding));
    return room;
  }
  const Compressed sizes = read_compressed(reader);
  if (!reader.ok()) return std::string_view();
  if (sizes.length <= longest) return decompress(reader, sizes, room);
  longer(sizes.bytes);
  return std::nullopt;
}

}  // namespace

std::string_view read_string(ByteReader& reader, std::string& room) {
  const auto refuse = [&](std::uint64_t) { refuse_length(reader); };
  return read_string(libcache::kMaxBytes, reader, room, refuse).value_or(std::string_view());
}

std::optional<std::string_view> read_string_up_to(std::uint64_t longest, ByteReader& reader,
                                                  std::string& room) {
  return read_string(longest, reader, room, [&](std::uint64_t bytes) { reader.skip(bytes); });
}

namespace {

/// Passes a string over, and pass(sizes) its bytes if they are compressed. Returns its decoded
/// length.
template <class Pass>
std::uint64_t pass_string(ByteReader& reader, Pass&& pass) {
  const Head head = read_head(reader);
  if (!head.encoded) {
    reader.skip(head.length);
    return head.length;
  }
  if (head.encoding != kLzf) {
    return std::to_string(read_integer(reader, head.encoding)).size();
  }
  const Compressed sizes = read_compressed(reader);
  if (reader.ok()) pass(sizes);
  return sizes.length;
}

}  // namespace

std::uint64_t pass_string(ByteReader& reader) {
  return pass_string(reader, [&](const Compressed& sizes) { reader.skip(sizes.bytes); });
}

std::uint64_t check_string(ByteReader& reader) {
  return pass_string(reader, [&](const Compressed& sizes) {
    if (sizes.length > libcache::kMaxBytes) return reader.skip(sizes.bytes);
    const std::string_view bytes = take_compressed(reader, sizes);
    if (reader.ok() && !can_be_decompressed(bytes, sizes.length)) refuse_compressed(reader);
  });
}

}  // namespace sideline::persist::rdb
