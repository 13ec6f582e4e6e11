#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

#include <absl/base/thread_annotations.h>

#include "server/base/mutex.h"

namespace sideline::command {

/// The hit ratio of the last minutes. Requests pay nothing for it: someone with a timer keeps what
/// the counters were, 722 times in an hour, 24 bytes each. Thread-safe.
class HitRatios {
 public:
  static constexpr std::int64_t kPeriodMs = 5000;
  /// The longest time that over() can look back.
  static constexpr std::chrono::minutes kLongest{60};

  /// Counters since the start, or since reset().
  struct Totals {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
  };

  /// Whether it is time for the next sample. Times are of a clock that never goes back.
  [[nodiscard]] bool is_due(std::int64_t now_ms) const ABSL_LOCKS_EXCLUDED(mutex_);
  void sample(std::int64_t now_ms, const Totals& totals) ABSL_LOCKS_EXCLUDED(mutex_);

  /// Hits over reads within `window`, and up to kPeriodMs more; since the start if that is less
  /// long ago. Nothing if there were no reads.
  [[nodiscard]] std::optional<double> over(std::chrono::minutes window, std::int64_t now_ms,
                                           const Totals& now) const ABSL_LOCKS_EXCLUDED(mutex_);

  /// The counters start at 0 again.
  void reset() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Sample {
    std::int64_t at_ms;
    Totals totals;
  };

  /// What the counters were when a window began.
  [[nodiscard]] Totals totals_at(std::int64_t time_ms) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;
  std::deque<Sample> samples_ ABSL_GUARDED_BY(mutex_);  // oldest first
};

}  // namespace sideline::command
