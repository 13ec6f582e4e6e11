#include "bench/network/load/histogram.h"

#include <cstdint>

#include <gtest/gtest.h>

namespace load {
namespace {

TEST(Histogram, IsEmptyAtFirst) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0);
  EXPECT_EQ(histogram.quantile(0.5), 0);
  EXPECT_EQ(histogram.max(), 0);
  EXPECT_EQ(histogram.mean(), 0);
}

TEST(Histogram, IsExactForSmallDurations) {
  Histogram histogram;
  for (std::int64_t value = 1; value <= 100; ++value) histogram.add(value);
  EXPECT_EQ(histogram.quantile(0.5), 50);
  EXPECT_EQ(histogram.quantile(0.99), 99);
  EXPECT_EQ(histogram.quantile(1), 100);
  EXPECT_DOUBLE_EQ(histogram.mean(), 50.5);
}

TEST(Histogram, ErrsByLessThanOneInAHundredAndTwentyEight) {
  for (std::int64_t value = 1; value < 60'000'000'000; value += value / 3 + 1) {
    Histogram histogram;
    histogram.add(value);
    histogram.add(60'000'000'000);  // so that the largest is another
    EXPECT_GE(histogram.quantile(0.5), value);
    EXPECT_LE(histogram.quantile(0.5), value + value / 128);
  }
}

TEST(Histogram, ShowsOneInTenThousandAtItsPlace) {
  Histogram histogram;
  for (int i = 0; i < 19'998; ++i) histogram.add(1000);
  histogram.add(1'000'000);
  histogram.add(1'000'000);
  EXPECT_LT(histogram.quantile(0.9999), 1010);
  EXPECT_EQ(histogram.quantile(0.99991), 1'000'000);
}

TEST(Histogram, TakesDurationsBeyondItsRange) {
  Histogram histogram;
  histogram.add(-5);
  histogram.add(std::int64_t{1} << 60);
  EXPECT_EQ(histogram.quantile(0.5), 0);
  EXPECT_EQ(histogram.quantile(1), std::int64_t{1} << 60);
}

}  // namespace
}  // namespace load
