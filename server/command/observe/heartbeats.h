#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <vector>

namespace sideline::command {

/// When each thread that runs commands last came round its loop: one that hangs, in a lock or in a
/// request without an end, is silent from then on. Thread-safe.
class Heartbeats {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Heartbeats(std::size_t threads) : last_(threads) {
    for (std::size_t thread = 0; thread < threads; ++thread) end(thread);
  }

  /// To be called about once a second while a thread runs.
  void beat(std::size_t thread, Clock::time_point now) {
    last_[thread].store(now, std::memory_order_relaxed);
  }
  /// It has ended, and nobody waits for its next one.
  void end(std::size_t thread) { beat(thread, Clock::time_point::max()); }

  /// For how long the thread has been silent that has been so for longest.
  [[nodiscard]] Clock::duration longest_silence(Clock::time_point now) const {
    Clock::time_point first = now;
    for (const auto& last : last_) first = std::min(first, last.load(std::memory_order_relaxed));
    return now - first;
  }

 private:
  std::vector<std::atomic<Clock::time_point>> last_;
};

}  // namespace sideline::command
