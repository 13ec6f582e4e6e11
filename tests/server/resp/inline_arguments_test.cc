#include "server/resp/inline_arguments.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sideline::resp {
namespace {

using std::string_literals::operator""s;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

std::optional<std::vector<std::string>> split(std::string_view line) {
  std::string decoded;
  std::vector<std::string_view> arguments;
  if (!split_inline(line, decoded, arguments)) return std::nullopt;
  return std::vector<std::string>(arguments.begin(), arguments.end());
}

auto splits_into(const std::vector<std::string>& arguments) {
  return Optional(testing::ElementsAreArray(arguments));
}

TEST(SplitInline, SeparatesArgumentsAtWhiteSpace) {
  EXPECT_THAT(split("SET key  value"), splits_into({"SET", "key", "value"}));
  EXPECT_THAT(split(" \ta\tb \r c\n"), splits_into({"a", "b", "c"}));
}

TEST(SplitInline, FindsNothingInABlankLine) {
  EXPECT_THAT(split(""), Optional(IsEmpty()));
  EXPECT_THAT(split(" \t\v\f "), Optional(IsEmpty()));
}

TEST(SplitInline, SkipsAVerticalTabOnlyBeforeAnArgument) {
  EXPECT_THAT(split("\va\vb"), splits_into({"a\vb"}));
  EXPECT_THAT(split("\fa\fb"), splits_into({"a\fb"}));
}

TEST(SplitInline, KeepsWhiteSpaceInQuotes) {
  EXPECT_THAT(split("\"a b\" 'c d'"), splits_into({"a b", "c d"}));
  EXPECT_THAT(split("\"\" ''"), splits_into({"", ""}));
}

TEST(SplitInline, TakesOneKindOfQuoteAsAByteInTheOther) {
  EXPECT_THAT(split("\"it's\" 'say \"hi\"'"), splits_into({"it's", "say \"hi\""}));
}

TEST(SplitInline, DecodesEscapesInDoubleQuotes) {
  EXPECT_THAT(split(R"("\n\r\t\b\a\\\"\q")"), splits_into({"\n\r\t\b\a\\\"q"}));
}

TEST(SplitInline, DecodesHexadecimalBytesInDoubleQuotes) {
  EXPECT_THAT(split(R"("\x41\x00\xfF")"), splits_into({"A\0\xff"s}));
}

TEST(SplitInline, TakesAnIncompleteHexadecimalByteAsItsLetters) {
  EXPECT_THAT(split(R"("\xzz\x4\x")"), splits_into({"xzzx4x"}));
}

TEST(SplitInline, DecodesOnlyTheQuoteInSingleQuotes) {
  EXPECT_THAT(split(R"('it\'s \n \\ \x41')"), splits_into({R"(it's \n \\ \x41)"}));
}

TEST(SplitInline, DecodesNothingWithoutQuotes) {
  EXPECT_THAT(split(R"(\n \x41 a\b)"), splits_into({R"(\n)", R"(\x41)", R"(a\b)"}));
}

TEST(SplitInline, OpensAQuoteWithinAnArgument) {
  EXPECT_THAT(split("a\"b c\" d'e f'"), splits_into({"ab c", "de f"}));
}

TEST(SplitInline, RefusesAQuoteThatIsNotClosed) {
  for (const char* line : {"\"", "'", "\"a", "'a", "a\"", "\"a\\\"", "'a\\'", "\"\\", "\"\\x4"}) {
    EXPECT_EQ(split(line), std::nullopt) << line;
  }
}

TEST(SplitInline, RefusesBytesBehindAClosingQuote) {
  for (const char* line : {"\"a\"b", "'a'b", "\"a\"\"b\"", "'a''b'", "\"a\"'b'"}) {
    EXPECT_EQ(split(line), std::nullopt) << line;
  }
}

TEST(SplitInline, AcceptsAnyWhiteSpaceBehindAClosingQuote) {
  EXPECT_THAT(split("\"a\"\v'b'\fc"), splits_into({"a", "b", "c"}));
}

TEST(SplitInline, PointsIntoTheLineWhereNothingIsQuoted) {
  const std::string_view line = "SET 'key' value";
  std::string decoded;
  std::vector<std::string_view> arguments;
  ASSERT_TRUE(split_inline(line, decoded, arguments));
  ASSERT_THAT(arguments, ElementsAre("SET", "key", "value"));
  EXPECT_EQ(arguments[0].data(), line.data());
  EXPECT_EQ(arguments[1].data(), decoded.data());
  EXPECT_EQ(arguments[2].data(), line.data() + 10);
}

TEST(SplitInline, DropsWhatAnEarlierLineLeft) {
  std::string decoded;
  std::vector<std::string_view> arguments;
  ASSERT_TRUE(split_inline("'a' b", decoded, arguments));
  ASSERT_TRUE(split_inline("'c'", decoded, arguments));
  EXPECT_THAT(arguments, ElementsAre("c"));
  EXPECT_EQ(decoded, "c");
}

}  // namespace
}  // namespace sideline::resp
