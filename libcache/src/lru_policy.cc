#include "lru_policy.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace libcache {

LruPolicy::LruPolicy(std::int64_t now_ms) : now_ms_(now_ms) { ended_ms_[0] = now_ms; }

Mark LruPolicy::stored(std::size_t entries) {
  count_use(entries);
  return current_;
}

Mark LruPolicy::used(Mark mark, std::size_t entries) {
  if (mark != current_) count_use(entries);
  return current_;
}

void LruPolicy::count_use(std::size_t entries) {
  if (uses_ * kGenerations >= entries && uses_ != 0) begin_generation();
  ++uses_;
}

void LruPolicy::begin_generation() {
  if (current_ == std::numeric_limits<Mark>::max()) return;  // waits for the renumbering
  ended_ms_[current_] = now_ms_;
  ++current_;
  ended_ms_[current_] = now_ms_;
  uses_ = 0;
}

void LruPolicy::tick(std::int64_t now_ms) {
  now_ms_ = std::max(now_ms_, now_ms);
  if (uses_ != 0 && now_ms_ - ended_ms_[current_] >= kLongestMs) begin_generation();
}

std::int64_t LruPolicy::next_tick() const {
  return uses_ == 0 ? std::numeric_limits<std::int64_t>::max() : ended_ms_[current_] + kLongestMs;
}

void LruPolicy::renumber(const Census& census, std::array<Mark, 256>& translation) {
  const std::uint64_t total = std::accumulate(census.begin(), census.end(), std::uint64_t{0});
  const std::uint64_t most = std::max<std::uint64_t>(1, total / kGenerations);
  Mark merged = 0;
  std::uint64_t held = 0;
  translation.fill(0);
  for (unsigned old = 0; old <= current_; ++old) {
    const bool alone = held != 0 && census[old] != 0 && held + census[old] > most;
    if (alone || (old == current_ && old != 0)) {
      ++merged;
      held = 0;
    }
    held += census[old];
    translation[old] = merged;
    ended_ms_[merged] = ended_ms_[old];
  }
  current_ = merged;
}

std::int64_t LruPolicy::idle_ms(Mark mark, std::int64_t now_ms) const {
  return mark >= current_ ? 0 : std::max<std::int64_t>(0, now_ms - ended_ms_[mark]);
}

}  // namespace libcache
