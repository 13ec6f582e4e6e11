#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace libcache {

/// How long loads took, as counts by duration: a log-linear histogram whose slots are a microsecond
/// or at most a quarter of their durations wide.
///
///     microseconds   0 .. 7     one value a slot
///                    8 .. 15    2 values a slot, 4 slots
///                    16 .. 31   4 values a slot, 4 slots     ... up to 2^36, some 19 hours
///
/// Plain data.
class LoadTimes {
 public:
  static constexpr std::size_t kSlots = 140;

  /// Longer ones are in the last slot.
  [[nodiscard]] static std::size_t slot_of(std::chrono::nanoseconds took);
  /// The end of a slot: all durations in it are below that.
  [[nodiscard]] static std::chrono::microseconds end_of(std::size_t slot);

  void add(std::size_t slot, std::uint64_t count) { counts_[slot] += count; }

  [[nodiscard]] std::uint64_t count(std::size_t slot) const { return counts_[slot]; }
  [[nodiscard]] std::uint64_t total() const;
  /// The end of the slot below which `share` (0 to 1) of the loads were; 0 if there were none.
  [[nodiscard]] std::chrono::microseconds quantile(double share) const;

 private:
  std::array<std::uint64_t, kSlots> counts_{};
};

}  // namespace libcache
