#include <chrono>
#include <cstdint>
#include <limits>

#include <gtest/gtest.h>
#include <libcache/load_times.h>

namespace libcache {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

TEST(LoadTimes, ADurationLiesBeforeTheEndOfItsSlotAndNotBeforeTheOneBelow) {
  for (std::int64_t us = 0; us < std::int64_t{1} << 36; us += 1 + us / 50) {
    const std::size_t slot = LoadTimes::slot_of(microseconds(us));
    ASSERT_LT(slot, LoadTimes::kSlots);
    ASSERT_LT(microseconds(us), LoadTimes::end_of(slot));
    if (slot == 0) continue;
    ASSERT_GE(microseconds(us), LoadTimes::end_of(slot - 1));
  }
}

TEST(LoadTimes, ASlotIsAtMostAQuarterOfItsDurationsWide) {
  for (std::size_t slot = 8; slot < LoadTimes::kSlots; ++slot) {
    const microseconds begin = LoadTimes::end_of(slot - 1);
    EXPECT_LE(4 * (LoadTimes::end_of(slot) - begin), begin) << slot;
  }
}

TEST(LoadTimes, TakesAnyDuration) {
  EXPECT_EQ(LoadTimes::slot_of(nanoseconds(-1)), 0U);
  EXPECT_EQ(LoadTimes::slot_of(nanoseconds(999)), 0U);
  EXPECT_EQ(LoadTimes::slot_of(nanoseconds::max()), LoadTimes::kSlots - 1);
}

TEST(LoadTimes, AQuantileIsTheEndOfASlot) {
  LoadTimes times;
  EXPECT_EQ(times.quantile(0.5), microseconds(0));
  times.add(LoadTimes::slot_of(microseconds(3)), 90);
  times.add(LoadTimes::slot_of(microseconds(100)), 10);
  EXPECT_EQ(times.total(), 100U);
  EXPECT_EQ(times.quantile(0), microseconds(4));
  EXPECT_EQ(times.quantile(0.9), microseconds(4));
  EXPECT_EQ(times.quantile(0.91), microseconds(112));
  EXPECT_EQ(times.quantile(1), microseconds(112));
}

}  // namespace
}  // namespace libcache
