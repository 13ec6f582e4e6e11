#include "server/command/data/lcs.h"

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sideline::command {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// The textbook's table, and the walk back through it that Redis documents: left if that loses
/// nothing, else up.
class Textbook {
 public:
  Textbook(std::string_view a, std::string_view b)
      : a_(a), b_(b), table_((a.size() + 1) * (b.size() + 1)) {
    for (std::size_t i = 1; i <= a.size(); ++i) {
      for (std::size_t j = 1; j <= b.size(); ++j) {
        at(i, j) =
            a[i - 1] == b[j - 1] ? at(i - 1, j - 1) + 1 : std::max(at(i - 1, j), at(i, j - 1));
      }
    }
  }
  std::size_t length() { return at(a_.size(), b_.size()); }
  std::string text() {
    std::string backwards;
    for (std::size_t i = a_.size(), j = b_.size(); i > 0 && j > 0;) {
      if (a_[i - 1] == b_[j - 1]) {
        backwards += a_[i - 1];
        --i;
        --j;
      } else if (at(i - 1, j) > at(i, j - 1)) {
        --i;
      } else {
        --j;
      }
    }
    return {backwards.rbegin(), backwards.rend()};
  }

 private:
  std::size_t& at(std::size_t i, std::size_t j) { return table_[i * (b_.size() + 1) + j]; }

  std::string_view a_, b_;
  std::vector<std::size_t> table_;
};

std::string random_string(std::mt19937& random, std::size_t max_size, char letters) {
  std::string text(std::uniform_int_distribution<std::size_t>(0, max_size)(random), '\0');
  std::uniform_int_distribution<int> letter(0, letters - 1);
  std::ranges::generate(text, [&] { return static_cast<char>('a' + letter(random)); });
  return text;
}

TEST(Lcs, FindsTheBytesInCommon) {
  const Lcs lcs("ohmytext", "mynewtext");
  EXPECT_EQ(lcs.length(), 6U);
  EXPECT_EQ(lcs.text(), "mytext");
}

TEST(Lcs, ListsRunsFromTheLastToTheFirst) {
  const Lcs lcs("ohmytext", "mynewtext");
  EXPECT_THAT(lcs.runs(), ElementsAre(Lcs::Run{4, 5, 4}, Lcs::Run{2, 0, 2}));
}

TEST(Lcs, SplitsARunThatIsInterruptedInOneStringOnly) {
  const Lcs lcs("abcd", "abXcd");
  EXPECT_THAT(lcs.runs(), ElementsAre(Lcs::Run{2, 3, 2}, Lcs::Run{0, 0, 2}));
}

TEST(Lcs, OfAnEmptyStringIsEmpty) {
  EXPECT_EQ(Lcs("", "abc").length(), 0U);
  EXPECT_EQ(Lcs("abc", "").text(), "");
  EXPECT_THAT(Lcs("", "").runs(), IsEmpty());
}

TEST(Lcs, OfStringsWithNothingInCommonIsEmpty) { EXPECT_THAT(Lcs("abc", "xyz").runs(), IsEmpty()); }

TEST(Lcs, OfEqualStringsIsOneRun) {
  const std::string text(1000, 'x');
  EXPECT_THAT(Lcs(text, text).runs(), ElementsAre(Lcs::Run{0, 0, 1000}));
}

TEST(Lcs, TakesBytesOfAnyValue) {
  using std::literals::operator""sv;
  EXPECT_EQ(Lcs("a\0\xff z"sv, "\0b\xff"sv).text(), "\0\xff"sv);
}

TEST(Lcs, AgreesWithTheTextbookOnRandomStrings) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    const char letters = static_cast<char>(1 + round % 6);
    const std::string a = random_string(random, 150, letters);
    const std::string b = random_string(random, 150, letters);
    Textbook expected(a, b);
    const Lcs lcs(a, b);
    ASSERT_EQ(lcs.length(), expected.length()) << a << ' ' << b;
    ASSERT_EQ(Lcs::length(a, b), expected.length()) << a << ' ' << b;
    ASSERT_EQ(lcs.text(), expected.text()) << a << ' ' << b;
  }
}

}  // namespace
}  // namespace sideline::command
