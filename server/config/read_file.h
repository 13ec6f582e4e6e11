#pragma once

#include <string>
#include <system_error>

namespace sideline::config {

/// Reads a file into `content`.
[[nodiscard]] std::error_code read_file(const std::string& path, std::string& content);

}  // namespace sideline::config
