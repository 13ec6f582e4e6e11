#include "server/resp/real.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>

namespace sideline::resp {
namespace {

/// digits * 10^exponent, without sign. At most 17 digits, the last one not zero.
struct Decimal {
  std::array<char, 24> storage{};
  std::size_t count = 0;
  int exponent = 0;

  [[nodiscard]] std::string_view digits() const { return {storage.data(), count}; }
};

/// Precondition: `value` is finite and positive.
Decimal shortest_decimal(double value) {
  std::array<char, kRealBytes> text;
  char* const end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific)
          .ptr;
  Decimal decimal;
  const char* at = text.data();
  for (; *at != 'e'; ++at) {
    if (*at != '.') decimal.storage[decimal.count++] = *at;
  }
  const char* const power = at[1] == '+' ? at + 2 : at + 1;  // from_chars knows no '+'
  std::from_chars(power, end, decimal.exponent);
  decimal.exponent -= static_cast<int>(decimal.count) - 1;
  return decimal;
}

/// Appends to the caller's array.
class Text {
 public:
  explicit Text(std::span<char, kRealBytes> out) : out_(out) {}

  Text& operator<<(char c) {
    out_[size_++] = c;
    return *this;
  }
  Text& operator<<(std::string_view text) {
    size_ += text.copy(out_.data() + size_, text.size());
    return *this;
  }
  void zeros(int count) {
    for (; count > 0; --count) *this << '0';
  }
  void integer(std::int64_t value) {
    char* const end = std::to_chars(out_.data() + size_, out_.data() + out_.size(), value).ptr;
    size_ = static_cast<std::size_t>(end - out_.data());
  }
  [[nodiscard]] std::string_view view() const { return {out_.data(), size_}; }

 private:
  std::span<char, kRealBytes> out_;
  std::size_t size_ = 0;
};

/// `value` as an integer, if Redis prints it as one.
std::optional<std::int64_t> as_integer(double value) {
  constexpr double kBound = 0x1p62;
  if (std::abs(value) > kBound || value != std::trunc(value)) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

void print_fraction(Text& text, std::string_view digits, int exponent) {
  const int whole = static_cast<int>(digits.size()) + exponent;
  if (whole > 0) {
    const auto split = static_cast<std::size_t>(whole);
    text << digits.substr(0, split) << '.' << digits.substr(split);
  } else {
    text << "0.";
    text.zeros(-whole);
    text << digits;
  }
}

void print_scientific(Text& text, std::string_view digits, int power) {
  text << digits.front();
  if (digits.size() > 1) text << '.' << digits.substr(1);
  text << 'e' << (power < 0 ? '-' : '+');
  text.integer(std::abs(power));
}

void print_decimal(Text& text, const Decimal& decimal) {
  const std::string_view digits = decimal.digits();
  const int exponent = decimal.exponent;
  const int power = exponent + static_cast<int>(digits.size()) - 1;  // of the first digit
  if (exponent >= 0 && exponent < 8) {
    text << digits;
    text.zeros(exponent);
  } else if (exponent < 0 && (exponent > -7 || std::abs(power) < 4)) {
    print_fraction(text, digits, exponent);
  } else {
    print_scientific(text, digits, power);
  }
}

}  // namespace

std::string_view format_real(double value, std::span<char, kRealBytes> out) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  Text text(out);
  if (std::signbit(value) && value == 0) return "-0";
  if (const auto integer = as_integer(value)) {
    text.integer(*integer);
  } else {
    if (value < 0) text << '-';
    print_decimal(text, shortest_decimal(std::abs(value)));
  }
  return text.view();
}

}  // namespace sideline::resp
