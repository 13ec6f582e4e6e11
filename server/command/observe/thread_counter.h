#pragma once

#include <atomic>
#include <cstdint>

namespace sideline::command {

/// A count that one thread alone adds to, which takes no locked instruction, and any thread reads.
class ThreadCounter {
 public:
  void add(std::uint64_t amount) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace sideline::command
