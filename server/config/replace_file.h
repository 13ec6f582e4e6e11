#pragma once

#include <filesystem>
#include <string_view>
#include <system_error>

namespace sideline::config {

/// Gives the file at `path` a new content, all or nothing: whoever reads it, also after a crash,
/// finds the old content or the new. It keeps its permissions; a new one is its owner's alone. A
/// link stays one: the file that it leads to is replaced.
[[nodiscard]] std::error_code replace_file(const std::filesystem::path& link,
                                           std::string_view content);

}  // namespace sideline::config
