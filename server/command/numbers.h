#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/resp/integer.h"

namespace sideline::command {

/// An argument or a stored value as a 64-bit integer, in the one form that Redis accepts.
using resp::parse_integer;

/// An argument or a stored value as a floating point number, as C's strtold reads it: decimal or
/// hexadecimal, with an exponent or without, "inf", "infinity". Nothing for an empty text, white
/// space before or after, "nan", a number out of range, and 5120 bytes or more.
[[nodiscard]] std::optional<long double> parse_float(std::string_view text);

/// The same in double precision, and of any length.
[[nodiscard]] std::optional<double> parse_double(std::string_view text);

/// As INCRBYFLOAT prints its result: never with an exponent, at most 17 digits behind the point,
/// without trailing zeros ("3", "0.1", "-0.00001"); "inf", "-inf", "nan".
[[nodiscard]] std::string format_float(long double value);

/// Bytes of the longest 64-bit integer, "-9223372036854775808".
inline constexpr std::size_t kIntegerBytes = 20;

/// `value` in decimal, printed into `out`.
[[nodiscard]] std::string_view format_integer(std::int64_t value,
                                              std::span<char, kIntegerBytes> out);

}  // namespace sideline::command
