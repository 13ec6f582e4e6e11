#include "told_hits.h"

#include <cstdint>

#include <gtest/gtest.h>

namespace libcache {
namespace {

constexpr KeyHash kHot{7};

/// How many of five hits are told.
int told_of_five(ToldHits& hits, KeyHash key, int database = 0) {
  int told = 0;
  for (int i = 0; i < 5; ++i) told += hits.should_tell(key, database) ? 1 : 0;
  return told;
}

TEST(ToldHits, ThreeHitsOfAKeyAreTold) {
  ToldHits hits;
  EXPECT_EQ(told_of_five(hits, kHot), 3);
  EXPECT_EQ(told_of_five(hits, kHot), 0);
}

TEST(ToldHits, AKeyCountsAnewOnceFourOthersWereTold) {
  ToldHits hits;
  EXPECT_EQ(told_of_five(hits, kHot), 3);
  for (std::uint64_t other = 100; other < 103; ++other) EXPECT_TRUE(hits.should_tell({other}, 0));
  EXPECT_EQ(told_of_five(hits, kHot), 0) << "there were three others";
  hits.told_of_other({103}, 0);
  EXPECT_EQ(told_of_five(hits, kHot), 3);
}

TEST(ToldHits, AKeyCountsAnewOnceSomethingElseHappensToIt) {
  ToldHits hits;
  EXPECT_EQ(told_of_five(hits, kHot), 3);
  hits.told_of_other(kHot, 0);
  EXPECT_EQ(told_of_five(hits, kHot), 3);
}

TEST(ToldHits, KeysOfOtherDatabasesAreOthers) {
  ToldHits hits;
  EXPECT_EQ(told_of_five(hits, kHot, 0), 3);
  EXPECT_EQ(told_of_five(hits, kHot, 1), 3);
  hits.told_of_other(kHot, 1);
  EXPECT_EQ(told_of_five(hits, kHot, 0), 0);
}

TEST(ToldHits, TheFirstKeyMayHaveTheHashZero) {
  ToldHits hits;
  EXPECT_EQ(told_of_five(hits, {0}), 3);
}

}  // namespace
}  // namespace libcache
