#include "flight_waits.h"

#include <chrono>
#include <optional>

#include <gtest/gtest.h>

namespace libcache {
namespace {

using std::chrono::milliseconds;

const Flight::Time kNow{std::chrono::hours(1000)};

TEST(EndOfAWait, IsATimeoutAhead) {
  EXPECT_EQ(end_of({.timeout = milliseconds(5)}, kNow), kNow + milliseconds(5));
}

TEST(EndOfAWait, WithoutATimeoutThereIsNone) { EXPECT_EQ(end_of({}, kNow), std::nullopt); }

TEST(EndOfAWait, BeyondTheClockThereIsNone) {
  EXPECT_EQ(end_of({.timeout = milliseconds::max()}, kNow), std::nullopt);
  const auto last = std::chrono::floor<milliseconds>(Flight::Time::max() - kNow);
  EXPECT_EQ(end_of({.timeout = last}, kNow), std::nullopt);
  EXPECT_EQ(end_of({.timeout = last - milliseconds(1)}, kNow), kNow + last - milliseconds(1));
}

TEST(EndOfAWait, BelowTheClockIsNow) {
  EXPECT_EQ(end_of({.timeout = milliseconds(-1)}, kNow), kNow);
  EXPECT_EQ(end_of({.timeout = milliseconds::min()}, kNow), kNow);
}

}  // namespace
}  // namespace libcache
