#include "server/config/near_match.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace sideline::config {
namespace {

std::string_view near(std::string_view text) {
  static const std::vector<std::string_view> words = {"port", "maxmemory", "maxmemory-policy",
                                                      "timeout", "tcp-backlog"};
  return near_match(text, words);
}

TEST(NearMatch, FindsOneLetterTooManyMissingOrWrong) {
  EXPECT_EQ(near("portt"), "port");
  EXPECT_EQ(near("maxmemry"), "maxmemory");
  EXPECT_EQ(near("timeaut"), "timeout");
}

TEST(NearMatch, TwoLettersExchangedAreOneError) { EXPECT_EQ(near("prot"), "port"); }

TEST(NearMatch, CaseDoesNotMatter) { EXPECT_EQ(near("MAX_MEMORY_POLICY"), "maxmemory-policy"); }

TEST(NearMatch, ChoosesTheNearest) { EXPECT_EQ(near("maxmemory_"), "maxmemory"); }

TEST(NearMatch, FindsNothingThatIsFarAway) {
  EXPECT_EQ(near("pt"), "");
  EXPECT_EQ(near("memory"), "");
  EXPECT_EQ(near("hz"), "");
  EXPECT_EQ(near(""), "");
  EXPECT_EQ(near(std::string(100'000, 'x')), "");
}

}  // namespace
}  // namespace sideline::config
