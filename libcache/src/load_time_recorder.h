#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include <libcache/load_times.h>

namespace libcache {

/// Counts loads by how long they took. Thread-safe, without a lock.
class LoadTimeRecorder {
 public:
  void record(std::chrono::nanoseconds took) {
    counts_[LoadTimes::slot_of(took)].fetch_add(1, std::memory_order_relaxed);
  }
  [[nodiscard]] LoadTimes times() const {
    LoadTimes times;
    for (std::size_t slot = 0; slot < counts_.size(); ++slot) {
      times.add(slot, counts_[slot].load(std::memory_order_relaxed));
    }
    return times;
  }
  void reset() {
    for (auto& count : counts_) count.store(0, std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<std::uint64_t>, LoadTimes::kSlots> counts_{};
};

}  // namespace libcache
