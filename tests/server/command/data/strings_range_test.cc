#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/support/command_fixture.h"

namespace sideline::test {
namespace {

constexpr std::string_view kTooLong =
    "ERR string exceeds maximum allowed size (proto-max-bulk-len)";

class StringsRangeTest : public CommandFixture {
 protected:
  std::string range(std::string_view start, std::string_view end) {
    return ask({"GETRANGE", "k", start, end}).text;
  }
};

// --- GETRANGE and STRLEN -------------------------------------------------------------------------

TEST_F(StringsRangeTest, GetrangeIncludesBothEnds) {
  run({"SET", "k", "Hello World"});
  EXPECT_EQ(range("0", "4"), "Hello");
  EXPECT_EQ(range("4", "4"), "o");
}

TEST_F(StringsRangeTest, GetrangeCountsNegativeIndexesFromTheEnd) {
  run({"SET", "k", "Hello World"});
  EXPECT_EQ(range("-5", "-1"), "World");
  EXPECT_EQ(range("0", "-7"), "Hello");
}

TEST_F(StringsRangeTest, GetrangeCutsAtTheEndsOfTheString) {
  run({"SET", "k", "Hello"});
  EXPECT_EQ(range("-100", "100"), "Hello");
  EXPECT_EQ(range("-9223372036854775808", "9223372036854775807"), "Hello");
  EXPECT_EQ(range("-100", "-200"), "");
  EXPECT_EQ(range("-200", "-100"), "H");
}

TEST_F(StringsRangeTest, GetrangeIsEmptyWhereNothingIs) {
  run({"SET", "k", "Hello"});
  EXPECT_EQ(range("5", "9"), "");
  EXPECT_EQ(range("3", "1"), "");
  run({"SET", "k", ""});
  EXPECT_EQ(range("0", "-1"), "");
  EXPECT_EQ(run({"GETRANGE", "none", "0", "-1"}), "$0\r\n\r\n");
}

TEST_F(StringsRangeTest, GetrangeOfALargeValueIsRight) {
  run({"SET", "k", std::string(100'000, 'a') + std::string(100'000, 'b')});
  EXPECT_EQ(range("99999", "100000"), "ab");
  EXPECT_EQ(range("50000", "149999"), std::string(50'000, 'a') + std::string(50'000, 'b'));
}

TEST_F(StringsRangeTest, SubstrIsGetrange) {
  run({"SET", "k", "Hello"});
  EXPECT_EQ(show({"SUBSTR", "k", "1", "-2"}), "\"ell\"");
}

TEST_F(StringsRangeTest, StrlenCountsBytes) {
  run({"SET", "k", "Hello"});
  EXPECT_EQ(show({"STRLEN", "k"}), "5");
  EXPECT_EQ(show({"STRLEN", "none"}), "0");
}

// --- APPEND and SETRANGE -------------------------------------------------------------------------

TEST_F(StringsRangeTest, AppendMakesTheKeyOrAddsToIt) {
  EXPECT_EQ(show({"APPEND", "k", "Hello"}), "5");
  EXPECT_EQ(show({"APPEND", "k", " World"}), "11");
  EXPECT_EQ(show({"GET", "k"}), "\"Hello World\"");
}

TEST_F(StringsRangeTest, AppendingNothingMakesAnEmptyKey) {
  EXPECT_EQ(show({"APPEND", "k", ""}), "0");
  EXPECT_EQ(show({"EXISTS", "k"}), "1");
}

TEST_F(StringsRangeTest, SetrangeFillsAGapWithZeroBytes) {
  using std::literals::operator""sv;
  run({"SET", "k", "ab"});
  EXPECT_EQ(show({"SETRANGE", "k", "4", "ef"}), "6");
  EXPECT_EQ(ask({"GET", "k"}).text, "ab\0\0ef"sv);
}

TEST_F(StringsRangeTest, SetrangeOverwrites) {
  run({"SET", "k", "Hello World"});
  EXPECT_EQ(show({"SETRANGE", "k", "6", "Redis"}), "11");
  EXPECT_EQ(show({"GET", "k"}), "\"Hello Redis\"");
}

TEST_F(StringsRangeTest, SettingAnEmptyRangeMakesNoKey) {
  EXPECT_EQ(show({"SETRANGE", "none", "10", ""}), "0");
  EXPECT_EQ(show({"EXISTS", "none"}), "0");
}

TEST_F(StringsRangeTest, ChangingInPlaceKeepsTheDeadline) {
  run({"SET", "k", "v", "EX", "10"});
  run({"APPEND", "k", "w"});
  run({"SETRANGE", "k", "1", "x"});
  EXPECT_EQ(show({"TTL", "k"}), "10");
}

TEST_F(StringsRangeTest, SetrangeRefusesANegativeOffset) {
  EXPECT_EQ(show({"SETRANGE", "k", "-1", ""}), "ERR offset is out of range");
}

TEST_F(StringsRangeTest, NothingGrowsBeyondTheLongestString) {
  run({"CONFIG", "SET", "proto-max-bulk-len", "1mb"});
  run({"SET", "k", std::string(1 << 20, 'x')});
  EXPECT_EQ(show({"APPEND", "k", "y"}), kTooLong);
  EXPECT_EQ(show({"SETRANGE", "k", "1048576", "y"}), kTooLong);
  EXPECT_EQ(show({"SETRANGE", "none", "9223372036854775807", "y"}), kTooLong);
  EXPECT_EQ(show({"SETRANGE", "k", "1048575", "y"}), "1048576");
}

TEST_F(StringsRangeTest, AGapThatCanNeverFitIsRefused) {
  EXPECT_EQ(show({"SETRANGE", "k", "80000000", "x"}),
            "OOM value is larger than 'maxmemory' can hold.");
  EXPECT_EQ(show({"EXISTS", "k"}), "0");
}

}  // namespace
}  // namespace sideline::test
