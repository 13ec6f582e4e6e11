#include "told_hits.h"

#include <gtest/gtest.h>

namespace libcache {
namespace {

TEST(ToldHits, ThreeHitsOfAKeyAreEnough) {
  ToldHits told;
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(told.know_enough_of({7}, 0)) << i;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(told.know_enough_of({7}, 0)) << i;
}

TEST(ToldHits, AKeyCountsAnewOnceFourOthersWereHit) {
  ToldHits told;
  for (int i = 0; i < 4; ++i) static_cast<void>(told.know_enough_of({7}, 0));
  for (std::uint64_t other = 100; other < 103; ++other) {
    EXPECT_FALSE(told.know_enough_of({other}, 0));
  }
  EXPECT_TRUE(told.know_enough_of({7}, 0)) << "there were three others";
  EXPECT_FALSE(told.know_enough_of({103}, 0));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(told.know_enough_of({7}, 0)) << i;
  EXPECT_TRUE(told.know_enough_of({7}, 0));
}

TEST(ToldHits, KeysOfOtherDatabasesAreOthers) {
  ToldHits told;
  for (int i = 0; i < 4; ++i) static_cast<void>(told.know_enough_of({7}, 0));
  EXPECT_FALSE(told.know_enough_of({7}, 1));
}

TEST(ToldHits, TheFirstKeyMayHaveTheHashZero) {
  ToldHits told;
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(told.know_enough_of({0}, 0)) << i;
  EXPECT_TRUE(told.know_enough_of({0}, 0));
}

}  // namespace
}  // namespace libcache
