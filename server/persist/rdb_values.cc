#include "server/persist/rdb_values.h"

#include <algorithm>
#include <array>

#include "server/persist/rdb_strings.h"

namespace sideline::persist::rdb {
namespace {

constexpr std::uint64_t kStreamIdBytes = 16;
constexpr std::uint64_t kTimeBytes = 8;

void pass_string_value(ByteReader& reader) { pass_string(reader); }

/// So many of something, as the length before them says.
template <class Pass>
void pass_many(ByteReader& reader, Pass pass) {
  for (std::uint64_t left = read_length(reader); left != 0 && reader.ok(); --left) pass();
}

void pass_lengths(ByteReader& reader, int count) {
  for (int i = 0; i < count; ++i) static_cast<void>(read_length(reader));
}

void pass_strings(ByteReader& reader) {
  pass_many(reader, [&] { pass_string(reader); });
}

void pass_pairs(ByteReader& reader) {
  pass_many(reader, [&] {
    pass_string(reader);
    pass_string(reader);
  });
}

/// A double as text behind its length in one byte; the greatest three stand for what has no digits.
void pass_text_scores(ByteReader& reader) {
  constexpr std::uint8_t kNotANumber = 253;
  pass_many(reader, [&] {
    pass_string(reader);
    const std::uint8_t length = reader.byte();
    if (length < kNotANumber) reader.skip(length);
  });
}

void pass_scores(ByteReader& reader) {
  pass_many(reader, [&] {
    pass_string(reader);
    reader.skip(sizeof(double));
  });
}

void pass_nodes(ByteReader& reader) {
  pass_many(reader, [&] {
    pass_lengths(reader, 1);
    pass_string(reader);
  });
}

// --- Streams: what later versions added is behind what the first one has

struct StreamVersion {
  int lengths;               ///< behind the nodes: entries, the last id, ...
  int group_lengths;         ///< behind a group's name
  std::uint64_t seen_bytes;  ///< behind a consumer's name
};

void pass_group(ByteReader& reader, const StreamVersion& version) {
  pass_string(reader);
  pass_lengths(reader, version.group_lengths);
  pass_many(reader, [&] {  // deliveries that wait
    reader.skip(kStreamIdBytes + kTimeBytes);
    pass_lengths(reader, 1);
  });
  pass_many(reader, [&] {  // consumers
    pass_string(reader);
    reader.skip(version.seen_bytes);
    pass_many(reader, [&] { reader.skip(kStreamIdBytes); });
  });
}

void pass_stream(ByteReader& reader, const StreamVersion& version) {
  pass_pairs(reader);
  pass_lengths(reader, version.lengths);
  pass_many(reader, [&] { pass_group(reader, version); });
}

void pass_stream_1(ByteReader& reader) { pass_stream(reader, {3, 2, kTimeBytes}); }
void pass_stream_2(ByteReader& reader) { pass_stream(reader, {8, 3, kTimeBytes}); }
void pass_stream_3(ByteReader& reader) { pass_stream(reader, {8, 3, 2 * kTimeBytes}); }

// --- Modules: each piece says what it is

void pass_module_pieces(ByteReader& reader) {
  enum Piece : std::uint64_t { kEnd, kSigned, kUnsigned, kFloat, kDouble, kString };
  while (reader.ok()) {
    switch (read_length(reader)) {
      case kEnd:
        return;
      case kSigned:
      case kUnsigned:
        pass_lengths(reader, 1);
        break;
      case kFloat:
        reader.skip(sizeof(float));
        break;
      case kDouble:
        reader.skip(sizeof(double));
        break;
      case kString:
        pass_string(reader);
        break;
      default:
        reader.fail("unknown piece of a module's value");
    }
  }
}

void pass_module_value(ByteReader& reader) {
  pass_lengths(reader, 1);  // which module
  pass_module_pieces(reader);
}

constexpr std::array kTypes = {
    OtherType{1, "list", pass_strings},
    OtherType{2, "set", pass_strings},
    OtherType{3, "sorted set", pass_text_scores},
    OtherType{4, "hash", pass_pairs},
    OtherType{5, "sorted set", pass_scores},
    OtherType{7, "module type", pass_module_value},
    OtherType{9, "hash", pass_string_value},
    OtherType{10, "list", pass_string_value},
    OtherType{11, "set", pass_string_value},
    OtherType{12, "sorted set", pass_string_value},
    OtherType{13, "hash", pass_string_value},
    OtherType{14, "list", pass_strings},
    OtherType{15, "stream", pass_stream_1},
    OtherType{16, "hash", pass_string_value},
    OtherType{17, "sorted set", pass_string_value},
    OtherType{18, "list", pass_nodes},
    OtherType{19, "stream", pass_stream_2},
    OtherType{20, "set", pass_string_value},
    OtherType{21, "stream", pass_stream_3},
};

}  // namespace

const OtherType* find_other_type(std::uint8_t code) {
  const auto* const found = std::ranges::find(kTypes, code, &OtherType::code);
  return found == kTypes.end() ? nullptr : found;
}

void pass_module_data(ByteReader& reader) {
  pass_lengths(reader, 3);  // which module, and when it is loaded
  pass_module_pieces(reader);
}

}  // namespace sideline::persist::rdb
