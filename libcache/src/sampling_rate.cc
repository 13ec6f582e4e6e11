#include "sampling_rate.h"

#include <algorithm>

namespace libcache {

bool SamplingRate::event(std::int64_t now_ms) {
  constexpr std::size_t kMost = kEventsASecond * kWindowMs / 1000;
  // A clock may be set back.
  if (now_ms - window_begin_ms_ >= kWindowMs || now_ms < window_begin_ms_) {
    window_begin_ms_ = now_ms;
    events_in_window_ = 0;
  }
  ++events_in_period_;
  if (++events_in_window_ <= kMost) return false;
  events_in_window_ = 0;
  return true;
}

void SamplingRate::end_period(std::int64_t now_ms, bool has_room) {
  constexpr std::size_t kFew = kEventsASecond / 4;
  const std::int64_t period_ms = std::max<std::int64_t>(1, now_ms - period_begin_ms_);
  const bool is_quiet = events_in_period_ * 1000 < static_cast<std::size_t>(period_ms) * kFew;
  if (is_quiet && has_room) threshold_ = threshold_ > kAll / 2 ? kAll : threshold_ * 2;
  period_begin_ms_ = now_ms;
  events_in_period_ = 0;
}

}  // namespace libcache
