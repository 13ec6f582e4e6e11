#include "lfu_policy.h"

#include <algorithm>
#include <limits>

#include "random.h"

namespace libcache {

LfuPolicy::LfuPolicy(std::int64_t now_ms, std::uint64_t seed)
    : last_decay_ms_(now_ms), random_(seed) {}

Mark LfuPolicy::used(Mark mark, std::size_t /*entries*/) {
  if (mark == std::numeric_limits<Mark>::max()) return mark;
  const unsigned above_start = mark > kStart ? mark - kStart : 0U;
  const std::uint64_t odds = std::uint64_t{above_start} * kLogFactor + 1;
  return next_random(random_) % odds == 0 ? static_cast<Mark>(mark + 1) : mark;
}

EvictionWindow LfuPolicy::window(const Census& census, std::size_t share) {
  const std::uint64_t entries = total(census);
  return lowest(census, entries / std::min(share, kWindowShare));
}

void LfuPolicy::tick(std::int64_t now_ms) {
  const std::int64_t minutes = (now_ms - last_decay_ms_) / kDecayMs;
  if (minutes <= 0) return;
  last_decay_ms_ += minutes * kDecayMs;
  decay_ =
      static_cast<Mark>(std::min<std::int64_t>(decay_ + minutes, std::numeric_limits<Mark>::max()));
}

void LfuPolicy::renumber(const Census& /*census*/, std::array<Mark, 256>& translation) {
  for (unsigned mark = 0; mark < translation.size(); ++mark) {
    translation[mark] = static_cast<Mark>(mark > decay_ ? mark - decay_ : 0U);
  }
  decay_ = 0;
}

}  // namespace libcache
