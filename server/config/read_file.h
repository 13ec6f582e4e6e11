#pragma once

#include <cstddef>
#include <string>
#include <system_error>

namespace sideline::config {

/// Reads a file into `content`, or as much of it as makes `content` longer than `max` bytes.
[[nodiscard]] std::error_code read_file(const std::string& path, std::string& content,
                                        std::size_t max = std::string::npos);

}  // namespace sideline::config
