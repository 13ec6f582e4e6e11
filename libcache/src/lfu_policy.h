#pragma once

#include "eviction_policy.h"

namespace libcache {

/// Least frequently used. A mark is a logarithmic counter (Morris, CACM 1978) as Redis has it: it
/// starts at 5, a use increments it with probability 1 / ((counter - 5) x 10 + 1), so that 255
/// stands for about a million uses; each minute it loses 1.
///
/// Victims are taken anywhere among the half of the entries that has the lowest counters. Strictly
/// the lowest would be the newest entries each time, which then never get a chance: of a trace
/// whose favourites change (orm-busy of the benchmarks, 763 entries, a request each millisecond)
/// that answers 44 %, half 67 %; a simulation of how Redis chooses, among few at random, 66 %.
class LfuPolicy final : public EvictionPolicy {
 public:
  LfuPolicy(std::int64_t now_ms, std::uint64_t seed);

  Mark stored(KeyHash /*hash*/, std::size_t /*entries*/) override { return kStart; }
  Mark used(Mark mark, std::size_t entries) override;
  [[nodiscard]] EvictionWindow window(const Census& census, std::size_t share) override;
  void tick(std::int64_t now_ms) override;
  [[nodiscard]] std::int64_t next_tick() const override { return last_decay_ms_ + kDecayMs; }
  [[nodiscard]] bool wants_renumbering() const override { return decay_ != 0; }
  void renumber(const Census& census, std::array<Mark, 256>& translation) override;
  [[nodiscard]] int frequency(Mark mark) const override { return mark; }

 private:
  static constexpr std::size_t kWindowShare = 2;  // a half of the entries
  static constexpr Mark kStart = 5;
  static constexpr unsigned kLogFactor = 10;
  static constexpr std::int64_t kDecayMs = 60'000;

  std::int64_t last_decay_ms_;
  Mark decay_ = 0;  // minutes that counters are still to be lowered by
  std::uint64_t random_;
};

}  // namespace libcache
