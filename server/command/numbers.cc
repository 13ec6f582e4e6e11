#include "server/command/numbers.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace sideline::command {
namespace {

// The longest long double has 4933 digits before the point; Redis sizes its buffer for that.
constexpr std::size_t kLongDoubleBytes = 5120;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

long double convert(const char* text, char** end, long double) { return std::strtold(text, end); }
double convert(const char* text, char** end, double) { return std::strtod(text, end); }

/// `text` ends with a NUL byte behind its `size` bytes.
template <typename Float>
std::optional<Float> parse(const char* text, std::size_t size) {
  if (size == 0 || is_space(*text)) return std::nullopt;
  errno = 0;
  char* end = nullptr;
  const Float value = convert(text, &end, Float{});
  if (end != text + size || std::isnan(value)) return std::nullopt;
  // A denormal number sets errno too, but is accepted.
  const bool out_of_range = std::isinf(value) || value == 0;
  if (errno == ERANGE && out_of_range) return std::nullopt;
  return value;
}

}  // namespace

std::optional<long double> parse_float(std::string_view text) {
  std::array<char, kLongDoubleBytes> terminated;
  if (text.size() >= terminated.size()) return std::nullopt;
  terminated[text.copy(terminated.data(), text.size())] = '\0';
  return parse<long double>(terminated.data(), text.size());
}

std::optional<double> parse_double(std::string_view text) {
  return parse<double>(std::string(text).c_str(), text.size());
}

std::string format_float(long double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  std::array<char, kLongDoubleBytes> printed;
  const int size = std::snprintf(printed.data(), printed.size(), "%.17Lf", value);
  std::string_view text(printed.data(), static_cast<std::size_t>(size));
  text = text.substr(0, text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.remove_suffix(1);
  return std::string(text == "-0" ? "0" : text);
}

std::string_view format_integer(std::int64_t value, std::span<char, kIntegerBytes> out) {
  const char* const end = std::to_chars(out.data(), out.data() + out.size(), value).ptr;
  return {out.data(), static_cast<std::size_t>(end - out.data())};
}

}  // namespace sideline::command
