#include "server/command/observe/tick_clock.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>

#include <gtest/gtest.h>

namespace sideline::command {
namespace {

using std::chrono::steady_clock;

TEST(TickClock, AgreesWithTheSteadyClock) {
  const TickClock clock;
  // A preemption between a pair of readings spoils a measurement, so the best of some counts.
  double best = 1;
  for (int tries = 0; tries < 20 && best > 0.001; ++tries) {
    const auto begin = steady_clock::now();
    const std::int64_t first = clock.now_ns();
    while (steady_clock::now() - begin < std::chrono::milliseconds(5)) {
    }
    const std::int64_t ns = clock.now_ns() - first;
    const auto expected = std::chrono::nanoseconds(steady_clock::now() - begin).count();
    best = std::min(best, std::abs(static_cast<double>(ns) / static_cast<double>(expected) - 1));
  }
  EXPECT_LT(best, 0.01);
}

TEST(TickClock, NeverGoesBack) {
  const TickClock clock;
  std::int64_t last = clock.now_ns();
  for (int i = 0; i < 100'000; ++i) {
    const std::int64_t now = clock.now_ns();
    ASSERT_GE(now, last);
    last = now;
  }
}

}  // namespace
}  // namespace sideline::command
