// Who is evicted, under each policy.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <list>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include <gtest/gtest.h>
#include <libcache/cache.h>

namespace libcache {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

constexpr std::size_t kMiB = std::size_t{1} << 20;

class PolicyTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(cache_.check_invariants(), ""); }

  void use(Policy policy) { cache_.set_policy(policy); }
  Status store(const std::string& key, std::optional<milliseconds> ttl = {},
               std::size_t size = 1000) {
    return cache_.set(key, std::string(size, 'v'), {.ttl = ttl}).status;
  }
  /// Stores `count` keys "PREFIX0", "PREFIX1", ...
  Status fill(const std::string& prefix, int count, std::optional<milliseconds> ttl = {}) {
    for (int i = 0; i < count; ++i) {
      const Status status = store(prefix + std::to_string(i), ttl);
      if (status != Status::kOk) return status;
    }
    return Status::kOk;
  }
  int present(const std::string& prefix, int count) {
    int found = 0;
    for (int i = 0; i < count; ++i) {
      const std::string key = prefix + std::to_string(i);
      found += cache_.lock(key).exists(key) ? 1 : 0;
    }
    return found;
  }
  /// More than twice what fits.
  static constexpr int kTooMany = 2500;

  ManualClock clock_;
  Cache cache_{{.max_memory = kMiB,
                .shards = 1,
                .maintenance = Maintenance::kManual,
                .hash_seed = 1,
                .clock = &clock_}};
};

TEST_F(PolicyTest, NoEvictionRefusesWritesAndKeepsEverything) {
  use(Policy::kNoEviction);
  EXPECT_EQ(fill("key", kTooMany), Status::kOutOfMemory);
  const int kept = static_cast<int>(cache_.size());
  EXPECT_GT(kept, 700);
  EXPECT_EQ(present("key", kept), kept);
  EXPECT_EQ(cache_.stats().total.evictions, 0);
}

TEST_F(PolicyTest, AFailedOverwriteKeepsTheOldValue) {
  use(Policy::kNoEviction);
  EXPECT_EQ(fill("key", kTooMany), Status::kOutOfMemory);
  EXPECT_EQ(store("key0", {}, 200'000), Status::kOutOfMemory);
  EXPECT_EQ(cache_.get("key0")->bytes(), std::string(1000, 'v'));
}

TEST_F(PolicyTest, NoEvictionWritesAgainAfterAnErase) {
  use(Policy::kNoEviction);
  EXPECT_EQ(fill("key", kTooMany), Status::kOutOfMemory);
  EXPECT_TRUE(cache_.erase("key0"));
  EXPECT_EQ(store("other"), Status::kOk);
}

TEST_F(PolicyTest, ADeadlineCanBeSetWhereMemoryIsShort) {
  use(Policy::kNoEviction);
  EXPECT_EQ(fill("key", kTooMany), Status::kOutOfMemory);
  const std::int64_t soon = clock_.now_ms() + 1000;
  EXPECT_EQ(cache_.expire_at("key0", soon), Status::kOk);
  EXPECT_EQ(cache_.deadline("key0"), soon);
}

class VolatilePolicyTest : public PolicyTest, public testing::WithParamInterface<Policy> {};

TEST_P(VolatilePolicyTest, OnlyEntriesWithADeadlineGo) {
  use(GetParam());
  EXPECT_EQ(fill("stays", 300), Status::kOk);
  EXPECT_EQ(fill("goes", kTooMany, hours(1)), Status::kOk);
  EXPECT_EQ(present("stays", 300), 300);
  EXPECT_LT(present("goes", kTooMany), kTooMany);
}

TEST_P(VolatilePolicyTest, WithoutAnEntryThatHasADeadlineWritesFail) {
  use(GetParam());
  EXPECT_EQ(fill("stays", kTooMany), Status::kOutOfMemory);
}

TEST_P(VolatilePolicyTest, TheLastEntryWithADeadlineAmongManyIsFound) {
  use(GetParam());
  cache_.set_max_memory(8 * kMiB);
  EXPECT_EQ(store("goes", hours(1)), Status::kOk);
  EXPECT_EQ(fill("stays", 10 * kTooMany), Status::kOutOfMemory);
  EXPECT_FALSE(cache_.exists("goes"));
}

INSTANTIATE_TEST_SUITE_P(Policies, VolatilePolicyTest,
                         testing::Values(Policy::kVolatileLru, Policy::kVolatileLfu,
                                         Policy::kVolatileRandom, Policy::kVolatileTtl,
                                         Policy::kVolatileS3Fifo));

TEST_F(PolicyTest, VolatileTtlTakesTheNearestDeadline) {
  use(Policy::kVolatileTtl);
  EXPECT_EQ(fill("late", 300, hours(48)), Status::kOk);
  EXPECT_EQ(fill("soon", 300, hours(1)), Status::kOk);
  EXPECT_EQ(fill("middle", 500, hours(5)), Status::kOk);
  EXPECT_EQ(present("late", 300), 300);
  EXPECT_LT(present("soon", 300), 300);
  EXPECT_EQ(present("middle", 500), 500);
}

TEST_F(PolicyTest, VolatileTtlLetsAnotherGoWhenTheNearestIsOverwritten) {
  use(Policy::kVolatileTtl);
  EXPECT_EQ(store("nearest", milliseconds(1000)), Status::kOk);
  EXPECT_EQ(fill("late", 800, hours(1)), Status::kOk);
  EXPECT_EQ(store("nearest", milliseconds(1000), 300'000), Status::kOk);
  EXPECT_EQ(cache_.info("nearest")->value_size, 300'000);
}

TEST_F(PolicyTest, LruKeepsWhatIsUsed) {
  use(Policy::kAllKeysLru);
  EXPECT_EQ(fill("used", 300), Status::kOk);
  for (int round = 0; round < 20; ++round) {
    EXPECT_EQ(fill("new" + std::to_string(round), 150), Status::kOk);
    EXPECT_EQ(present("used", 300), 300);
    for (int i = 0; i < 300; ++i) EXPECT_TRUE(cache_.touch("used" + std::to_string(i)));
  }
}

TEST_F(PolicyTest, LfuKeepsWhatIsUsedOftenFromAScan) {
  use(Policy::kAllKeysLfu);
  EXPECT_EQ(fill("often", 200), Status::kOk);
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 200; ++i) EXPECT_TRUE(cache_.touch("often" + std::to_string(i)));
  }
  EXPECT_EQ(fill("once", 2 * kTooMany), Status::kOk);
  EXPECT_GE(present("often", 200), 198);
}

TEST_F(PolicyTest, LfuForgetsWithTime) {
  use(Policy::kAllKeysLfu);
  EXPECT_EQ(store("key"), Status::kOk);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(cache_.touch("key"));
  const int before = cache_.info("key")->frequency;
  EXPECT_GT(before, 10);
  clock_.advance_ms(3 * 60'000);
  cache_.maintain();
  // Looking at it may count as one more use.
  EXPECT_NEAR(cache_.info("key")->frequency, before - 3, 1);
}

TEST_F(PolicyTest, S3FifoKeepsWhatIsUsedTwiceFromAScan) {
  use(Policy::kAllKeysS3Fifo);
  EXPECT_EQ(fill("once", 200), Status::kOk);
  EXPECT_EQ(fill("twice", 200), Status::kOk);
  for (int i = 0; i < 200; ++i) {
    EXPECT_TRUE(cache_.touch("once" + std::to_string(i)));
    for (int use = 0; use < 2; ++use) EXPECT_TRUE(cache_.touch("twice" + std::to_string(i)));
  }
  EXPECT_EQ(fill("scan", 2 * kTooMany), Status::kOk);
  EXPECT_EQ(present("twice", 200), 200);
  EXPECT_EQ(present("once", 200), 0);
}

TEST_F(PolicyTest, S3FifoKeepsWhatComesBackSoon) {
  use(Policy::kAllKeysS3Fifo);
  EXPECT_EQ(fill("key", 1500), Status::kOk);
  EXPECT_EQ(present("key", 100), 0);
  EXPECT_EQ(fill("key", 100), Status::kOk);
  EXPECT_EQ(fill("scan", 2 * kTooMany), Status::kOk);
  EXPECT_GE(present("key", 100), 95);
}

TEST_F(PolicyTest, S3FifoLetsGoOfWhatIsNoLongerUsed) {
  use(Policy::kAllKeysS3Fifo);
  EXPECT_EQ(fill("old", 900), Status::kOk);
  for (int use = 0; use < 3; ++use) EXPECT_EQ(present("old", 900), 900);
  for (int i = 0; i < 900; ++i) EXPECT_TRUE(cache_.touch("old" + std::to_string(i)));
  for (int round = 0; round < 20; ++round) {
    for (int again = 0; again < 3; ++again) {
      EXPECT_EQ(fill("new" + std::to_string(round), 300), Status::kOk);
    }
  }
  EXPECT_LT(present("old", 900), 20);
}

TEST_F(PolicyTest, S3FifoCountsThreeUses) {
  use(Policy::kAllKeysS3Fifo);
  EXPECT_EQ(store("key"), Status::kOk);
  const auto uses = [&] { return cache_.lock("key").info("key", {false, false})->frequency; };
  EXPECT_EQ(uses(), 0);
  EXPECT_TRUE(cache_.touch("key"));
  EXPECT_EQ(uses(), 1);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(cache_.touch("key"));
  EXPECT_EQ(uses(), 2) << "all that counts before it is in the main queue";
}

TEST_F(PolicyTest, S3FifoCanBeChosenWhileTheCacheIsFull) {
  EXPECT_EQ(fill("old", kTooMany), Status::kOk);
  use(Policy::kAllKeysS3Fifo);
  EXPECT_EQ(fill("key", kTooMany), Status::kOk);
  EXPECT_EQ(fill("key", 100), Status::kOk);
  EXPECT_EQ(cache_.check_invariants(), "");
}

TEST_F(PolicyTest, S3FifoGivesTheMemoryOfItsGhostsBack) {
  use(Policy::kAllKeysS3Fifo);
  EXPECT_EQ(store("key"), Status::kOk);
  EXPECT_EQ(store("other"), Status::kOk);
  EXPECT_GE(cache_.stats().total.index_memory, 2 * 8192) << "a page of the index and of the ghosts";
  cache_.clear(0);
  while (cache_.maintain() == 0) {
  }
  EXPECT_EQ(cache_.stats().total.index_memory, 0);
}

TEST_F(PolicyTest, RandomEvictsAndKeepsTheRest) {
  use(Policy::kAllKeysRandom);
  EXPECT_EQ(fill("key", kTooMany), Status::kOk);
  EXPECT_EQ(cache_.stats().total.evictions, kTooMany - static_cast<int>(cache_.size()));
  EXPECT_LT(present("key", 500), 500);
}

TEST_F(PolicyTest, IdleTimeIsThatSinceTheLastUse) {
  use(Policy::kAllKeysLru);
  EXPECT_EQ(fill("key", 100), Status::kOk);
  for (int second = 0; second < 100; ++second) {
    clock_.advance_ms(1000);
    EXPECT_TRUE(cache_.touch("key1"));
    cache_.maintain();
  }
  const auto idle = [&](const char* key) { return cache_.lock(key).info(key)->idle_ms; };
  EXPECT_NEAR(static_cast<double>(idle("key0")), 100'000, 2500);
  EXPECT_NEAR(static_cast<double>(idle("key1")), 0, 2500);
}

// ---------------------------------------------------------------------------------------------
// Against an exact LRU

/// Ranks from 0, with P(rank) ~ 1 / (rank + 1)^0.99, by inversion of the harmonic sum.
class Zipf {
 public:
  explicit Zipf(std::size_t count) {
    double sum = 0;
    for (std::size_t rank = 0; rank < count; ++rank) {
      sum += 1 / std::pow(static_cast<double>(rank + 1), 0.99);
      sums_.push_back(sum);
    }
  }
  std::size_t operator()(std::mt19937_64& random) const {
    const double at = std::uniform_real_distribution<double>(0, sums_.back())(random);
    return static_cast<std::size_t>(std::lower_bound(sums_.begin(), sums_.end(), at) -
                                    sums_.begin());
  }

 private:
  std::vector<double> sums_;
};

class ExactLru {
 public:
  /// Uses a key; returns whether it was there.
  bool use(std::size_t key, std::size_t capacity) {
    const auto at = places_.find(key);
    const bool hit = at != places_.end();
    if (hit) order_.erase(at->second);
    order_.push_front(key);
    places_[key] = order_.begin();
    while (order_.size() > capacity) {
      places_.erase(order_.back());
      order_.pop_back();
    }
    return hit;
  }

 private:
  std::list<std::size_t> order_;
  std::unordered_map<std::size_t, std::list<std::size_t>::iterator> places_;
};

struct Ratios {
  double exact;
  double ours;
};

/// A stream over ten times as many keys as fit, each key that is missed stored. `maintained`: with
/// background work now and then.
Ratios hit_ratios(std::size_t max_memory, std::size_t value_size, int requests, bool maintained) {
  ManualClock clock;
  Cache cache({.max_memory = max_memory,
               .shards = 1,
               .maintenance = Maintenance::kManual,
               .hash_seed = 1,
               .clock = &clock});
  const std::string value(value_size, 'v');
  while (cache.stats().total.evictions == 0) cache.set(std::to_string(cache.size()), value);
  const std::size_t capacity = cache.size();
  const Zipf zipf(10 * capacity);
  std::mt19937_64 random(1);
  ExactLru exact;
  std::string out;
  int exact_hits = 0;
  int our_hits = 0;
  for (int i = -requests; i < requests; ++i) {  // the first half warms up
    const std::size_t rank = zipf(random);
    const std::string key = "rank:" + std::to_string(rank);
    const bool hit = cache.get_into(key, out);
    if (!hit) cache.set(key, value);
    const bool exact_hit = exact.use(rank, cache.size());
    our_hits += i >= 0 && hit ? 1 : 0;
    exact_hits += i >= 0 && exact_hit ? 1 : 0;
    if (maintained && i % 1000 == 0) {
      clock.advance_ms(100);
      cache.maintain();
    }
  }
  EXPECT_EQ(cache.check_invariants(), "");
  return {100.0 * exact_hits / requests, 100.0 * our_hits / requests};
}

TEST(LruHitRatio, IsThatOfAnExactListWithAThousandEntries) {
  const Ratios ratios = hit_ratios(kMiB, 950, 200'000, true);
  EXPECT_NEAR(ratios.ours, ratios.exact, 0.5);
}

TEST(LruHitRatio, IsThatOfAnExactListWithAHundredThousandEntries) {
  const Ratios ratios = hit_ratios(12 * kMiB, 80, 1'000'000, true);
  EXPECT_NEAR(ratios.ours, ratios.exact, 0.5);
}

// So many requests between two rounds of background work that all 256 generations go by.
TEST(LruHitRatio, NeedsNoBackgroundWork) {
  const Ratios ratios = hit_ratios(kMiB, 950, 200'000, false);
  EXPECT_NEAR(ratios.ours, ratios.exact, 0.5);
}

}  // namespace
}  // namespace libcache
