#include "miniature_cache.h"

#include <random>
#include <set>
#include <vector>

#include <gtest/gtest.h>
#include <libcache/clock.h>

#include "arena.h"

namespace libcache {
namespace {

constexpr std::size_t kKeys = 1000;

/// Of keys of 10 bytes, which are numbered from 0.
class MiniatureCacheTest : public testing::TestWithParam<Policy> {
 protected:
  ~MiniatureCacheTest() override { EXPECT_EQ(cache_.check_invariants(), ""); }

  static KeyHash hash(SampleId key) { return {key * std::uint64_t{0x9E37'79B9'7F4A'7C15}}; }
  SampleId evict() { return cache_.evict(hash); }
  void store(SampleId key) { cache_.store(key, hash(key)); }

  ManualClock clock_;
  Budget budget_{0};
  Arena arena_{budget_};
  std::vector<SampleWeight> weights_ = std::vector<SampleWeight>(kKeys, 10);
  MiniatureCache cache_{make_eviction_policy(GetParam(), arena_, clock_, 1), weights_};
};

TEST_P(MiniatureCacheTest, HasWhatIsStoredUntilItIsErased) {
  store(7);
  EXPECT_TRUE(cache_.has(7));
  EXPECT_EQ(cache_.used(), 10U);
  cache_.erase(7);
  EXPECT_FALSE(cache_.has(7));
  EXPECT_EQ(cache_.used(), 0U);
}

TEST_P(MiniatureCacheTest, CountsAnotherWeight) {
  store(7);
  cache_.will_weigh(7, 25);
  weights_[7] = 25;
  EXPECT_EQ(cache_.used(), 25U);
}

TEST_P(MiniatureCacheTest, EvictsEverybodyInTheEnd) {
  for (SampleId key = 0; key < kKeys; ++key) store(key);
  for (SampleId key = 0; key < kKeys; key += 2) cache_.use(key);
  std::set<SampleId> evicted;
  while (cache_.size() != 0) evicted.insert(evict());
  EXPECT_EQ(evicted.size(), kKeys);
}

/// Of the policies that know what was used.
class KnowingMiniatureCacheTest : public MiniatureCacheTest {};

TEST_P(KnowingMiniatureCacheTest, KeepsWhatIsUsedAllTheTime) {
  constexpr SampleId kFavourites = 20;
  constexpr SampleId kRoom = 200;
  for (SampleId key = 0; key < kRoom; ++key) store(key);
  for (SampleId key = 0; key < kFavourites; ++key) cache_.use(key);
  std::mt19937 random(1);
  for (int step = 0; step < 5000; ++step) {
    for (SampleId key = 0; key < kFavourites; ++key) {
      if (!cache_.has(key)) {
        evict();
        store(key);
      }
      cache_.use(key);
    }
    const auto stranger = static_cast<SampleId>(kFavourites + random() % (kKeys - kFavourites));
    if (cache_.has(stranger)) continue;
    EXPECT_GE(evict(), kFavourites);
    store(stranger);
    clock_.advance_ms(1000);
    cache_.tick(clock_.now_ms());
  }
}

INSTANTIATE_TEST_SUITE_P(Policies, MiniatureCacheTest,
                         testing::Values(Policy::kAllKeysLru, Policy::kAllKeysS3Fifo,
                                         Policy::kAllKeysLfu, Policy::kAllKeysRandom));

INSTANTIATE_TEST_SUITE_P(Policies, KnowingMiniatureCacheTest,
                         testing::Values(Policy::kAllKeysLru, Policy::kAllKeysS3Fifo,
                                         Policy::kAllKeysLfu));

}  // namespace
}  // namespace libcache
