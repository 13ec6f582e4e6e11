#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace sideline::resp {

/// The longest text of a double: sign, 17 digits, and 7 zeros behind or "0.", 5 zeros before them;
/// rounded up.
inline constexpr std::size_t kRealBytes = 32;

/// Prints `value` as Redis 7.2 replies with a double: the fewest digits that read back as the same
/// number; "inf", "-inf", "nan". Whole numbers up to 2^62 appear in full ("1000000000000000000"),
/// others as they are shortest to read ("0.1", "5e+18", "1e-7"). Valid as long as `out` is.
[[nodiscard]] std::string_view format_real(double value, std::span<char, kRealBytes> out);

}  // namespace sideline::resp
