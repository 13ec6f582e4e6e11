#include "eviction_policy.h"

#include <limits>

#include "lfu_policy.h"
#include "lru_policy.h"

namespace libcache {
namespace {

/// All entries are alike. The sweep takes them in the order of their hashes: at random.
class RandomPolicy final : public EvictionPolicy {
 public:
  Mark stored(std::size_t /*entries*/) override { return 0; }
  Mark used(Mark mark, std::size_t /*entries*/) override { return mark; }
  void tick(std::int64_t /*now_ms*/) override {}
  [[nodiscard]] std::int64_t next_tick() const override {
    return std::numeric_limits<std::int64_t>::max();
  }
  [[nodiscard]] bool wants_renumbering() const override { return false; }
  void renumber(const Census& /*census*/, std::array<Mark, 256>& /*translation*/) override {}
  [[nodiscard]] std::int64_t idle_ms(Mark /*mark*/, std::int64_t /*now_ms*/) const override {
    return 0;
  }
  [[nodiscard]] int frequency(Mark /*mark*/) const override { return 0; }
};

}  // namespace

bool only_volatile(Policy policy) {
  return policy == Policy::kVolatileLru || policy == Policy::kVolatileLfu ||
         policy == Policy::kVolatileRandom || policy == Policy::kVolatileTtl;
}

std::unique_ptr<EvictionPolicy> make_eviction_policy(Policy policy, const Clock& clock,
                                                     std::uint64_t seed) {
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
    case Policy::kAllKeysRandom:
    case Policy::kVolatileRandom:
      break;
  }
  return std::make_unique<RandomPolicy>();
}

}  // namespace libcache
