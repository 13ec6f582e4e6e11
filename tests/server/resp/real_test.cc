#include "server/resp/real.h"

#include <array>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace sideline::resp {
namespace {

std::string text(double value) {
  std::array<char, kRealBytes> storage;
  return std::string(format_real(value, storage));
}

TEST(FormatReal, PrintsNumbersAsRedisDoes) {
  const struct {
    double value;
    const char* text;
  } cases[] = {
      {0, "0"},
      {-0.0, "-0"},
      {1, "1"},
      {-1, "-1"},
      {0.1, "0.1"},
      {-0.1, "-0.1"},
      {3.14, "3.14"},
      {123456.789, "123456.789"},
      {0.30000000000000004, "0.30000000000000004"},
      {1.0 / 3, "0.3333333333333333"},
      {0.001, "0.001"},
      {0.000001, "0.000001"},
      {0.0000001, "1e-7"},
      {0.0012345678, "0.0012345678"},
      {0.00012345678, "1.2345678e-4"},
      {1e17, "100000000000000000"},
      {4e18, "4000000000000000000"},
      {5e18, "5e+18"},
      {1.5e19, "1.5e+19"},
      {12345678901234567890.0, "12345678901234567000"},
      {1e20, "1e+20"},
      {1e100, "1e+100"},
      {-2.5e-100, "-2.5e-100"},
      {std::numeric_limits<double>::max(), "1.7976931348623157e+308"},
      {std::numeric_limits<double>::lowest(), "-1.7976931348623157e+308"},
      {std::numeric_limits<double>::min(), "2.2250738585072014e-308"},
      {std::numeric_limits<double>::denorm_min(), "5e-324"},
      {std::numeric_limits<double>::infinity(), "inf"},
      {-std::numeric_limits<double>::infinity(), "-inf"},
      {std::numeric_limits<double>::quiet_NaN(), "nan"},
      {-std::numeric_limits<double>::quiet_NaN(), "nan"},
  };
  for (const auto& [value, expected] : cases) EXPECT_EQ(text(value), expected);
}

TEST(FormatReal, PrintsWhatReadsBackAsTheSameNumber) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> mantissa(-1, 1);
  std::uniform_int_distribution<int> exponent(-300, 300);
  for (int i = 0; i < 100'000; ++i) {
    const double value = std::strtod(
        (std::to_string(mantissa(random)) + "e" + std::to_string(exponent(random))).c_str(),
        nullptr);
    ASSERT_EQ(std::strtod(text(value).c_str(), nullptr), value) << text(value);
  }
}

}  // namespace
}  // namespace sideline::resp
