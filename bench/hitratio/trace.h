#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace bench {

/// One key a request.
using Trace = std::vector<std::uint32_t>;

/// Reads <folder>/<name>.u32le.xz: 32-bit little-endian numbers, compressed. Throws
/// std::runtime_error if it cannot.
[[nodiscard]] Trace read_trace(const std::filesystem::path& folder, const std::string& name);

}  // namespace bench
