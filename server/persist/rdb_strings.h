#pragma once

#include <cstdint>
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

/// Passes a string over, and returns its decoded length. With `room`, what is compressed is
/// decompressed there, and fails where read_string() would; one of more than libcache::kMaxBytes is
/// passed over in any case.
std::uint64_t pass_string(ByteReader& reader, std::string* room = nullptr);

}  // namespace sideline::persist::rdb
