#include "server/config/glob.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace sideline::config {
namespace {

bool matches(std::string_view pattern, std::string_view text) { return glob_match(pattern, text); }

bool matches_ignoring_case(std::string_view pattern, std::string_view text) {
  return glob_match(pattern, text, LetterCase::kIgnored);
}

TEST(Glob, MatchesPlainTextAsAWhole) {
  EXPECT_TRUE(matches("key", "key"));
  EXPECT_FALSE(matches("key", "keys"));
  EXPECT_FALSE(matches("keys", "key"));
  EXPECT_FALSE(matches("key", "Key"));
}

TEST(Glob, MatchesOneByteWithAQuestionMark) {
  EXPECT_TRUE(matches("h?llo", "hello"));
  EXPECT_TRUE(matches("h?llo", "h*llo"));
  EXPECT_FALSE(matches("h?llo", "hllo"));
  EXPECT_FALSE(matches("?", ""));
}

TEST(Glob, MatchesAnyBytesWithAStar) {
  EXPECT_TRUE(matches("*", "anything"));
  EXPECT_TRUE(matches("h*llo", "hllo"));
  EXPECT_TRUE(matches("h*llo", "heeeello"));
  EXPECT_TRUE(matches("user:*:name", "user:1:2:name"));
  EXPECT_FALSE(matches("user:*:name", "user:1:names"));
  EXPECT_TRUE(matches("key*", "key"));
  EXPECT_TRUE(matches("key***", "key"));
  EXPECT_TRUE(matches("*key", "key"));
  EXPECT_TRUE(matches("***", "key"));
}

TEST(Glob, TriesEveryLengthOfAStar) {
  EXPECT_TRUE(matches("*ab*ab", "abaabab"));
  EXPECT_TRUE(matches("a*b*c", "aXbXbXcXc"));
  EXPECT_TRUE(matches("*aab", "aaaaab"));
  EXPECT_FALSE(matches("a*b*c", "aXcXb"));
  EXPECT_TRUE(matches("*?c", "abc"));
  EXPECT_FALSE(matches("*??", "a"));
}

TEST(Glob, MatchesTheEmptyTextOnlyWithTheEmptyPattern) {
  EXPECT_TRUE(matches("", ""));
  EXPECT_FALSE(matches("", "a"));
  EXPECT_FALSE(matches("*", ""));
  EXPECT_FALSE(matches("**", ""));
}

TEST(Glob, TakesAnEscapedByteLiterally) {
  EXPECT_TRUE(matches("a\\*b", "a*b"));
  EXPECT_FALSE(matches("a\\*b", "aXb"));
  EXPECT_TRUE(matches("\\?\\[\\\\", "?[\\"));
  EXPECT_TRUE(matches("\\a", "a"));
}

TEST(Glob, TakesABackslashAtTheEndLiterally) {
  EXPECT_TRUE(matches("a\\", "a\\"));
  EXPECT_FALSE(matches("a\\", "a"));
}

TEST(Glob, MatchesOneByteOfAClass) {
  EXPECT_TRUE(matches("h[ae]llo", "hello"));
  EXPECT_TRUE(matches("h[ae]llo", "hallo"));
  EXPECT_FALSE(matches("h[ae]llo", "hillo"));
  EXPECT_FALSE(matches("h[ae]llo", "haello"));
  EXPECT_TRUE(matches("[*?]", "*"));
  EXPECT_FALSE(matches("[*?]", "a"));
}

TEST(Glob, MatchesOneByteOutsideOfANegatedClass) {
  EXPECT_TRUE(matches("h[^e]llo", "hallo"));
  EXPECT_FALSE(matches("h[^e]llo", "hello"));
  EXPECT_TRUE(matches("[e^]", "^"));
}

TEST(Glob, MatchesARangeInEitherOrder) {
  EXPECT_TRUE(matches("[a-c]", "b"));
  EXPECT_TRUE(matches("[c-a]", "b"));
  EXPECT_FALSE(matches("[a-c]", "d"));
  EXPECT_FALSE(matches("[a-c]", "-"));
  EXPECT_TRUE(matches("[0-9a-f]", "7"));
  EXPECT_FALSE(matches("[^0-9]", "7"));
}

TEST(Glob, OrdersBytesOfARangeAsSignedNumbers) {
  EXPECT_TRUE(matches("[\x80-\x9f]", "\x85"));
  EXPECT_FALSE(matches("[a-\xff]", "b"));
  EXPECT_TRUE(matches("[a-\xff]", "A"));
}

TEST(Glob, TakesAnEscapedByteOfAClassLiterally) {
  EXPECT_TRUE(matches("[\\]a]", "]"));
  EXPECT_TRUE(matches("[a\\-c]", "-"));
  EXPECT_FALSE(matches("[a\\-c]", "b"));
}

TEST(Glob, MatchesNothingWithAnEmptyClass) {
  EXPECT_FALSE(matches("[]", "]"));
  EXPECT_FALSE(matches("[]", "a"));
  EXPECT_TRUE(matches("[^]", "a"));
}

TEST(Glob, EndsAnOpenClassWithThePattern) {
  EXPECT_TRUE(matches("[abc", "b"));
  EXPECT_FALSE(matches("[abc", "d"));
  EXPECT_FALSE(matches("[", "["));
  EXPECT_TRUE(matches("[^", "a"));
  EXPECT_TRUE(matches("[a-c", "b"));
  EXPECT_TRUE(matches("[\\", "\\"));
}

TEST(Glob, TakesAClosingBracketAsTheEndOfARange) {
  EXPECT_TRUE(matches("[a-]", "^"));  // between ']' and 'a'
  EXPECT_FALSE(matches("[a-]", "-"));
  EXPECT_TRUE(matches("[a-]x]", "x"));
}

TEST(Glob, MayIgnoreTheCase) {
  EXPECT_TRUE(matches_ignoring_case("MAX*", "maxmemory"));
  EXPECT_TRUE(matches_ignoring_case("max*", "MAXMEMORY"));
  EXPECT_TRUE(matches_ignoring_case("[A-C]x", "bX"));
  EXPECT_TRUE(matches_ignoring_case("[abc]", "B"));
  EXPECT_TRUE(matches_ignoring_case("\\A", "a"));
}

TEST(Glob, NeverIgnoresTheCaseOfAnEscapedByteOfAClass) {
  EXPECT_FALSE(matches_ignoring_case("[\\A]", "a"));
  EXPECT_TRUE(matches_ignoring_case("[\\A]", "A"));
}

TEST(Glob, TakesLittleTimeForAPatternThatCouldTakeExponentialTime) {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "*a";
  EXPECT_FALSE(matches(pattern + "b", std::string(10'000, 'a')));
}

TEST(Glob, MatchesNothingWithMoreThanAThousandStars) {
  std::string pattern;
  for (int i = 0; i < 1000; ++i) pattern += "*a";
  EXPECT_TRUE(matches(pattern, std::string(2000, 'a')));
  EXPECT_FALSE(matches("*a" + pattern, std::string(2000, 'a')));
}

}  // namespace
}  // namespace sideline::config
