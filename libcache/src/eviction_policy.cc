#include "eviction_policy.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "lfu_policy.h"
#include "lru_policy.h"
#include "s3_fifo_policy.h"

namespace libcache {
namespace {

/// All entries are alike. The sweep takes them in the order of their hashes: at random.
class RandomPolicy final : public EvictionPolicy {
 public:
  Mark stored(KeyHash /*hash*/, std::size_t /*entries*/) override { return 0; }
  Mark used(Mark mark, std::size_t /*entries*/) override { return mark; }
};

}  // namespace

std::uint64_t total(const Census& census) {
  return std::accumulate(census.begin(), census.end(), std::uint64_t{0});
}

EvictionWindow EvictionPolicy::window(const Census& census, std::size_t share) {
  return lowest(census, total(census) / share);
}

std::int64_t EvictionPolicy::next_tick() const { return std::numeric_limits<std::int64_t>::max(); }

EvictionWindow EvictionPolicy::lowest(const Census& census, std::uint64_t wanted) {
  EvictionWindow window;
  for (std::size_t mark = 0; mark < census.size(); ++mark) {
    window.last = static_cast<Mark>(mark);
    window.entries += census[mark];
    if (window.entries >= std::max<std::uint64_t>(1, wanted)) break;
  }
  return window;
}

bool only_volatile(Policy policy) {
  return policy == Policy::kVolatileLru || policy == Policy::kVolatileLfu ||
         policy == Policy::kVolatileRandom || policy == Policy::kVolatileTtl ||
         policy == Policy::kVolatileS3Fifo;
}

std::unique_ptr<EvictionPolicy> make_eviction_policy(Policy policy, Arena& arena,
                                                     const Clock& clock, std::uint64_t seed) {
  switch (policy) {
    case Policy::kAllKeysLru:
    case Policy::kVolatileLru:
    // Recency costs next to nothing and answers EntryInfo::idle_ms, so it is kept where the policy
    // has no use for marks.
    case Policy::kNoEviction:
    case Policy::kVolatileTtl:
      return std::make_unique<LruPolicy>(clock);
    case Policy::kAllKeysLfu:
    case Policy::kVolatileLfu:
      return std::make_unique<LfuPolicy>(clock.now_ms(), seed);
    case Policy::kAllKeysS3Fifo:
    case Policy::kVolatileS3Fifo:
      return std::make_unique<S3FifoPolicy>(arena);
    case Policy::kAllKeysRandom:
    case Policy::kVolatileRandom:
      break;
  }
  return std::make_unique<RandomPolicy>();
}

}  // namespace libcache
