#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/support/command_fixture.h"

namespace sideline::test {
namespace {

constexpr std::string_view kNotInteger = "ERR value is not an integer or out of range";
constexpr std::string_view kNotFloat = "ERR value is not a valid float";
constexpr std::string_view kOverflow = "ERR increment or decrement would overflow";
constexpr std::string_view kNotFinite = "ERR increment would produce NaN or Infinity";

class StringsNumberTest : public CommandFixture {};

TEST_F(StringsNumberTest, AnAbsentKeyCountsAsZero) {
  EXPECT_EQ(show({"INCR", "a"}), "1");
  EXPECT_EQ(show({"DECR", "b"}), "-1");
  EXPECT_EQ(show({"INCRBY", "c", "5"}), "5");
  EXPECT_EQ(show({"DECRBY", "d", "5"}), "-5");
  EXPECT_EQ(show({"INCRBYFLOAT", "e", "0.5"}), "\"0.5\"");
}

TEST_F(StringsNumberTest, TheResultIsStored) {
  run({"SET", "k", "10"});
  EXPECT_EQ(show({"INCRBY", "k", "-3"}), "7");
  EXPECT_EQ(show({"GET", "k"}), "\"7\"");
}

TEST_F(StringsNumberTest, TheDeadlineStays) {
  run({"SET", "k", "1", "EX", "10"});
  run({"INCR", "k"});
  run({"INCRBYFLOAT", "k", "1.5"});
  EXPECT_EQ(show({"TTL", "k"}), "10");
}

TEST_F(StringsNumberTest, OnlyTheCanonicalFormIsAnInteger) {
  for (const std::string_view value :
       {"", "a", " 1", "1 ", "+1", "01", "-0", "1.0", "1e2", "9223372036854775808"}) {
    run({"SET", "k", value});
    EXPECT_EQ(show({"INCR", "k"}), kNotInteger) << value;
    EXPECT_EQ(show({"INCRBY", "none", value}), kNotInteger) << value;
  }
}

TEST_F(StringsNumberTest, AnOverflowChangesNothing) {
  run({"SET", "k", "9223372036854775807"});
  EXPECT_EQ(show({"INCR", "k"}), kOverflow);
  EXPECT_EQ(show({"GET", "k"}), "\"9223372036854775807\"");
  run({"SET", "k", "-9223372036854775808"});
  EXPECT_EQ(show({"DECRBY", "k", "1"}), kOverflow);
  EXPECT_EQ(show({"INCRBY", "k", "9223372036854775807"}), "-1");
}

TEST_F(StringsNumberTest, TheLeastIntegerCannotBeTakenAway) {
  EXPECT_EQ(show({"DECRBY", "k", "-9223372036854775808"}), "ERR decrement would overflow");
}

TEST_F(StringsNumberTest, FloatsAreShownWithoutExponentAndWithUpTo17Decimals) {
  run({"SET", "k", "10.50"});
  EXPECT_EQ(show({"INCRBYFLOAT", "k", "0.1"}), "\"10.6\"");
  EXPECT_EQ(show({"INCRBYFLOAT", "k", "5.0e3"}), "\"5010.60000000000000009\"");
  EXPECT_EQ(show({"INCRBYFLOAT", "k", "-5010.6"}), "\"0\"");
  EXPECT_EQ(show({"INCRBYFLOAT", "k", "1e20"}), "\"100000000000000000000\"");
}

TEST_F(StringsNumberTest, WhatIsNoFloatIsRefused) {
  for (const std::string_view value : {"", "a", " 1", "1 ", "1,5", "nan", "1x"}) {
    run({"SET", "k", value});
    EXPECT_EQ(show({"INCRBYFLOAT", "k", "1"}), kNotFloat) << value;
    EXPECT_EQ(show({"INCRBYFLOAT", "none", value}), kNotFloat) << value;
  }
}

TEST_F(StringsNumberTest, AnInfiniteResultIsRefused) {
  EXPECT_EQ(show({"INCRBYFLOAT", "k", "inf"}), kNotFinite);
  run({"SET", "k", "1e4932"});
  EXPECT_EQ(show({"INCRBYFLOAT", "k", "1e4932"}), kNotFinite);
  EXPECT_EQ(show({"GET", "k"}), "\"1e4932\"");
}

TEST_F(StringsNumberTest, AFloatResultThatIsWholeCountsOnAsInteger) {
  run({"INCRBYFLOAT", "k", "3"});
  EXPECT_EQ(show({"INCR", "k"}), "4");
}

}  // namespace
}  // namespace sideline::test
