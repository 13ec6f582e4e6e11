#include "server/config/memory_size.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sideline::config {
namespace {

using ::testing::Optional;

TEST(MemorySize, IsANumberOfBytes) {
  EXPECT_THAT(parse_memory_size("0"), Optional(0));
  EXPECT_THAT(parse_memory_size("100"), Optional(100));
  EXPECT_THAT(parse_memory_size("100b"), Optional(100));
}

TEST(MemorySize, HasDecimalAndBinaryUnits) {
  EXPECT_THAT(parse_memory_size("2k"), Optional(2000));
  EXPECT_THAT(parse_memory_size("2kb"), Optional(2048));
  EXPECT_THAT(parse_memory_size("2m"), Optional(2'000'000));
  EXPECT_THAT(parse_memory_size("2mb"), Optional(2'097'152));
  EXPECT_THAT(parse_memory_size("3g"), Optional(3'000'000'000));
  EXPECT_THAT(parse_memory_size("3gb"), Optional(3'221'225'472));
}

TEST(MemorySize, IgnoresTheCaseOfTheUnit) {
  EXPECT_THAT(parse_memory_size("1MB"), Optional(1'048'576));
  EXPECT_THAT(parse_memory_size("1Gb"), Optional(1'073'741'824));
}

TEST(MemorySize, RefusesOtherText) {
  for (const auto* text : {"", "mb", "-1", "+1", " 1", "1 ", "1 mb", "1.5mb", "1tb", "1kbb", "x"}) {
    EXPECT_EQ(parse_memory_size(text), std::nullopt) << text;
  }
}

TEST(MemorySize, RefusesWhatDoesNotFit) {
  EXPECT_THAT(parse_memory_size("18446744073709551615"), Optional(18446744073709551615U));
  EXPECT_EQ(parse_memory_size("18446744073709551616"), std::nullopt);
  EXPECT_EQ(parse_memory_size("17179869184gb"), std::nullopt);
}

TEST(FormatMemorySize, ChoosesTheLargestUnitThatFits) {
  EXPECT_EQ(format_memory_size(std::size_t{3} << 30), "3gb");
  EXPECT_EQ(format_memory_size(3 << 20), "3mb");
  EXPECT_EQ(format_memory_size(3 << 10), "3kb");
  EXPECT_EQ(format_memory_size((3 << 10) + 1), "3073");
  EXPECT_EQ(format_memory_size(0), "0");
}

}  // namespace
}  // namespace sideline::config
