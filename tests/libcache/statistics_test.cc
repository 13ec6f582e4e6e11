#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libcache/loading_cache.h>

namespace libcache {

static bool operator==(const MissReasons& a, const MissReasons& b) {
  return a.cold == b.cold && a.erased == b.erased && a.expired == b.expired &&
         a.evicted == b.evicted && a.invalidated == b.invalidated && a.absent == b.absent;
}

namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Property;
using testing::ThrowsMessage;

class StatisticsTest : public testing::Test {
 protected:
  static constexpr std::size_t kLimit = 1 << 20;

  ~StatisticsTest() override { EXPECT_EQ(cache_.check_invariants(), ""); }

  void set(Key key, std::string_view value, const SetOptions& options = {}) {
    ASSERT_EQ(cache_.set(key, value, options).status, Status::kOk);
  }
  /// The reason of one miss.
  MissReasons miss(Key key) {
    cache_.reset_stats();
    EXPECT_FALSE(cache_.get(key));
    EXPECT_EQ(cache_.stats().total.misses, 1U);
    return cache_.stats().total.miss_reasons;
  }
  [[nodiscard]] PrefixStats prefix(std::size_t number) const {
    return cache_.stats().prefixes.at(number);
  }

  ManualClock clock_;
  Cache cache_{{.max_memory = kLimit,
                .shards = 1,
                .maintenance = Maintenance::kManual,
                .hash_seed = 1,  // which keys share a cell
                .clock = &clock_,
                .statistics = {.miss_reasons = true, .prefixes = {"game:", "", "game:1"}}}};
  LoadingCache loading_{cache_};
};

TEST_F(StatisticsTest, WhatNeverWasThereIsCold) { EXPECT_EQ(miss("a"), MissReasons{.cold = 1}); }

TEST_F(StatisticsTest, WhatWasErasedIsSoCounted) {
  set("a", "1");
  cache_.erase("a");
  EXPECT_EQ(miss("a"), MissReasons{.erased = 1});
}

TEST_F(StatisticsTest, WhatExpiredIsSoCounted) {
  set("asked for", "1", {.ttl = milliseconds(10)});
  set("reclaimed", "1", {.ttl = milliseconds(5)});
  clock_.advance_ms(5);
  cache_.maintain();
  clock_.advance_ms(5);
  EXPECT_EQ(miss("asked for"), MissReasons{.expired = 1});
  EXPECT_EQ(miss("reclaimed"), MissReasons{.expired = 1});
}

TEST_F(StatisticsTest, WhatWasEvictedIsSoCounted) {
  set("a", "1");
  for (int i = 0; cache_.stats().total.evictions < 100; ++i) {
    set("key:" + std::to_string(i), std::string(1000, 'x'));
  }
  EXPECT_EQ(miss("a"), MissReasons{.evicted = 1});
}

TEST_F(StatisticsTest, WhatWasInvalidatedIsSoCounted) {
  set("a", "1", {.tags = {"t"}});
  set("prefix:b", "1");
  cache_.invalidate_tag("t");
  cache_.invalidate_prefix("prefix:");
  EXPECT_EQ(miss("a"), MissReasons{.invalidated = 1});
  EXPECT_EQ(miss("prefix:b"), MissReasons{.invalidated = 1});
}

TEST_F(StatisticsTest, WhatWasClearedIsCold) {
  set("a", "1");
  cache_.clear();
  EXPECT_EQ(miss("a"), MissReasons{.cold = 1});
  while (cache_.maintain() <= clock_.now_ms()) {
  }
  EXPECT_EQ(miss("a"), MissReasons{.cold = 1});
}

TEST_F(StatisticsTest, ANegativeEntryIsSoCounted) {
  const auto nothing = []() -> Loaded { return Absent{}; };
  const LoadOptions options{.absent_ttl = milliseconds(10)};
  ASSERT_EQ(loading_.get_or_compute("a", nothing, options).status, LoadStatus::kAbsent);
  EXPECT_EQ(miss("a"), MissReasons{.absent = 1});
  clock_.advance_ms(10);
  EXPECT_EQ(miss("a"), MissReasons{.cold = 1});
}

TEST_F(StatisticsTest, TheLastReasonCounts) {
  set("a", "1", {.ttl = milliseconds(10)});
  clock_.advance_ms(10);
  EXPECT_EQ(miss("a"), MissReasons{.expired = 1});
  set("a", "2");
  cache_.erase("a");
  EXPECT_EQ(miss("a"), MissReasons{.erased = 1});
}

TEST_F(StatisticsTest, TheSameKeyOfAnotherDatabaseIsAnother) {
  set("a", "1");
  cache_.erase("a");
  EXPECT_EQ(miss({"a", 1}), MissReasons{.cold = 1});
}

TEST_F(StatisticsTest, MostOfTheLastToLeaveAreRemembered) {
  constexpr int kCells = kLimit / 128 / 2;
  const auto key = [](int i) { return "key:" + std::to_string(i); };
  for (int i = 0; i < 8 * kCells; ++i) {
    set(key(i), "v");
    cache_.erase(key(i));
  }
  cache_.reset_stats();
  for (int i = 0; i < 8 * kCells; ++i) EXPECT_FALSE(cache_.get(key(i)));
  // A cell that 8 keys share on average is empty once in e^8; else the last of them is known.
  const MissReasons reasons = cache_.stats().total.miss_reasons;
  EXPECT_NEAR(static_cast<double>(reasons.erased), kCells, 0.02 * kCells);
  EXPECT_EQ(reasons.cold + reasons.erased, static_cast<std::uint64_t>(8 * kCells));
}

TEST_F(StatisticsTest, WhatNeverWasThereIsHardlyEverMistaken) {
  constexpr int kKeys = 40'000;
  for (int i = 0; i < kKeys; ++i) {
    set("key:" + std::to_string(i), "v");
    cache_.erase("key:" + std::to_string(i));
  }
  cache_.reset_stats();
  for (int i = 0; i < kKeys; ++i) EXPECT_FALSE(cache_.get("other:" + std::to_string(i)));
  // 40000 / 16384 on average: more than 12 once in a million runs.
  EXPECT_LE(cache_.stats().total.miss_reasons.erased, 12U);
}

TEST_F(StatisticsTest, ReadsOfManyKeysAreCountedToo) {
  set("game:2", "1");
  const std::vector<Key> keys = {"game:2", "game:1", "game:3"};
  cache_.get_many(keys, [](std::size_t, auto) {});
  EXPECT_EQ(cache_.stats().total.miss_reasons, MissReasons{.cold = 2});
  EXPECT_EQ(prefix(0).hits, 1U);
  EXPECT_EQ(prefix(0).misses, 1U);
  EXPECT_EQ(prefix(2).misses, 1U);
}

TEST_F(StatisticsTest, ReadsThatAreNotToCountAreNot) {
  EXPECT_FALSE(cache_.get("a", {.count = false}));
  EXPECT_EQ(cache_.stats().total.miss_reasons, MissReasons{});
  EXPECT_EQ(prefix(1).misses, 0U);
}

TEST_F(StatisticsTest, AKeyCountsForItsLongestPrefix) {
  set("game:12", "123");
  set({"game:2", 4}, "1");
  set("other", "");
  EXPECT_TRUE(cache_.get("game:12"));
  EXPECT_FALSE(cache_.get("game:1"));
  EXPECT_FALSE(cache_.get("gam"));
  EXPECT_EQ(prefix(0).prefix, "game:");
  EXPECT_EQ(prefix(0).entries, 1U);
  EXPECT_EQ(prefix(0).bytes, 7U);
  EXPECT_EQ(prefix(1).prefix, "");
  EXPECT_EQ(prefix(1).entries, 1U);
  EXPECT_EQ(prefix(1).bytes, 5U);
  EXPECT_EQ(prefix(1).misses, 1U);
  EXPECT_EQ(prefix(1).miss_reasons, MissReasons{.cold = 1});
  EXPECT_EQ(prefix(2).prefix, "game:1");
  EXPECT_EQ(prefix(2).hits, 1U);
  EXPECT_EQ(prefix(2).misses, 1U);
  EXPECT_EQ(prefix(2).bytes, 10U);
}

TEST_F(StatisticsTest, SetsCountForTheirPrefix) {
  set("game:2", "1");
  set("game:2", "2");
  set("other", "1");
  EXPECT_EQ(cache_.set("game:3", "1", {.when = SetOptions::When::kIfPresent}).status,
            Status::kNotStored);
  ASSERT_EQ(cache_.expire_at("game:2", clock_.now_ms() + 10), Status::kOk);
  EXPECT_EQ(prefix(0).sets, 2U);
  EXPECT_EQ(prefix(1).sets, 1U);
  EXPECT_EQ(cache_.stats().total.sets, 3U);
}

TEST_F(StatisticsTest, BytesFollowEveryChange) {
  std::size_t size = 0;
  set("game:2", "123");
  set("game:2", "12345");
  EXPECT_EQ(prefix(0).bytes, 11U);
  ASSERT_EQ(cache_.append("game:2", std::string(100, 'x'), size), Status::kOk);
  EXPECT_EQ(prefix(0).bytes, 111U);
  ASSERT_EQ(cache_.expire_at("game:2", clock_.now_ms() + 10), Status::kOk);
  EXPECT_EQ(prefix(0).bytes, 111U);
  {
    KeyLock lock = cache_.lock_all();
    ASSERT_EQ(lock.rename("game:2", "x"), Status::kOk);
  }
  EXPECT_EQ(prefix(0).entries, 0U);
  EXPECT_EQ(prefix(0).bytes, 0U);
  EXPECT_EQ(prefix(1).bytes, 106U);
  clock_.advance_ms(10);
  cache_.maintain();
  EXPECT_EQ(prefix(1).bytes, 0U);
}

TEST_F(StatisticsTest, ClearedEntriesCountUntilTheyAreReclaimed) {
  set("game:2", "123");
  cache_.clear();
  EXPECT_EQ(prefix(0).entries, 1U);
  EXPECT_EQ(cache_.check_invariants(), "");
  while (cache_.maintain() <= clock_.now_ms()) {
  }
  EXPECT_EQ(prefix(0).entries, 0U);
}

TEST_F(StatisticsTest, LoadsCountForTheirPrefix) {
  const auto works = []() -> Loaded { return "v"; };
  const auto fails = []() -> Loaded { return LoadError{"no"}; };
  EXPECT_TRUE(loading_.get_or_compute("game:2", works));
  EXPECT_FALSE(loading_.get_or_compute("game:3", fails));
  EXPECT_TRUE(loading_.get_or_compute("x", works));
  EXPECT_EQ(prefix(0).loads, 1U);
  EXPECT_EQ(prefix(0).load_failures, 1U);
  EXPECT_GT(prefix(0).load_ns, 0U);
  EXPECT_EQ(prefix(1).loads, 1U);
  EXPECT_EQ(prefix(2).loads, 0U);
}

TEST_F(StatisticsTest, LoadsAreCountedByTheirTime) {
  const auto works = []() -> Loaded { return "v"; };
  const auto fails = []() -> Loaded { return LoadError{"no"}; };
  EXPECT_TRUE(loading_.get_or_compute("a", works));
  EXPECT_FALSE(loading_.get_or_compute("b", fails));
  EXPECT_EQ(cache_.stats().load_times.total(), 2U);
  cache_.reset_stats();
  EXPECT_EQ(cache_.stats().load_times.total(), 0U);
}

TEST_F(StatisticsTest, ResettingKeepsWhatIsThere) {
  set("game:2", "123");
  EXPECT_TRUE(cache_.get("game:2"));
  cache_.reset_stats();
  EXPECT_EQ(prefix(0).hits, 0U);
  EXPECT_EQ(prefix(0).entries, 1U);
  EXPECT_EQ(prefix(0).bytes, 9U);
}

TEST_F(StatisticsTest, TheirMemoryIsCharged) {
  const Stats stats = cache_.stats();
  EXPECT_EQ(stats.total.memory(), cache_.memory());
  Cache plain({.max_memory = kLimit, .shards = 1, .maintenance = Maintenance::kManual});
  EXPECT_EQ(cache_.memory() - plain.memory(), kLimit / 128 + 3 * sizeof(PrefixStats));
}

TEST_F(StatisticsTest, AnotherLimitHasAnotherMemoryForReasons) {
  const std::size_t before = cache_.memory();
  cache_.set_max_memory(8 * kLimit);
  EXPECT_EQ(cache_.memory(), before + 7 * kLimit / 128);
  cache_.set_max_memory(0);
  EXPECT_EQ(cache_.memory(), before - kLimit / 128 + (128 << 10));
  cache_.set_max_memory(kLimit);
  EXPECT_EQ(cache_.memory(), before);
  set("a", "1");
  cache_.erase("a");
  EXPECT_EQ(miss("a"), MissReasons{.erased = 1});
}

TEST(StatisticsOptionsTest, ALowerLimitLeavesRoomForEntries) {
  Cache cache({.max_memory = 0, .shards = 16, .statistics = {.miss_reasons = true}});
  cache.set_max_memory(1 << 20);
  EXPECT_EQ(cache.set("a", "1").status, Status::kOk);
}

TEST(StatisticsOptionsTest, AreNoneByDefault) {
  Cache cache;
  cache.set("a", "1");
  cache.erase("a");
  EXPECT_FALSE(cache.get("a"));
  EXPECT_EQ(cache.stats().total.misses, 1U);
  EXPECT_EQ(cache.stats().total.miss_reasons, MissReasons{});
  EXPECT_TRUE(cache.stats().prefixes.empty());
}

TEST(StatisticsOptionsTest, PrefixesCountWithoutReasons) {
  Cache cache({.statistics = {.prefixes = {"a"}}});
  EXPECT_FALSE(cache.get("a"));
  EXPECT_EQ(cache.stats().prefixes.at(0).misses, 1U);
  EXPECT_EQ(cache.stats().prefixes.at(0).miss_reasons, MissReasons{});
}

TEST(StatisticsOptionsTest, ReasonsNeedNoLimit) {
  Cache cache({.max_memory = 0, .statistics = {.miss_reasons = true}});
  cache.set("a", "1");
  cache.erase("a");
  EXPECT_FALSE(cache.get("a"));
  EXPECT_EQ(cache.stats().total.miss_reasons, MissReasons{.erased = 1});
}

TEST(StatisticsOptionsTest, HaveAtMost64PrefixesThatDiffer) {
  StatisticsOptions statistics;
  for (int i = 0; i < 64; ++i) statistics.prefixes.push_back(std::to_string(i));
  EXPECT_NO_THROW(Cache({.statistics = statistics}));
  statistics.prefixes.emplace_back("more");
  EXPECT_THAT(
      [&] { Cache({.statistics = statistics}); },
      ThrowsMessage<std::invalid_argument>("statistics.prefixes must be at most 64, not 65"));
  EXPECT_THAT(
      [] {
        Cache({.statistics = {.prefixes = {"a", "b", "a"}}});
      },
      ThrowsMessage<std::invalid_argument>(HasSubstr("\"a\" is there twice")));
}

}  // namespace
}  // namespace libcache
