#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libcache/number.h>

namespace libcache {
namespace {

using std::string_literals::operator""s;
using testing::Optional;

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

TEST(ParseInteger, ReadsTheCanonicalForm) {
  EXPECT_THAT(parse_integer("0"), Optional(0));
  EXPECT_THAT(parse_integer("7"), Optional(7));
  EXPECT_THAT(parse_integer("-7"), Optional(-7));
  EXPECT_THAT(parse_integer("1000000"), Optional(1'000'000));
}

TEST(ParseInteger, ReadsTheWholeRange) {
  EXPECT_THAT(parse_integer("9223372036854775807"), Optional(kMax));
  EXPECT_THAT(parse_integer("-9223372036854775808"), Optional(kMin));
}

TEST(ParseInteger, RefusesWhatIsOutOfRange) {
  for (const char* text : {"9223372036854775808", "-9223372036854775809", "9999999999999999999",
                           "18446744073709551616", "99999999999999999999"}) {
    EXPECT_EQ(parse_integer(text), std::nullopt) << text;
  }
}

TEST(ParseInteger, RefusesEveryOtherForm) {
  for (const std::string& text : {""s, "-"s, "+1"s, "01"s, "-01"s, "-0"s, "00"s, " 1"s, "1 "s,
                                  "1\n"s, "1.0"s, "1e3"s, "0x1"s, "--1"s, "1-"s, "a"s, "1\0"s}) {
    EXPECT_EQ(parse_integer(text), std::nullopt) << text;
  }
}

TEST(ParseFloat, ReadsDecimalNumbers) {
  EXPECT_THAT(parse_float("0"), Optional(0.0L));
  EXPECT_THAT(parse_float("3.0e3"), Optional(3000.0L));
  EXPECT_THAT(parse_float("+1.5"), Optional(1.5L));
  EXPECT_THAT(parse_float("-.5"), Optional(-0.5L));
  EXPECT_THAT(parse_float("5."), Optional(5.0L));
  EXPECT_THAT(parse_float("007"), Optional(7.0L));
  EXPECT_THAT(parse_float("0.1"), Optional(0.1L));
}

TEST(ParseFloat, ReadsHexadecimalNumbers) {
  EXPECT_THAT(parse_float("0x10"), Optional(16.0L));
  EXPECT_THAT(parse_float("0x1p-1"), Optional(0.5L));
}

TEST(ParseFloat, ReadsInfinityButNoNan) {
  constexpr long double kInfinity = std::numeric_limits<long double>::infinity();
  EXPECT_THAT(parse_float("inf"), Optional(kInfinity));
  EXPECT_THAT(parse_float("-Infinity"), Optional(-kInfinity));
  EXPECT_EQ(parse_float("nan"), std::nullopt);
  EXPECT_EQ(parse_float("-nan"), std::nullopt);
  EXPECT_EQ(parse_float("nan(1)"), std::nullopt);
}

TEST(ParseFloat, RefusesWhatIsNoNumberAsAWhole) {
  for (const std::string& text :
       {""s, " 1"s, "1 "s, "\t1"s, "1\n"s, "1\0"s,
        "1\0"
        "2"s,
        "abc"s, "1a"s, "1,5"s, "e5"s, "1e"s, "."s, "-"s, "0x"s, "1 000"s}) {
    EXPECT_EQ(parse_float(text), std::nullopt) << text;
  }
}

TEST(ParseFloat, RefusesWhatIsOutOfRange) {
  EXPECT_EQ(parse_float("1e5000"), std::nullopt);
  EXPECT_EQ(parse_float("-1e5000"), std::nullopt);
  EXPECT_EQ(parse_float("1e-5000"), std::nullopt);
}

TEST(ParseFloat, AcceptsDenormalNumbers) { EXPECT_TRUE(parse_float("1e-4940")); }

TEST(ParseFloat, AcceptsLessThanFiveKibibytes) {
  EXPECT_TRUE(parse_float(std::string(5119, '0')));
  EXPECT_EQ(parse_float(std::string(5120, '0')), std::nullopt);
}

TEST(FormatFloat, PrintsNoTrailingZerosAndNoExponent) {
  EXPECT_EQ(format_float(3.0L), "3");
  EXPECT_EQ(format_float(-0.5L), "-0.5");
  EXPECT_EQ(format_float(0.1L), "0.1");
  EXPECT_EQ(format_float(100.0L), "100");
  EXPECT_EQ(format_float(1e20L), "100000000000000000000");
  EXPECT_EQ(format_float(0.00001L), "0.00001");
}

TEST(FormatFloat, PrintsAtMost17DigitsBehindThePoint) {
  EXPECT_EQ(format_float(1.0L / 3), "0.33333333333333333");
  EXPECT_EQ(format_float(1e-17L), "0.00000000000000001");
  EXPECT_EQ(format_float(1e-18L), "0");
}

TEST(FormatFloat, PrintsZeroWithoutASign) {
  EXPECT_EQ(format_float(0.0L), "0");
  EXPECT_EQ(format_float(-0.0L), "0");
  EXPECT_EQ(format_float(-1e-18L), "0");
}

TEST(FormatFloat, PrintsTheLargestNumber) {
  EXPECT_EQ(format_float(std::numeric_limits<long double>::max()).size(), 4933u);
  EXPECT_EQ(format_float(std::numeric_limits<long double>::infinity()), "inf");
  EXPECT_EQ(format_float(-std::numeric_limits<long double>::infinity()), "-inf");
  EXPECT_EQ(format_float(std::numeric_limits<long double>::quiet_NaN()), "nan");
}

}  // namespace
}  // namespace libcache
