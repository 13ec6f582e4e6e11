#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <absl/base/thread_annotations.h>

#include "server/base/mutex.h"

namespace sideline::command {

/// When something took longer than `latency-monitor-threshold`, and how long: a time series for
/// each kind of event (LATENCY). Thread-safe; what is quick enough costs one comparison.
class Latency {
 public:
  // The events there are, with Redis's names.
  static constexpr std::string_view kCommand = "command";
  static constexpr std::string_view kFastCommand =
      "fast-command";  ///< a command with the flag kFast

  static constexpr std::size_t kMaxSamples = 160;  ///< of one event; older ones are dropped

  struct Sample {
    std::int64_t unix_time = 0;
    std::int64_t milliseconds = 0;  ///< the most in that second
  };
  struct Series {
    std::deque<Sample> samples;  ///< oldest first; never empty
    std::int64_t max_ms = 0;     ///< over all, also those that are dropped
  };
  /// By name.
  using Events = std::map<std::string, Series, std::less<>>;

  /// From how many milliseconds on; 0: nothing is recorded.
  void configure(std::int64_t threshold_ms);
  [[nodiscard]] std::int64_t threshold_ms() const {
    return threshold_ms_.load(std::memory_order_relaxed);
  }

  /// Whether something that took so long belongs here.
  [[nodiscard]] bool wants(std::int64_t nanoseconds) const {
    return nanoseconds >= threshold_ns_.load(std::memory_order_relaxed);
  }
  void add(std::string_view event, std::int64_t unix_time, std::int64_t nanoseconds)
      ABSL_LOCKS_EXCLUDED(mutex_);

  /// Copies.
  [[nodiscard]] Events events() const ABSL_LOCKS_EXCLUDED(mutex_);
  [[nodiscard]] std::optional<Series> series(std::string_view event) const
      ABSL_LOCKS_EXCLUDED(mutex_);

  /// Forgets one event (letter case does not matter), or all; returns how many were known.
  std::size_t reset(std::string_view event) ABSL_LOCKS_EXCLUDED(mutex_);
  std::size_t reset() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  std::atomic<std::int64_t> threshold_ms_{0};
  std::atomic<std::int64_t> threshold_ns_{INT64_MAX};

  mutable Mutex mutex_;
  Events events_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sideline::command
