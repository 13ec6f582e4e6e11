#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace libcache {

/// The text forms of numbers that Cache::increment() and increment_float() read and write: those of
/// Redis's INCR and INCRBYFLOAT.

/// The integer that `text` spells in its one canonical form: an optional '-', then digits without
/// a leading zero. Nothing for any other text ("+1", "01", "-0", " 1", "").
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);

/// A floating point number as C's strtold reads it: decimal or hexadecimal, with an exponent or
/// without, "inf", "infinity". Nothing for an empty text, white space around, "nan", a number out
/// of range, and 5120 bytes or more.
[[nodiscard]] std::optional<long double> parse_float(std::string_view text);

/// Never with an exponent, at most 17 digits behind the point, without trailing zeros ("3", "0.1",
/// "-0.00001"); "inf", "-inf", "nan".
[[nodiscard]] std::string format_float(long double value);

}  // namespace libcache
