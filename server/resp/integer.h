#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sideline::resp {

/// The integer that `text` spells in the one form that Redis accepts: an optional '-', then digits
/// without a leading zero, and nothing around them. Nothing for any other text ("+1", "01", "-0",
/// " 1", "") and for numbers outside of 64 bits.
///
/// The protocol and the configuration read numbers with it. Arguments that are values are read as
/// the cache reads values (libcache/number.h): in the same form, but this layer knows no other.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);

}  // namespace sideline::resp
