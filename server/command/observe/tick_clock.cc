#include "server/command/observe/tick_clock.h"

#include <fstream>
#include <sstream>
#include <string>

namespace sideline::command {

#if defined(__x86_64__)
namespace {

/// Whether the first processor of /proc/cpuinfo has both of these flags.
bool has_flags(const std::string& one, const std::string& other) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("flags", 0) != 0) continue;
    std::istringstream words(line);
    int found = 0;
    for (std::string word; words >> word;) found += word == one || word == other ? 1 : 0;
    return found == 2;
  }
  return false;
}

}  // namespace

TickClock::TickClock() {
  if (!has_flags("constant_tsc", "nonstop_tsc")) return;
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
