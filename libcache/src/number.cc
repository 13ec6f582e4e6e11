#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include <libcache/number.h>

namespace libcache {
namespace {

// The longest long double has 4933 digits before the point; Redis sizes its buffer for that.
constexpr std::size_t kLongDoubleBytes = 5120;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || (digits.front() == '0' && text != "0")) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<long double> parse_float(std::string_view text) {
  std::array<char, kLongDoubleBytes> terminated;
  if (text.empty() || text.size() >= terminated.size() || is_space(text.front())) {
    return std::nullopt;
  }
  terminated[text.copy(terminated.data(), text.size())] = '\0';
  errno = 0;
  char* end = nullptr;
  const long double value = std::strtold(terminated.data(), &end);
  if (end != terminated.data() + text.size() || std::isnan(value)) return std::nullopt;
  // A denormal number sets errno too, but is accepted.
  if (errno == ERANGE && (std::isinf(value) || value == 0)) return std::nullopt;
  return value;
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

}  // namespace libcache
