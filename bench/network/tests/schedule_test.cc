#include "bench/network/load/schedule.h"

#include <cstdint>

#include <gtest/gtest.h>

namespace load {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(Schedule, SpacesRequestsEvenly) {
  const Schedule schedule(kSecond, 1000, 1);
  EXPECT_EQ(schedule.due(0), kSecond);
  EXPECT_EQ(schedule.due(1), kSecond + 1'000'000);
  EXPECT_EQ(schedule.due(1000), 2 * kSecond);
}

TEST(Schedule, MakesTheRequestsOfABurstDueTogether) {
  const Schedule schedule(0, 1000, 10);
  EXPECT_EQ(schedule.due(9), 0);
  EXPECT_EQ(schedule.due(10), 10'000'000);
  EXPECT_EQ(schedule.due(19), 10'000'000);
}

TEST(Schedule, DoesNotDrift) {
  const Schedule schedule(0, 300'000, 1);
  EXPECT_NEAR(static_cast<double>(schedule.due(300'000ULL * 3600)), 3600e9, 2);
}

}  // namespace
}  // namespace load
