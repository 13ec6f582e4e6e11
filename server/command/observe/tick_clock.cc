#include "server/command/observe/tick_clock.h"

#include <fstream>
#include <string>

namespace sideline::command {

#if defined(__x86_64__)

TickClock::TickClock() {
  std::ifstream file("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  std::string source;
  if (!(file >> source) || source != "tsc") return;
  first_tick_ = __rdtsc();
  ns_a_tick_ = measure();
}

double TickClock::measure() const {
  constexpr std::int64_t kNanoseconds = 2'000'000;  // two readings are some 100 ns off
  const std::int64_t begin_ns = steady_ns();
  const std::int64_t begin = ticks();
  std::int64_t end_ns = begin_ns;
  while (end_ns - begin_ns < kNanoseconds) end_ns = steady_ns();
  return static_cast<double>(end_ns - begin_ns) / static_cast<double>(ticks() - begin);
}

#else

TickClock::TickClock() = default;

#endif

}  // namespace sideline::command
