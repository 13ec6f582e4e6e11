#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "hash.h"

namespace libcache {

/// Which keys take part in an estimate: those whose hash is below a threshold (spatial sampling:
/// SHARDS, Waldspurger et al., FAST 2015), so that each of them takes part in all that it does (but
/// for hits that make no difference: told_hits.h).
///
/// The threshold follows what that costs: it is halved while there are more than 2000 events of
/// sampled keys a second (some 7 ms of processor time), and the owner lets it fall a little when
/// there are more keys than it has room for. It rises again when both are far below that. Who takes
/// part does so still after it has risen.
class SamplingRate {
 public:
  static constexpr std::uint32_t kAll = std::numeric_limits<std::uint32_t>::max();
  /// By one of how many parts it falls. All keys are looked at then: if a load comes after a quiet
  /// night, when all take part, that has to be done few times.
  enum Part : std::uint32_t { kHalf = 2, kStep = 64 };
  static constexpr std::int64_t kPeriodMs = 10'000;
  static constexpr std::size_t kEventsASecond = 2000;

  explicit SamplingRate(std::int64_t now_ms) : window_begin_ms_(now_ms), period_begin_ms_(now_ms) {}

  /// Of the bits that an index's chain is chosen by, from the highest one down, which few indexes
  /// are large enough to look at.
  [[nodiscard]] bool takes(KeyHash hash) const { return hash.bucket() < threshold_; }
  [[nodiscard]] std::uint32_t threshold() const { return threshold_; }
  /// The share of all keys.
  [[nodiscard]] double share() const { return static_cast<double>(threshold_) / kAll; }

  /// A sampled key does something. Returns whether fall(kHalf) is due.
  [[nodiscard]] bool event(std::int64_t now_ms);
  void fall(Part part) { threshold_ -= threshold_ / part; }

  /// Once a period: doubles the threshold if few events came and `has_room`.
  void end_period(std::int64_t now_ms, bool has_room);
  [[nodiscard]] std::int64_t period_end_ms() const { return period_begin_ms_ + kPeriodMs; }

 private:
  static constexpr std::int64_t kWindowMs = 250;

  std::uint32_t threshold_ = kAll;
  std::int64_t window_begin_ms_;
  std::size_t events_in_window_ = 0;
  std::int64_t period_begin_ms_;
  std::size_t events_in_period_ = 0;
};

}  // namespace libcache
