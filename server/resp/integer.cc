#include "server/resp/integer.h"

#include <cstddef>
#include <limits>

namespace sideline::resp {
namespace {

// Every number of 18 digits fits; of 19, some do not.
constexpr std::size_t kSafeDigits = std::numeric_limits<std::int64_t>::digits10;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) {
  const bool negative = text.starts_with('-');
  const std::string_view digits = text.substr(negative ? 1 : 0);
  if (digits.empty() || digits.size() > kSafeDigits + 1) return std::nullopt;
  if (digits.front() == '0') return text == "0" ? std::optional<std::int64_t>(0) : std::nullopt;

  // 19 digits are less than 2^64, so the sum cannot wrap before it is compared.
  std::uint64_t magnitude = 0;
  for (const char c : digits) {
    if (!is_digit(c)) return std::nullopt;
    magnitude = magnitude * 10 + static_cast<std::uint64_t>(c - '0');
  }
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (magnitude > kMax + (negative ? 1 : 0)) return std::nullopt;
  return static_cast<std::int64_t>(negative ? 0 - magnitude : magnitude);
}

}  // namespace sideline::resp
