#include "flight.h"

#include <utility>

namespace libcache {

void Flight::land(const LoadResult& result) {
  runner_.store({}, std::memory_order_relaxed);
  std::vector<std::function<void(const LoadResult&)>> waiting;
  {
    const MutexLock lock(mutex_);
    result_ = result;
    waiting.swap(waiting_);
  }
  landed_.notify_all();
  for (const auto& done : waiting) done(result);
}

// The analysis does not follow a lock through a condition variable.
LoadResult Flight::wait(const std::optional<Time>& until,
                        const std::stop_token& stop) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  std::unique_lock lock(mutex_);
  const auto has_landed = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return result_.has_value(); };
  if (until) {
    landed_.wait_until(lock, stop, *until, has_landed);
  } else {
    landed_.wait(lock, stop, has_landed);
  }
  if (result_) return *result_;
  return {stop.stop_requested() ? LoadStatus::kStopped : LoadStatus::kTimedOut};
}

void Flight::when_landed(std::function<void(const LoadResult&)> done) {
  std::optional<LoadResult> result;
  {
    const MutexLock lock(mutex_);
    result = result_;
    if (!result) waiting_.push_back(std::move(done));
  }
  if (result) done(*result);
}

}  // namespace libcache
