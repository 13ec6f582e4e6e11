#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace libcache {

/// When the next huge page may be made: after one, at least three times as long has to pass as that
/// took. The kernel keeps the processor meanwhile, and page faults wait for it. A cache that grows
/// fills a block in each shard at about the same time; without the rests, writers had to wait for
/// all of them.
///
/// Times are of a clock that nobody sets, in nanoseconds. Thread-safe: two threads at once may both
/// be told that they may.
class JoinPace {
 public:
  [[nodiscard]] bool may_join(std::int64_t now_ns) const { return rest_ns(now_ns) == 0; }
  void joined(std::int64_t begun_ns, std::int64_t ended_ns) {
    next_ns_.store(ended_ns + kRestForWork * (ended_ns - begun_ns), std::memory_order_relaxed);
  }
  /// What is left of the rest.
  [[nodiscard]] std::int64_t rest_ns(std::int64_t now_ns) const {
    return std::max<std::int64_t>(0, next_ns_.load(std::memory_order_relaxed) - now_ns);
  }

 private:
  static constexpr int kRestForWork = 3;

  std::atomic<std::int64_t> next_ns_{0};
};

}  // namespace libcache
