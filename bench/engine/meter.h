#pragma once

#include <cstdint>
#include <optional>

#include <benchmark/benchmark.h>

#include "bench/engine/allocations.h"
#include "bench/engine/instructions.h"

namespace bench {

/// Adds to a benchmark what its thread does beyond taking time, a operation: `allocations`, and
/// `instructions` where the machine counts them. Make one right before the loop.
class Meter {
 public:
  explicit Meter(benchmark::State& state)
      : state_(state), allocations_(allocations()), instructions_(counter_.read()) {}

  /// Call it right after the loop.
  void report() {
    const auto now = counter_.read();
    add("allocations", allocations() - allocations_);
    if (now && instructions_) add("instructions", *now - *instructions_);
  }

 private:
  void add(const char* name, std::uint64_t count) {
    // The framework adds up the threads and divides by all iterations.
    state_.counters[name] =
        benchmark::Counter(static_cast<double>(count), benchmark::Counter::kAvgIterations);
  }

  benchmark::State& state_;
  InstructionCounter counter_;
  std::uint64_t allocations_;
  std::optional<std::uint64_t> instructions_;
};

}  // namespace bench
