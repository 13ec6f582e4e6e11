#include "server/command/info/info_format.h"

#include <array>
#include <charconv>
#include <string_view>

namespace sideline::command {

std::string decimal(double value, int digits) {
  std::array<char, 400> text;  // the largest double has 309 digits before the point
  const auto result = std::to_chars(text.data(), text.data() + text.size(), value,
                                    std::chars_format::fixed, digits);
  return {text.data(), result.ptr};
}

std::string human_bytes(std::uint64_t bytes) {
  constexpr std::string_view kUnits = "KMGTPE";
  if (bytes < 1024) return std::to_string(bytes) + 'B';
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (std::uint64_t rest = bytes >> 10; rest >= 1024; rest >>= 10, ++unit) value /= 1024;
  return decimal(value, 2) + kUnits[unit];
}

}  // namespace sideline::command
