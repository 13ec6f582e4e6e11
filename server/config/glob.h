#pragma once

#include <string_view>

namespace sideline::config {

enum class LetterCase { kMatters, kIgnored };

/// Whether all of `text` matches the pattern of KEYS, SCAN, CONFIG GET and others:
///
///     ?       one byte                      [abc]  one of these bytes
///     *       any number of bytes           [^abc] one byte that is none of these
///     \x      the byte x itself             [a-z]  one byte of this range, in either order
///
/// Takes at most |pattern| * |text| steps and no memory. What is odd here is so in Redis: a class
/// that is not closed ends with the pattern, `[a-]` holds a range from 'a' to ']' and is not
/// closed, an escaped byte in a class matters in its case always, and the empty text matches only
/// the empty pattern, not `*`.
[[nodiscard]] bool glob_match(std::string_view pattern, std::string_view text,
                              LetterCase letter_case = LetterCase::kMatters);

}  // namespace sideline::config
