#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libcache/cache.h>

#include "loading_fixture.h"

namespace libcache {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

class TagsTest : public LoadingCacheTest {
 protected:
  void set(Key key, Tags tags, const std::string& value = "v") {
    ASSERT_EQ(cache_.set(key, value, {.tags = tags}).status, Status::kOk);
  }
  /// Background work until there is nothing to do at this time, step by step.
  int reclaim() {
    int steps = 0;
    while (cache_.maintain(1) <= clock_.now_ms() + 1 && steps < 100'000) ++steps;
    return steps;
  }
  [[nodiscard]] ShardStats stats() const { return cache_.stats().total; }
};

TEST(Tags, AreEightAtMost) {
  EXPECT_EQ(Tags({"1", "2", "3", "4", "5", "6", "7", "8"}).size(), 8);
  EXPECT_THROW(Tags({"1", "2", "3", "4", "5", "6", "7", "8", "9"}), std::length_error);
}

TEST_F(TagsTest, InvalidatingATagEndsAllThatHaveIt) {
  set("a", {"game:1", "league"});
  set({"b", 3}, {"league"});
  set("c", {"game:1"});
  set("d", {});
  cache_.invalidate_tag("league");
  EXPECT_EQ(cached("a"), "(none)");
  EXPECT_EQ(cached({"b", 3}), "(none)");
  EXPECT_EQ(cached("c"), "v");
  EXPECT_EQ(cached("d"), "v");
}

TEST_F(TagsTest, WhatIsStoredAfterwardsIsThere) {
  set("a", {"t"});
  cache_.invalidate_tag("t");
  set("a", {"t"}, "again");
  EXPECT_EQ(cached("a"), "again");
  cache_.invalidate_tag("t");
  EXPECT_EQ(cached("a"), "(none)");
}

TEST_F(TagsTest, AnotherValueHasTheTagsThatItIsSetWith) {
  set("a", {"old"});
  set("a", {"new"});
  cache_.invalidate_tag("old");
  EXPECT_EQ(cached("a"), "v");
  set("a", {});
  cache_.invalidate_tag("new");
  EXPECT_EQ(cached("a"), "v");
}

TEST_F(TagsTest, ChangesInPlaceKeepThem) {
  const std::vector<std::string> keys = {"integer", "float", "appended", "range",    "compared",
                                         "expired", "kept",  "renamed",  "persisted"};
  for (const std::string& key : keys) set(key, {"t"}, "1");
  std::int64_t integer = 0;
  std::string number;
  std::size_t size = 0;
  EXPECT_EQ(cache_.increment("integer", 1, integer), Status::kOk);
  EXPECT_EQ(cache_.increment_float("float", 0.5L, number), Status::kOk);
  EXPECT_EQ(cache_.append("appended", std::string(5000, 'x'), size), Status::kOk);
  EXPECT_EQ(cache_.set_range("range", 1, "2", size), Status::kOk);
  EXPECT_EQ(cache_.compare_and_set("compared", "1", "2"), Status::kOk);
  EXPECT_EQ(cache_.expire_at("expired", clock_.now_ms() + 1000), Status::kOk);
  EXPECT_EQ(cache_.expire_at("persisted", clock_.now_ms() + 1000), Status::kOk);
  EXPECT_EQ(cache_.persist("persisted"), Status::kOk);
  {
    const std::array<Key, 2> both{"renamed", "to"};
    EXPECT_EQ(cache_.lock(both).rename("renamed", "to"), Status::kOk);
  }
  EXPECT_EQ(cached("to"), "1");
  cache_.invalidate_tag("t");
  for (const std::string& key : keys) EXPECT_EQ(cached(key), "(none)") << key;
  EXPECT_EQ(cached("to"), "(none)");
}

TEST_F(TagsTest, AnInvalidatedEntryIsAbsentForEverybody) {
  set("k", {"t"}, "5");
  cache_.invalidate_tag("t");
  EXPECT_FALSE(cache_.random_key());
  std::vector<std::string> scanned;
  cache_.scan(0, 0, 100, [&](std::string_view key) { scanned.emplace_back(key); });
  EXPECT_THAT(scanned, ElementsAre());
  EXPECT_EQ(cache_.set("k", "v", {.when = SetOptions::When::kIfPresent}).status,
            Status::kNotStored);
  std::int64_t result = 0;
  EXPECT_EQ(cache_.increment("k", 1, result), Status::kOk);
  EXPECT_EQ(result, 1);
}

TEST_F(TagsTest, ARefreshedDeadlineDoesNotBringAnEntryBack) {
  set("k", {"t"});
  cache_.invalidate_tag("t");
  EXPECT_EQ(cache_.expire_at("k", clock_.now_ms() + 1000), Status::kNotFound);
}

TEST_F(TagsTest, LargeEntriesHaveThemToo) {
  const std::string large_key(20'000, 'k');
  const std::string large(100'000, 'v');
  set("k", {"t"}, large);
  set(large_key, {"t", "u"}, large);
  EXPECT_EQ(cached("k"), large);
  EXPECT_EQ(cached(large_key), large);
  cache_.invalidate_tag("t");
  EXPECT_EQ(cached("k"), "(none)");
  EXPECT_EQ(cached(large_key), "(none)");
}

TEST_F(TagsTest, AValueThatIsHeldStaysAsItIs) {
  const std::string large(100'000, 'v');
  set("k", {"t"}, large);
  const auto held = cache_.get("k");
  cache_.invalidate_tag("t");
  reclaim();
  ASSERT_TRUE(held);
  EXPECT_EQ(held->bytes(), large);
}

// --- Memory --------------------------------------------------------------------------------------

TEST_F(TagsTest, TheMemoryIsReclaimedInBoundedSteps) {
  for (int i = 0; i < 5000; ++i) {
    set("tagged:" + std::to_string(i), {"t"});
    set("plain:" + std::to_string(i), {});
  }
  cache_.invalidate_tag("unused");
  reclaim();
  EXPECT_EQ(stats().invalidations, 0);

  cache_.invalidate_tag("t");
  EXPECT_EQ(cache_.size(), 10'000);
  const int steps = reclaim();
  EXPECT_EQ(cache_.size(), 5000);
  EXPECT_EQ(stats().invalidations, 5000);
  EXPECT_GT(steps, 100);  // of 10,000 entries no step has seen a hundredth
}

TEST_F(TagsTest, ThereIsNothingToDoOnceAllIsReclaimed) {
  set("k", {"t"});
  cache_.invalidate_tag("t");
  EXPECT_LE(cache_.maintain(1), clock_.now_ms() + 1);
  reclaim();
  EXPECT_GT(cache_.maintain(), clock_.now_ms() + 1);
}

TEST_F(TagsTest, ReclaimFindsWhatWasInvalidatedWhileItWasUnderWay) {
  for (int i = 0; i < 2000; ++i) set("k" + std::to_string(i), {i % 2 == 0 ? "even" : "odd"});
  cache_.invalidate_tag("even");
  for (int i = 0; i < 10; ++i) cache_.maintain(1);
  cache_.invalidate_tag("odd");
  reclaim();
  EXPECT_EQ(cache_.size(), 0);
}

TEST_F(TagsTest, RoomIsMadeOfTheInvalidatedFirst) {
  Cache cache({.max_memory = 2 << 20,
               .policy = Policy::kNoEviction,
               .shards = 1,
               .maintenance = Maintenance::kManual,
               .clock = &clock_});
  const auto fill = [&](const std::string& prefix, const SetOptions& options) {
    int stored = 0;
    while (cache.set(prefix + std::to_string(stored), "v", options).status == Status::kOk) ++stored;
    return stored;
  };
  cache.invalidate_tag("unused");
  const int first = fill("a", {.tags = {"t"}});
  EXPECT_EQ(fill("b", {}), 0);
  cache.invalidate_tag("t");
  EXPECT_GE(fill("c", {}), first * 9 / 10);
  EXPECT_EQ(cache.check_invariants(), "");
}

TEST_F(TagsTest, WhatTheyTakeIsCharged) {
  const std::size_t before = cache_.memory();
  cache_.invalidate_tag("t");
  // A 512th of the limit, which is 8 MiB.
  EXPECT_EQ(cache_.memory() - before, (8 << 20) / 512);
  EXPECT_EQ(stats().memory(), cache_.memory());
}

// --- Prefixes ------------------------------------------------------------------------------------

TEST_F(TagsTest, AllKeysWithAPrefixGoAtOnce) {
  for (int i = 0; i < 3000; ++i) {
    set("game:" + std::to_string(i), {});
    set({"game:" + std::to_string(i), 1}, {});
    set("team:" + std::to_string(i), {});
  }
  EXPECT_EQ(cache_.invalidate_prefix("game:"), 3000);
  EXPECT_EQ(cache_.size(0), 3000);
  EXPECT_EQ(cache_.size(1), 3000);
  EXPECT_EQ(cached("game:17"), "(none)");
  EXPECT_EQ(cached("team:17"), "v");
  EXPECT_EQ(stats().invalidations, 3000);
  EXPECT_EQ(cache_.invalidate_prefix("game:"), 0);
}

TEST_F(TagsTest, TheEmptyPrefixIsThatOfAllKeys) {
  set("a", {});
  set("", {});
  EXPECT_EQ(cache_.invalidate_prefix(""), 2);
}

TEST_F(TagsTest, WhatHasEndedBeforeIsNotCounted) {
  set("k1", {"t"});
  cache_.set("k2", "v", {.ttl = milliseconds(5)});
  set("k3", {});
  cache_.invalidate_tag("t");
  clock_.advance_ms(5);
  EXPECT_EQ(cache_.invalidate_prefix("k"), 1);
}

// --- With loads ----------------------------------------------------------------------------------

TEST_F(TagsTest, WhatIsLoadedHasTheTagsOfItsOptions) {
  EXPECT_TRUE(loading_.get_or_compute("k", loader_of("old"), {.tags = {"t"}}));
  cache_.invalidate_tag("t");
  EXPECT_EQ(text(loading_.get_or_compute("k", loader_of("new"), {.tags = {"t"}})), "new");
  EXPECT_EQ(loads_, 2);
}

TEST_F(TagsTest, WhatIsKnownNotToExistIsInvalidatedToo) {
  const auto nothing = [this]() -> Loaded {
    ++loads_;
    return Absent{};
  };
  const LoadOptions options{.absent_ttl = milliseconds(1000), .tags = {"t"}};
  EXPECT_EQ(loading_.get_or_compute("k", nothing, options).status, LoadStatus::kAbsent);
  cache_.invalidate_tag("t");
  EXPECT_EQ(text(loading_.get_or_compute("k", loader_of("v"), options)), "v");
  EXPECT_EQ(loads_, 2);
}

TEST_F(TagsTest, AStaleValueIsNotServedOnceItIsInvalidated) {
  const LoadOptions options{.ttl = milliseconds(5), .stale_for = milliseconds(50), .tags = {"t"}};
  EXPECT_TRUE(loading_.get_or_compute("k", loader_of("v"), options));
  clock_.advance_ms(5);
  cache_.invalidate_tag("t");
  EXPECT_EQ(loading_.get_or_compute("k", loader_of("new"), options).status, LoadStatus::kLoaded);
}

TEST_F(TagsTest, ThreadsNeverSeeWhatWasInvalidatedBefore) {
  // Each writer stores a number that it has raised, invalidates, and reads: nothing older may come.
  constexpr int kRounds = 2000;
  std::atomic<int> failures = 0;
  std::vector<std::jthread> threads;
  for (int me = 0; me < 4; ++me) {
    threads.emplace_back([&, me] {
      const std::string tag = "tag:" + std::to_string(me);
      const std::string key = "key:" + std::to_string(me);
      for (int round = 0; round < kRounds; ++round) {
        static_cast<void>(cache_.set(key, std::to_string(round), {.tags = {tag, "shared"}}));
        cache_.invalidate_tag(tag);
        if (cache_.exists(key)) ++failures;
        cache_.maintain(10);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(failures, 0);
}

}  // namespace
}  // namespace libcache
