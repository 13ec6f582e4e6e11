#include "server/command/observe/latency_histogram.h"

#include <gtest/gtest.h>

namespace sideline::command {
namespace {

LatencyCounts counts_of(std::initializer_list<std::int64_t> durations) {
  LatencyRecorder recorder;
  for (const std::int64_t duration : durations) recorder.record(duration);
  LatencyCounts counts;
  recorder.add_to(counts);
  return counts;
}

TEST(LatencyHistogram, EverySlotEndsBeforeTheNextBegins) {
  for (std::size_t slot = 0; slot <= LatencyCounts::slot_of(LatencyCounts::kMaxNanoseconds);
       ++slot) {
    const std::int64_t highest = LatencyCounts::highest_of(slot);
    ASSERT_EQ(LatencyCounts::slot_of(highest), slot);
    if (highest < LatencyCounts::kMaxNanoseconds) {
      ASSERT_EQ(LatencyCounts::slot_of(highest + 1), slot + 1);
    }
  }
}

TEST(LatencyHistogram, ASlotIsNeverWiderThanA128thOfItsValues) {
  for (std::int64_t value = 1; value < LatencyCounts::kMaxNanoseconds; value += value / 100 + 1) {
    const std::int64_t highest = LatencyCounts::highest_of(LatencyCounts::slot_of(value));
    ASSERT_LE(highest - value, value / 128) << value;
  }
}

TEST(LatencyHistogram, ItsSlotsFitIntoItsSteps) {
  EXPECT_LT(LatencyCounts::slot_of(LatencyCounts::kMaxNanoseconds),
            LatencyCounts::kSlotsPerStep * LatencyCounts::kSteps);
}

TEST(LatencyHistogram, WhatTakesLongerThanASecondCountsAsASecond) {
  EXPECT_EQ(counts_of({7'000'000'000}).up_to(990'000'000), 0);
  EXPECT_EQ(counts_of({7'000'000'000}).up_to(LatencyCounts::kMaxNanoseconds), 1);
}

TEST(LatencyHistogram, ADurationThatIsNotPositiveCountsAsZero) {
  EXPECT_EQ(counts_of({-5, 0}).up_to(0), 2);
}

TEST(LatencyHistogram, PercentilesAreTheHighestDurationOfTheirSlot) {
  const LatencyCounts counts = counts_of({100, 100, 100, 1000});
  EXPECT_EQ(counts.percentile(50), 100);
  EXPECT_EQ(counts.percentile(75), 100);
  EXPECT_EQ(counts.percentile(99.9), 1003);
}

TEST(LatencyHistogram, TheLowestPercentileIsThatOfTheQuickestCall) {
  EXPECT_EQ(counts_of({50, 1000}).percentile(0), 50);
}

TEST(LatencyHistogram, UpToCountsTheQuickerCalls) {
  const LatencyCounts counts = counts_of({10, 20, 30});
  EXPECT_EQ(counts.up_to(9), 0);
  EXPECT_EQ(counts.up_to(20), 2);
  EXPECT_EQ(counts.total(), 3);
}

TEST(LatencyHistogram, EarlierCountsCanBeTakenOff) {
  LatencyCounts counts = counts_of({10, 20, 20});
  counts -= counts_of({10, 20});
  EXPECT_EQ(counts.total(), 1);
  EXPECT_EQ(counts.percentile(50), 20);
}

}  // namespace
}  // namespace sideline::command
