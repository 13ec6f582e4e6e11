#pragma once

#include <string_view>

namespace sideline::command {

/// Whether a text could be taken for several words, or for less than it is: a user's name and a
/// pattern must not, as users are kept as lines of words.
[[nodiscard]] inline bool has_blank(std::string_view text) {
  constexpr std::string_view kBlank(" \t\n\v\f\r\0", 7);
  return text.find_first_of(kBlank) != std::string_view::npos;
}

}  // namespace sideline::command
