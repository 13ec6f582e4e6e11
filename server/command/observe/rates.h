#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <absl/base/thread_annotations.h>

#include "server/base/mutex.h"

namespace sideline::command {

/// How busy the server is now: the mean of the last kSamples periods (1.6 s), as in INFO's
/// instantaneous_* fields. Requests pay nothing for it: someone with a timer feeds it from counters
/// that are kept anyway. Thread-safe.
class Rates {
 public:
  static constexpr std::int64_t kPeriodMs = 100;
  static constexpr std::size_t kSamples = 16;

  /// Counters since the start, or since some reset.
  struct Totals {
    std::uint64_t commands = 0;
    std::uint64_t input_bytes = 0;
    std::uint64_t output_bytes = 0;
  };
  struct PerSecond {
    double commands = 0;
    double input_bytes = 0;
    double output_bytes = 0;
  };

  /// To be called about every kPeriodMs; the time that has really passed counts.
  void sample(std::int64_t now_ms, const Totals& totals) ABSL_LOCKS_EXCLUDED(mutex_);

  [[nodiscard]] PerSecond per_second() const ABSL_LOCKS_EXCLUDED(mutex_);

  /// Forgets everything: the counters start at 0 again.
  void reset() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  mutable Mutex mutex_;
  bool started_ ABSL_GUARDED_BY(mutex_) = false;  // the last two are of a sample
  std::int64_t last_ms_ ABSL_GUARDED_BY(mutex_) = 0;
  Totals last_ ABSL_GUARDED_BY(mutex_);
  std::array<PerSecond, kSamples> samples_ ABSL_GUARDED_BY(mutex_){};
  std::size_t next_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace sideline::command
