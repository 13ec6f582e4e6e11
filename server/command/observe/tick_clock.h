#pragma once

#include <chrono>
#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace sideline::command {

/// Nanoseconds of a clock that never goes back, for durations: it is read for each request, so what
/// one reading costs counts. Where the processor's counter runs at one rate and never stops (it has
/// the flags constant_tsc and nonstop_tsc), reads that counter, in 10 to 15 ns; elsewhere
/// std::chrono::steady_clock, which takes 24 ns and as a guest of a hypervisor 40. Thread-safe.
///
/// The counter's rate is measured once, against steady_clock: durations are right to 1 in 10,000.
class TickClock {
 public:
  /// Takes 2 ms, for the measurement.
  TickClock();

  [[nodiscard]] std::int64_t now_ns() const {
#if defined(__x86_64__)
    if (ns_a_tick_ != 0)
      return static_cast<std::int64_t>(static_cast<double>(ticks()) * ns_a_tick_);
#endif
    return steady_ns();
  }

 private:
  [[nodiscard]] static std::int64_t steady_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }

#if defined(__x86_64__)
  [[nodiscard]] std::int64_t ticks() const {
    return static_cast<std::int64_t>(__rdtsc() - first_tick_);
  }
  [[nodiscard]] double measure() const;

  // A double holds 2^53 ticks, a month, to the tick, and more to a few.
  std::uint64_t first_tick_ = 0;
  double ns_a_tick_ = 0;  // 0: the counter is not to be used
#endif
};

}  // namespace sideline::command
