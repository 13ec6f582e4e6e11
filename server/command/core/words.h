#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

namespace sideline::command {

/// The words of a text with single spaces.
[[nodiscard]] inline std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

}  // namespace sideline::command
