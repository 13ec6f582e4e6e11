#include "server/net/output_guard.h"

#include <gtest/gtest.h>

namespace sideline::net {
namespace {

class OutputGuardTest : public ::testing::Test {
 protected:
  static config::Settings settings(std::size_t hard, std::size_t soft, std::int64_t seconds) {
    config::Settings result;
    result.client_output_buffer_limit = {.hard = hard, .soft = soft, .soft_seconds = seconds};
    return result;
  }

  void limit(std::size_t hard, std::size_t soft, std::int64_t seconds) {
    live.update(settings(hard, soft, seconds));
  }

  bool exceeded(std::size_t held, std::int64_t now_ms, std::size_t lent = 0) {
    return guard.exceeded(held, lent, now_ms, live);
  }

  LiveSettings live{settings(0, 0, 0)};
  OutputGuard guard;
};

TEST_F(OutputGuardTest, WithoutLimitsAnythingGoes) {
  EXPECT_FALSE(exceeded(std::size_t{1} << 40, 0));
}

TEST_F(OutputGuardTest, TheHardLimitHoldsAtOnce) {
  limit(100, 0, 0);
  EXPECT_FALSE(exceeded(99, 0));
  EXPECT_TRUE(exceeded(100, 0));
}

TEST_F(OutputGuardTest, TheHardLimitDoesNotCountWhatTheCacheHolds) {
  limit(100, 0, 0);
  EXPECT_FALSE(exceeded(1099, 0, 1000));
  EXPECT_TRUE(exceeded(1100, 0, 1000));
}

TEST_F(OutputGuardTest, TheSoftLimitHoldsAfterItsTime) {
  limit(0, 100, 2);
  EXPECT_FALSE(exceeded(100, 1000));
  EXPECT_FALSE(exceeded(100, 3000));
  EXPECT_TRUE(exceeded(100, 3001));
}

TEST_F(OutputGuardTest, TheSoftLimitCountsAll) {
  limit(0, 100, 2);
  EXPECT_FALSE(exceeded(100, 1000, 100));
  EXPECT_TRUE(exceeded(100, 3001, 100));
}

TEST_F(OutputGuardTest, FallingBelowTheSoftLimitStartsItsTimeAnew) {
  limit(0, 100, 2);
  EXPECT_FALSE(exceeded(100, 1000));
  EXPECT_FALSE(exceeded(99, 2000));
  EXPECT_FALSE(exceeded(100, 3500));
  EXPECT_TRUE(exceeded(100, 5501));
}

TEST_F(OutputGuardTest, SendingAllStartsItsTimeAnew) {
  limit(0, 100, 2);
  EXPECT_FALSE(exceeded(100, 1000));
  guard.all_sent();
  EXPECT_FALSE(exceeded(100, 3500));
}

}  // namespace
}  // namespace sideline::net
