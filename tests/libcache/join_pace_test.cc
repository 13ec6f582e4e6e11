#include "join_pace.h"

#include <gtest/gtest.h>

namespace libcache {
namespace {

TEST(JoinPaceTest, TheFirstMayBeMadeAtOnce) { EXPECT_TRUE(JoinPace().may_join(1)); }

TEST(JoinPaceTest, RestsThreeTimesAsLongAsOneTook) {
  JoinPace pace;
  pace.joined(1000, 1500);
  EXPECT_FALSE(pace.may_join(1500));
  EXPECT_EQ(pace.rest_ns(1500), 1500);
  EXPECT_FALSE(pace.may_join(2999));
  EXPECT_EQ(pace.rest_ns(2999), 1);
  EXPECT_TRUE(pace.may_join(3000));
  EXPECT_EQ(pace.rest_ns(10'000), 0);
}

}  // namespace
}  // namespace libcache
