#include "lru_policy.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace libcache {

LruPolicy::LruPolicy(const Clock& clock) : clock_(clock) {}

Mark LruPolicy::stored(std::size_t entries) {
  count_use(entries);
  return current_;
}

Mark LruPolicy::used(Mark mark, std::size_t entries) {
  if (mark != current_) count_use(entries);
  return current_;
}

void LruPolicy::count_use(std::size_t entries) {
  if (uses_ != 0 && uses_ * kGenerations >= entries) begin_generation();
  if (uses_++ == 0) began_ms_[current_] = clock_.now_ms();
}

void LruPolicy::begin_generation() {
  if (current_ == std::numeric_limits<Mark>::max()) return;  // waits for the renumbering
  ++current_;
  uses_ = 0;
}

void LruPolicy::tick(std::int64_t now_ms) {
  if (now_ms >= next_tick()) begin_generation();
}

std::int64_t LruPolicy::next_tick() const {
  return uses_ == 0 ? std::numeric_limits<std::int64_t>::max() : began_ms_[current_] + kLongestMs;
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
    began_ms_[merged] = began_ms_[old];
  }
  current_ = merged;
}

std::int64_t LruPolicy::idle_ms(Mark mark, std::int64_t now_ms) const {
  return std::max<std::int64_t>(0, now_ms - began_ms_[mark]);
}

}  // namespace libcache
