#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/persist/byte_reader.h"

// Lengths and strings of a snapshot.
namespace sideline::persist::rdb {

/// One that stands for itself; what is encoded otherwise is a failure.
[[nodiscard]] std::uint64_t read_length(ByteReader& reader);

/// Valid until more is read or `room`, where what is encoded is decoded, changes. One of more than
/// libcache::kMaxBytes is a failure.
[[nodiscard]] std::string_view read_string(ByteReader& reader, std::string& room);

/// As read_string(), but one that is longer than `longest` (decoded) is passed over: nothing.
[[nodiscard]] std::optional<std::string_view> read_string_up_to(std::uint64_t longest,
                                                                ByteReader& reader,
                                                                std::string& room);

/// Passes a string over, and returns its decoded length.
std::uint64_t pass_string(ByteReader& reader);

/// The same, but what is compressed fails where read_string() would: it is looked at, not decoded.
/// One of more than libcache::kMaxBytes is passed over.
std::uint64_t check_string(ByteReader& reader);

}  // namespace sideline::persist::rdb
