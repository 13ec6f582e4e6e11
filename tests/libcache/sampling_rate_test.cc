#include "sampling_rate.h"

#include <gtest/gtest.h>

namespace libcache {
namespace {

class SamplingRateTest : public testing::Test {
 protected:
  /// So many events of sampled keys in a second from now.
  void pass_second(std::size_t events) {
    for (std::size_t i = 0; i < events; ++i) {
      if (rate_.event(now_ms_ + static_cast<std::int64_t>(i * 1000 / events))) {
        rate_.fall(SamplingRate::kHalf);
      }
    }
    now_ms_ += 1000;
  }
  void pass_period(std::size_t events_a_second, bool has_room) {
    for (int i = 0; i < SamplingRate::kPeriodMs / 1000; ++i) pass_second(events_a_second);
    rate_.end_period(now_ms_, has_room);
  }

  std::int64_t now_ms_ = 1'000'000;
  SamplingRate rate_{now_ms_};
};

TEST_F(SamplingRateTest, AllKeysTakePartAtFirst) { EXPECT_EQ(rate_.share(), 1); }

TEST_F(SamplingRateTest, TakesKeysByTheirHash) {
  for (int i = 0; i < 45; ++i) rate_.fall(SamplingRate::kStep);
  EXPECT_TRUE(rate_.takes({0x1234'5678'0000'0000}));
  EXPECT_FALSE(rate_.takes({0x0000'0000'FFFF'0000}));
}

TEST_F(SamplingRateTest, StaysWhileThereAreFewEvents) {
  pass_second(SamplingRate::kEventsASecond);
  EXPECT_EQ(rate_.share(), 1);
}

TEST_F(SamplingRateTest, FallsUntilThereAreFew) {
  constexpr double kLoad = 1000;  // events of all keys a millisecond
  double due = 0;
  int falls = 0;
  for (int ms = 0; ms < 5000; ++ms) {
    for (due += kLoad * rate_.share(); due >= 1; --due) {
      if (!rate_.event(now_ms_ + ms)) continue;
      rate_.fall(SamplingRate::kHalf);
      ++falls;
    }
  }
  EXPECT_LE(kLoad * rate_.share() * 1000, SamplingRate::kEventsASecond);
  EXPECT_GT(kLoad * rate_.share() * 1000, SamplingRate::kEventsASecond / 4);
  // From all keys on: each looks at those that are followed.
  EXPECT_LE(falls, 10);
}

TEST_F(SamplingRateTest, RisesWhenItIsQuietAndThereIsRoom) {
  for (int i = 0; i < 200; ++i) rate_.fall(SamplingRate::kStep);
  const double before = rate_.share();
  pass_period(10, false);
  EXPECT_EQ(rate_.share(), before);
  pass_period(SamplingRate::kEventsASecond / 2, true);
  EXPECT_EQ(rate_.share(), before);
  pass_period(10, true);
  EXPECT_EQ(rate_.share(), 2 * before);
  for (int i = 0; i < 10; ++i) pass_period(10, true);
  EXPECT_EQ(rate_.share(), 1);
}

TEST_F(SamplingRateTest, AClockThatIsSetBackDoesNotKeepItFromFalling) {
  pass_second(1);
  now_ms_ -= 100'000;
  pass_second(10 * SamplingRate::kEventsASecond);
  EXPECT_LT(rate_.share(), 0.5);
}

}  // namespace
}  // namespace libcache
