#pragma once

#include <atomic>
#include <cstdint>

namespace libcache {

/// Where a cache takes the time from. Milliseconds since the UNIX epoch: deadlines are wall-clock
/// times, as in Redis. Implementations must be thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual std::int64_t now_ms() const = 0;

  /// The system's clock.
  static Clock& system();
};

/// A clock that stands until it is moved: for tests.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t now_ms = 1'700'000'000'000) : now_ms_(now_ms) {}
  [[nodiscard]] std::int64_t now_ms() const override {
    return now_ms_.load(std::memory_order_relaxed);
  }
  void advance_ms(std::int64_t ms) { now_ms_.fetch_add(ms, std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> now_ms_;
};

}  // namespace libcache
