#include "server/command/observe/hit_ratios.h"

#include <algorithm>
#include <iterator>

namespace sideline::command {
namespace {

std::int64_t ms(std::chrono::minutes window) { return std::chrono::milliseconds(window).count(); }

}  // namespace

bool HitRatios::is_due(std::int64_t now_ms) const {
  const MutexLock lock(mutex_);
  return samples_.empty() || now_ms - samples_.back().at_ms >= kPeriodMs;
}

void HitRatios::sample(std::int64_t now_ms, const Totals& totals) {
  const MutexLock lock(mutex_);
  samples_.push_back({now_ms, totals});
  // The one before the longest window is needed.
  while (samples_.size() > 1 && samples_[1].at_ms <= now_ms - ms(kLongest)) samples_.pop_front();
}

HitRatios::Totals HitRatios::totals_at(std::int64_t time_ms) const {
  const auto later = std::ranges::upper_bound(samples_, time_ms, {}, &Sample::at_ms);
  if (later != samples_.begin()) return std::prev(later)->totals;
  return samples_.empty() ? Totals() : samples_.front().totals;
}

std::optional<double> HitRatios::over(std::chrono::minutes window, std::int64_t now_ms,
                                      const Totals& now) const {
  const MutexLock lock(mutex_);
  Totals then = totals_at(now_ms - ms(window));
  // A sample may have been taken between the reset of the counters and ours.
  if (then.hits > now.hits || then.misses > now.misses) then = {};
  const std::uint64_t hits = now.hits - then.hits;
  const std::uint64_t reads = hits + now.misses - then.misses;
  if (reads == 0) return std::nullopt;
  return static_cast<double>(hits) / static_cast<double>(reads);
}

void HitRatios::reset() {
  const MutexLock lock(mutex_);
  samples_.clear();
}

}  // namespace sideline::command
