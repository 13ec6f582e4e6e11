#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sideline::command {

/// How often a command took how long, as counts by duration: a log-linear histogram with two
/// significant digits, as Redis's.
///
///     nanoseconds   0 .. 255      one value a slot
///                   256 .. 511    2 values a slot, 128 slots
///                   512 .. 1023   4 values a slot, 128 slots      ... up to one second
///
/// So a slot is never wider than 1/128 of its values. What takes longer than a second counts as a
/// second. 128 slots are a step; a duration v lies in slot s = bit_width(v) - 8 (0 at least),
/// s * 128 + (v >> s), which is position % 128 of step position / 128.
class LatencyCounts {
 public:
  static constexpr std::int64_t kMaxNanoseconds = 1'000'000'000;
  static constexpr std::size_t kSlotsPerStep = 128;
  static constexpr std::size_t kSteps = 24;  // slot_of(kMaxNanoseconds) = 3054 = 23 * 128 + 110

  [[nodiscard]] static std::size_t slot_of(std::int64_t nanoseconds) {
    constexpr int kExactBits = 8;  // durations of so many bits have a slot each
    const auto value =
        static_cast<std::size_t>(std::clamp<std::int64_t>(nanoseconds, 0, kMaxNanoseconds));
    const int shift = std::max(0, static_cast<int>(std::bit_width(value)) - kExactBits);
    return static_cast<std::size_t>(shift) * kSlotsPerStep + (value >> shift);
  }
  /// The largest duration that lies in `slot`.
  [[nodiscard]] static std::int64_t highest_of(std::size_t slot);

  [[nodiscard]] std::uint64_t total() const;
  /// The duration that `percent` of the calls did not exceed, in nanoseconds, as the highest of its
  /// slot. Precondition: total() > 0.
  [[nodiscard]] std::int64_t percentile(double percent) const;
  /// How many calls were in the slot of `nanoseconds` or before it.
  [[nodiscard]] std::uint64_t up_to(std::int64_t nanoseconds) const;

  void add(std::size_t slot, std::uint64_t count) { counts_[slot] += count; }
  /// Precondition: no count of `other` is larger than the same here.
  LatencyCounts& operator-=(const LatencyCounts& other);

 private:
  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(kSlotsPerStep * kSteps);
};

/// A histogram that one thread writes while any thread reads. Memory comes step by step, 1 KiB for
/// each octave of durations that occurs: most commands know a handful.
class LatencyRecorder {
 public:
  LatencyRecorder() = default;
  ~LatencyRecorder();
  LatencyRecorder(const LatencyRecorder&) = delete;
  LatencyRecorder& operator=(const LatencyRecorder&) = delete;

  /// Only the one thread.
  void record(std::int64_t nanoseconds);
  /// Adds what was recorded so far to `counts`.
  void add_to(LatencyCounts& counts) const;

 private:
  using Step = std::array<std::atomic<std::uint64_t>, LatencyCounts::kSlotsPerStep>;

  std::array<std::atomic<Step*>, LatencyCounts::kSteps> steps_{};  // null: nothing in it yet; owned
};

}  // namespace sideline::command
