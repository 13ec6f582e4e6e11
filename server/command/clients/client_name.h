#pragma once

#include <algorithm>
#include <string_view>

namespace sideline::command {

/// Whether a text may be shown in CLIENT LIST, whose fields are separated by spaces: what a client
/// says of itself must be.
[[nodiscard]] inline bool is_listable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '!' && c <= '~'; });
}

}  // namespace sideline::command
