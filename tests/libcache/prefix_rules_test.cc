#include "prefix_rules.h"

#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace libcache {
namespace {

TEST(PrefixRules, FindTheLongest) {
  const PrefixRules rules({"b", "a:", "a:x:", "a:y"});
  EXPECT_EQ(rules.find("a:x:1"), 2U);
  EXPECT_EQ(rules.find("a:x"), 1U);
  EXPECT_EQ(rules.find("a:z"), 1U);  // behind a:y, which is no prefix of it
  EXPECT_EQ(rules.find("b"), 0U);
  EXPECT_EQ(rules.find("a"), std::nullopt);
  EXPECT_EQ(rules.find(""), std::nullopt);
  EXPECT_EQ(rules.find("c"), std::nullopt);
}

TEST(PrefixRules, AnEmptyOneIsForAllOthers) {
  const PrefixRules rules({"a", ""});
  EXPECT_EQ(rules.find("abc"), 0U);
  EXPECT_EQ(rules.find("x"), 1U);
  EXPECT_EQ(rules.find(""), 1U);
}

TEST(PrefixRules, BytesAreUnsigned) {
  const PrefixRules rules({"\xFF", "a", std::string(1, '\0')});
  EXPECT_EQ(rules.find("\xFF\x01"), 0U);
  EXPECT_EQ(rules.find(std::string("\0x", 2)), 2U);
  EXPECT_EQ(rules.find("\x80"), std::nullopt);
}

TEST(PrefixRules, AgreeWithTryingAll) {
  std::mt19937 random(1);
  const auto word = [&random](std::size_t most) {
    std::string made(random() % (most + 1), '\0');
    for (char& c : made) c = "ab\xFF"[random() % 3];
    return made;
  };
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> prefixes;
    while (prefixes.size() < 20) {
      std::string prefix = word(4);
      if (std::find(prefixes.begin(), prefixes.end(), prefix) == prefixes.end()) {
        prefixes.push_back(std::move(prefix));
      }
    }
    const PrefixRules rules(prefixes);
    for (int i = 0; i < 200; ++i) {
      const std::string key = word(6);
      std::optional<std::size_t> longest;
      for (std::size_t at = 0; at < prefixes.size(); ++at) {
        if (!key.starts_with(prefixes[at])) continue;
        if (!longest || prefixes[at].size() > prefixes[*longest].size()) longest = at;
      }
      EXPECT_EQ(rules.find(key), longest);
    }
  }
}

}  // namespace
}  // namespace libcache
