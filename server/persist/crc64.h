#pragma once

#include <cstdint>
#include <string_view>

namespace sideline::persist {

/// The checksum of snapshots, CRC-64/Jones: adds `bytes` to the one of what was before them; 0 is
/// that of nothing.
[[nodiscard]] std::uint64_t crc64(std::uint64_t crc, std::string_view bytes);

}  // namespace sideline::persist
