#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <absl/base/thread_annotations.h>

#include "server/base/mutex.h"

namespace sideline::command {

/// The last requests that took long (SLOWLOG). Thread-safe; a request that is quick enough costs
/// one comparison.
class SlowLog {
 public:
  static constexpr std::size_t kMaxArguments =
      32;  ///< kept of a request; the last says how many more
  static constexpr std::size_t kMaxArgumentBytes = 128;

  struct Entry {
    std::int64_t id = 0;  ///< counts up from 0, over clear() too
    std::int64_t unix_time = 0;
    std::int64_t microseconds = 0;
    std::vector<std::string> args;
    std::string address;
    std::string client_name;
  };

  /// `threshold_us`: from how many microseconds on requests are kept; 0 all, negative none.
  /// `max_length`: how many are kept.
  void configure(std::int64_t threshold_us, std::int64_t max_length) ABSL_LOCKS_EXCLUDED(mutex_);

  /// Whether a request that took so long belongs here.
  [[nodiscard]] bool wants(std::int64_t nanoseconds) const {
    return nanoseconds >= threshold_ns_.load(std::memory_order_relaxed);
  }

  /// Keeps a request: its arguments cut to the maxima, with a note of what is missing.
  void add(std::int64_t unix_time, std::int64_t nanoseconds, std::span<const std::string_view> args,
           std::string_view address, std::string_view client_name) ABSL_LOCKS_EXCLUDED(mutex_);

  /// Copies of the newest `count` entries, newest first.
  [[nodiscard]] std::vector<Entry> newest(std::size_t count) const ABSL_LOCKS_EXCLUDED(mutex_);
  [[nodiscard]] std::size_t size() const ABSL_LOCKS_EXCLUDED(mutex_);
  void clear() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  std::atomic<std::int64_t> threshold_ns_{10'000'000};

  mutable Mutex mutex_;
  std::size_t max_length_ ABSL_GUARDED_BY(mutex_) = 128;
  std::int64_t next_id_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<Entry> entries_ ABSL_GUARDED_BY(mutex_);  // newest first
};

}  // namespace sideline::command
