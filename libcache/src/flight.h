#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <libcache/key.h>
#include <libcache/load.h>

#include "mutex.h"
#include "tag_epochs.h"

namespace libcache {

/// One load of one key: who runs it, and its result for all who wait. Shared by them. Thread-safe.
class Flight {
 public:
  Flight(Key key, const Tagging& tagging)
      : key_bytes_(key.bytes()), database_(key.database()), tagging_(tagging) {}

  [[nodiscard]] Key key() const { return {key_bytes_, database_}; }
  /// The tags of what it brings, and when it began.
  [[nodiscard]] const Tagging& tagging() const { return tagging_; }

  /// Tells that the loader runs on this thread from now on.
  void set_runner() { runner_.store(std::this_thread::get_id(), std::memory_order_relaxed); }
  /// The thread that runs the loader; none if it does not run.
  [[nodiscard]] std::thread::id runner() const { return runner_.load(std::memory_order_relaxed); }

  /// Gives everybody the result. Call it once.
  void land(const LoadResult& result);

  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;
  /// The result; or kTimedOut at `until`, or kStopped.
  [[nodiscard]] LoadResult wait(const std::optional<Time>& until, const std::stop_token& stop);
  /// Calls done(result) when it lands, by the thread that lands it; at once if it has landed. It
  /// must not throw.
  void when_landed(std::function<void(const LoadResult&)> done);

 private:
  const std::string key_bytes_;
  const int database_;
  const Tagging tagging_;
  std::atomic<std::thread::id> runner_{};

  Mutex mutex_;
  std::condition_variable_any landed_;
  std::optional<LoadResult> result_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::function<void(const LoadResult&)>> waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace libcache
