#include "server/command/observe/heartbeats.h"

#include <gtest/gtest.h>

namespace sideline::command {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""s;

constexpr Heartbeats::Clock::time_point kNow{1h};

TEST(Heartbeats, WhoHasNotBegunIsNotSilent) { EXPECT_EQ(Heartbeats(2).longest_silence(kNow), 0s); }

TEST(Heartbeats, TheMostSilentThreadCounts) {
  Heartbeats heartbeats(3);
  heartbeats.beat(0, kNow);
  heartbeats.beat(2, kNow - 5s);
  EXPECT_EQ(heartbeats.longest_silence(kNow), 5s);
  heartbeats.beat(2, kNow);
  EXPECT_EQ(heartbeats.longest_silence(kNow), 0s);
}

TEST(Heartbeats, NobodyWaitsForWhoHasEnded) {
  Heartbeats heartbeats(1);
  heartbeats.beat(0, kNow - 5s);
  heartbeats.end(0);
  EXPECT_EQ(heartbeats.longest_silence(kNow), 0s);
}

TEST(Heartbeats, AClockThatIsReadTooEarlyIsNoSilence) {
  Heartbeats heartbeats(1);
  heartbeats.beat(0, kNow + 1s);
  EXPECT_EQ(heartbeats.longest_silence(kNow), 0s);
}

}  // namespace
}  // namespace sideline::command
