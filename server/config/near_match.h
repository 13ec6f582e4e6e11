#pragma once

#include <span>
#include <string_view>

namespace sideline::config {

/// The word that somebody probably meant who wrote `text`: the one that the fewest typing errors
/// (a letter too many, missing, wrong, or two exchanged; case does not matter) lead away from, but
/// at most one for three letters. Empty if there is none; of several the first.
[[nodiscard]] std::string_view near_match(std::string_view text,
                                          std::span<const std::string_view> words);

}  // namespace sideline::config
