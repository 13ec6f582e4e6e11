#include "lru_policy.h"

#include <algorithm>
#include <limits>

namespace libcache {

LruPolicy::LruPolicy(const Clock& clock) : clock_(clock) {}

Mark LruPolicy::stored(KeyHash /*hash*/, std::size_t entries) {
  join(entries);
  return current();
}

void LruPolicy::tick(std::int64_t now_ms) {
  if (now_ms >= next_tick()) generations_.begin();
}

std::int64_t LruPolicy::next_tick() const {
  return generations_.joined() == 0 ? std::numeric_limits<std::int64_t>::max()
                                    : began_ms_[current()] + kLongestMs;
}

void LruPolicy::renumber(const Census& census, std::array<Mark, 256>& translation) {
  std::array<unsigned, 256> renamed{};
  const std::uint64_t entries = total(census);
  const unsigned last = generations_.current();
  generations_.merge(census, entries / kParts, renamed);
  translation.fill(0);
  for (unsigned old = 0; old <= last; ++old) {
    translation[old] = static_cast<Mark>(renamed[old]);
    began_ms_[renamed[old]] = began_ms_[old];
  }
}

std::int64_t LruPolicy::idle_ms(Mark mark, std::int64_t now_ms) const {
  return std::max<std::int64_t>(0, now_ms - began_ms_[mark]);
}

}  // namespace libcache
