#include "server/command/observe/hit_ratios.h"

#include <gtest/gtest.h>

namespace sideline::command {
namespace {

using std::chrono::minutes;

constexpr std::int64_t kMinute = 60'000;

TEST(HitRatios, IsNothingWithoutReads) {
  HitRatios ratios;
  EXPECT_EQ(ratios.over(minutes(1), 0, {}), std::nullopt);
  ratios.sample(0, {.hits = 3, .misses = 1});
  EXPECT_EQ(ratios.over(minutes(1), 10, {.hits = 3, .misses = 1}), std::nullopt);
}

TEST(HitRatios, CountsFromTheStartIfThatIsLessLongAgo) {
  HitRatios ratios;
  EXPECT_EQ(ratios.over(minutes(5), 10, {.hits = 3, .misses = 1}), 0.75);
  ratios.sample(1000, {});
  EXPECT_EQ(ratios.over(minutes(5), 2000, {.hits = 1, .misses = 3}), 0.25);
}

TEST(HitRatios, EachWindowHasItsOwn) {
  HitRatios ratios;
  ratios.sample(0, {});
  ratios.sample(56 * kMinute, {.hits = 0, .misses = 100});
  ratios.sample(59 * kMinute, {.hits = 50, .misses = 150});
  const HitRatios::Totals now{.hits = 150, .misses = 150};
  EXPECT_EQ(ratios.over(minutes(1), 60 * kMinute, now), 1.0);
  EXPECT_EQ(ratios.over(minutes(5), 60 * kMinute, now), 0.5);
  EXPECT_EQ(ratios.over(minutes(2), 60 * kMinute, now), 0.75);
}

TEST(HitRatios, ForgetsWhatIsOlderThanTheLongestWindow) {
  HitRatios ratios;
  HitRatios::Totals totals;
  for (std::int64_t now_ms = 0; now_ms <= 180 * kMinute; now_ms += HitRatios::kPeriodMs) {
    ratios.sample(now_ms, totals);
    now_ms < 120 * kMinute ? ++totals.misses : ++totals.hits;
  }
  EXPECT_EQ(ratios.over(minutes(60), 180 * kMinute, totals), 1.0);
}

TEST(HitRatios, IsDueOnceAPeriod) {
  HitRatios ratios;
  EXPECT_TRUE(ratios.is_due(0));
  ratios.sample(7, {});
  EXPECT_FALSE(ratios.is_due(7 + HitRatios::kPeriodMs - 1));
  EXPECT_TRUE(ratios.is_due(7 + HitRatios::kPeriodMs));
}

TEST(HitRatios, BeginsAnewAfterAReset) {
  HitRatios ratios;
  ratios.sample(0, {.hits = 100, .misses = 0});
  ratios.reset();
  EXPECT_EQ(ratios.over(minutes(1), 10, {.hits = 0, .misses = 2}), 0.0);
}

TEST(HitRatios, CountersThatWereResetBeforeItDoNoHarm) {
  HitRatios ratios;
  ratios.sample(0, {.hits = 100, .misses = 0});
  EXPECT_EQ(ratios.over(minutes(1), 10, {.hits = 1, .misses = 3}), 0.25);
}

}  // namespace
}  // namespace sideline::command
