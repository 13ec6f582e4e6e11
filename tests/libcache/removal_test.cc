#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <latch>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libcache/loading_cache.h>

namespace libcache {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::string name(RemovalCause cause) {
  static constexpr std::array kNames = {"explicit", "replaced", "expired", "evicted",
                                        "invalidated"};
  return kNames.at(static_cast<std::size_t>(cause));
}

std::string sentence(const Removal& removal) {
  const std::string value = removal.value.value_or("(too large)");
  const std::string database = removal.database == 0 ? "" : std::to_string(removal.database) + "/";
  return database + removal.key + "=" + value + " " + name(removal.cause);
}

class RemovalTest : public testing::Test {
 protected:
  static constexpr std::size_t kLimit = 8 << 20;
  static constexpr std::size_t kMostWaiting = kLimit / 16;
  static constexpr std::size_t kOverhead = 160;

  ~RemovalTest() override { EXPECT_EQ(cache_.check_invariants(), ""); }

  /// What the listener was told since the last call.
  std::vector<std::string> told() {
    while (cache_.maintain() <= clock_.now_ms()) {
    }
    return std::exchange(told_, {});
  }
  void set(Key key, std::string_view value, const SetOptions& options = {}) {
    ASSERT_EQ(cache_.set(key, value, options).status, Status::kOk);
  }

  std::vector<std::string> told_;
  std::function<void()> then_ = [] {};  // what the listener does after that
  ManualClock clock_;
  Cache cache_{{.max_memory = kLimit,
                .shards = 4,
                .maintenance = Maintenance::kManual,
                .clock = &clock_,
                .on_removal = [this](const Removal& removal) {
                  told_.push_back(sentence(removal));
                  then_();
                }}};
};

TEST_F(RemovalTest, AnErasedEntryIsToldOnce) {
  set("a", "1");
  EXPECT_THAT(told(), IsEmpty());
  cache_.erase("a");
  cache_.erase("a");
  EXPECT_THAT(told(), ElementsAre("a=1 explicit"));
}

TEST_F(RemovalTest, IsNotToldBeforeMaintenance) {
  set("a", "1");
  cache_.erase("a");
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(RemovalTest, AnOverwrittenValueIsTold) {
  set("a", "1");
  set("a", "2");                    // in place
  set("a", std::string(100, 'x'));  // elsewhere
  set("a", "3", {.ttl = milliseconds(5)});
  set("a", "4", {.tags = {"t"}});
  EXPECT_THAT(told(), ElementsAre("a=1 replaced", "a=2 replaced",
                                  "a=" + std::string(100, 'x') + " replaced", "a=3 replaced"));
}

TEST_F(RemovalTest, AValueThatIsChangedInPlaceIsTold) {
  std::size_t size = 0;
  std::int64_t sum = 0;
  std::string text;
  set("a", "1");
  ASSERT_EQ(cache_.increment("a", 1, sum), Status::kOk);
  ASSERT_EQ(cache_.append("a", "3", size), Status::kOk);
  ASSERT_EQ(cache_.set_range("a", 0, "9", size), Status::kOk);
  ASSERT_EQ(cache_.increment_float("a", 0.5, text), Status::kOk);
  ASSERT_EQ(cache_.compare_and_set("a", "93.5", "new"), Status::kOk);
  EXPECT_THAT(told(), ElementsAre("a=1 replaced", "a=2 replaced", "a=23 replaced", "a=93 replaced",
                                  "a=93.5 replaced"));
}

TEST_F(RemovalTest, WhatWasNotStoredRemovesNothing) {
  set("a", "1");
  std::int64_t sum = 0;
  EXPECT_EQ(cache_.set("a", "2", {.when = SetOptions::When::kIfAbsent}).status, Status::kNotStored);
  EXPECT_EQ(cache_.compare_and_set("a", "3", "2"), Status::kNotStored);
  EXPECT_EQ(cache_.set("a", std::string(kLimit, 'x')).status, Status::kTooLarge);
  set("b", "text");
  EXPECT_EQ(cache_.increment("b", 1, sum), Status::kNotInteger);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(RemovalTest, AnotherDeadlineIsNoRemoval) {
  set("a", "1");
  const std::string large(100'000, 'x');
  set("large", large);
  for (const Key key : {Key("a"), Key("large")}) {
    ASSERT_EQ(cache_.expire_at(key, clock_.now_ms() + 100), Status::kOk);
    ASSERT_EQ(cache_.expire_at(key, clock_.now_ms() + 200), Status::kOk);
    ASSERT_EQ(cache_.persist(key), Status::kOk);
  }
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(RemovalTest, AnExpiredEntryIsToldWhenItIsReclaimed) {
  set("a", "1", {.ttl = milliseconds(10)});
  clock_.advance_ms(10);
  EXPECT_THAT(told(), ElementsAre("a=1 expired"));
}

TEST_F(RemovalTest, AnExpiredEntryIsToldWhenItIsAskedFor) {
  cache_.set_active_expiry(false);
  set("a", "1", {.ttl = milliseconds(10)});
  clock_.advance_ms(10);
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_FALSE(cache_.exists("a"));
  EXPECT_THAT(told(), ElementsAre("a=1 expired"));
}

TEST_F(RemovalTest, ADeadlineInThePastExpires) {
  set("a", "1");
  ASSERT_EQ(cache_.expire_at("a", clock_.now_ms()), Status::kOk);
  EXPECT_THAT(told(), ElementsAre("a=1 expired"));
}

TEST_F(RemovalTest, ALifetimeThatIsOverErases) {
  set("a", "1");
  set("a", "2", {.ttl = milliseconds(0)});
  EXPECT_THAT(told(), ElementsAre("a=1 explicit"));
}

TEST_F(RemovalTest, AnEvictedEntryIsTold) {
  const std::string value(10'000, 'x');
  for (int i = 0; i < 2000; ++i) {
    set("key:" + std::to_string(i), value);
    cache_.maintain();
  }
  const std::vector<std::string> removals = told();
  EXPECT_EQ(removals.size(), cache_.stats().total.evictions);
  EXPECT_THAT(removals, testing::Contains("key:0=" + value + " evicted"));
  EXPECT_THAT(removals, testing::Each(testing::EndsWith(" evicted")));
}

TEST_F(RemovalTest, AnInvalidatedEntryIsTold) {
  set("asked for", "1", {.tags = {"t"}});
  set("reclaimed", "2", {.tags = {"t"}});
  set("prefix:1", "3");
  cache_.invalidate_tag("t");
  EXPECT_FALSE(cache_.exists("asked for"));
  EXPECT_EQ(cache_.invalidate_prefix("prefix:"), 1U);
  while (cache_.maintain() <= clock_.now_ms() + 1) {
  }
  EXPECT_THAT(told(), UnorderedElementsAre("asked for=1 invalidated", "prefix:1=3 invalidated",
                                           "reclaimed=2 invalidated"));
}

TEST_F(RemovalTest, ClearedEntriesAreToldWithTheirDatabase) {
  set("a", "1");
  set({"b", 3}, "2");
  set({"c", 3}, "3", {.ttl = milliseconds(10)});
  cache_.clear(3);
  clock_.advance_ms(10);
  EXPECT_THAT(told(), UnorderedElementsAre("3/b=2 explicit", "3/c=3 explicit"));
}

TEST_F(RemovalTest, SwappedDatabasesAreToldByWhereTheyAre) {
  set({"a", 1}, "1");
  set({"b", 2}, "2");
  cache_.swap_databases(1, 2);
  cache_.swap_databases(2, 5);  // an empty one
  cache_.erase({"a", 5});
  cache_.clear(1);
  EXPECT_THAT(told(), UnorderedElementsAre("5/a=1 explicit", "1/b=2 explicit"));
}

TEST_F(RemovalTest, RenamingTellsBothNames) {
  for (const std::string from : {"a", "b", "c", "d", "e"}) {  // some are of another shard than "to"
    set(from, "1");
    set("to", "2");
    told();
    {
      KeyLock lock = cache_.lock_all();
      ASSERT_EQ(lock.rename(from, "to"), Status::kOk);
    }
    EXPECT_THAT(told(), UnorderedElementsAre("to=2 replaced", from + "=1 explicit"));
  }
}

TEST_F(RemovalTest, NegativeEntriesAreNotTold) {
  LoadingCache loading(cache_);
  const LoadOptions options{.absent_ttl = milliseconds(10)};
  const auto nothing = []() -> Loaded { return Absent{}; };
  for (const char* key : {"expires", "overruled", "erased", "cleared"}) {
    ASSERT_EQ(loading.get_or_compute(key, nothing, options).status, LoadStatus::kAbsent);
  }
  set("overruled", "1");
  cache_.erase("erased");
  clock_.advance_ms(10);
  cache_.clear();
  EXPECT_THAT(told(), ElementsAre("overruled=1 explicit"));
}

TEST_F(RemovalTest, ALargeValueIsToldAsItWas) {
  const std::string old(100'000, 'o');
  set("a", old);
  const std::string smaller(50'000, 'n');
  set("a", smaller);  // in place
  set("a", old);
  EXPECT_THAT(told(), ElementsAre("a=" + old + " replaced", "a=" + smaller + " replaced"));
}

TEST_F(RemovalTest, AValueThatIsTooLargeIsToldWithoutIt) {
  const std::string key(100, 'k');
  const std::string largest(kMostWaiting - kOverhead - key.size(), 'x');
  set(key, largest);
  cache_.erase(key);
  EXPECT_THAT(told(), ElementsAre(key + "=" + largest + " explicit"));
  set(key, largest + "x");
  cache_.erase(key);
  EXPECT_THAT(told(), ElementsAre(key + "=(too large) explicit"));
}

TEST_F(RemovalTest, AKeyThatIsTooLargeIsCounted) {
  const std::string key(kMostWaiting, 'k');
  set(key, "1");
  cache_.erase(key);
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(cache_.stats().dropped_removals, 1U);
}

TEST_F(RemovalTest, MoreThanMayWaitIsCounted) {
  const std::string value(kMostWaiting / 4 - kOverhead - 1, 'x');  // and a byte of key
  for (const char* key : {"1", "2", "3", "4", "5", "6"}) {
    set(key, value);
    cache_.erase(key);
  }
  EXPECT_EQ(cache_.stats().dropped_removals, 2U);
  EXPECT_EQ(told().size(), 4U);
  set("a", "1");
  cache_.erase("a");
  EXPECT_THAT(told(), ElementsAre("a=1 explicit"));
  cache_.reset_stats();
  EXPECT_EQ(cache_.stats().dropped_removals, 0U);
}

TEST_F(RemovalTest, WhatWaitsTakesNoRoomFromTheCache) {
  cache_.set_policy(Policy::kNoEviction);
  const std::string value(400'000, 'x');
  int stored = 0;
  while (cache_.set(std::to_string(stored), value).status == Status::kOk) ++stored;
  for (int i = 0; i < stored; ++i) set(std::to_string(i), value);
  for (int i = 0; i < stored; ++i) {
    cache_.erase(std::to_string(i));
    set(std::to_string(i), value);
  }
}

TEST_F(RemovalTest, MaintenanceIsDueWhileSomethingWaits) {
  EXPECT_GT(cache_.maintain(), clock_.now_ms());
  then_ = [this] { cache_.erase("b"); };
  set("a", "1");
  set("b", "2");
  cache_.erase("a");
  EXPECT_EQ(cache_.maintain(), 0);
  EXPECT_GT(cache_.maintain(), clock_.now_ms());
  EXPECT_THAT(told_, ElementsAre("a=1 explicit", "b=2 explicit"));
}

TEST_F(RemovalTest, AListenerThatMaintainsIsNotCalledWithinItself) {
  int depth = 0;
  then_ = [this, &depth] {
    EXPECT_EQ(++depth, 1);
    set("a", "again");
    if (told_.size() < 1000) cache_.erase("a");
    cache_.maintain();
    --depth;
  };
  set("a", "1");
  cache_.erase("a");
  EXPECT_EQ(told().size(), 1000U);
  EXPECT_EQ(depth, 0);
}

TEST(RemovalListenerTest, HasAThreadOfItsOwn) {
  std::latch told(1);
  std::atomic<std::thread::id> by;
  Cache cache({.on_removal = [&](const Removal&) {
    by = std::this_thread::get_id();
    told.count_down();
  }});
  cache.set("a", "1");
  cache.erase("a");
  told.wait();
  EXPECT_NE(by.load(), std::this_thread::get_id());
}

TEST(RemovalListenerTest, ThatIsSlowHoldsNobodyUp) {
  std::latch entered(1);
  std::latch go(1);
  std::atomic<std::size_t> told = 0;
  Cache cache({.on_removal = [&](const Removal&) {
    if (told++ == 0) {
      entered.count_down();
      go.wait();
    }
  }});
  const auto set_and_erase = [&](int i) {
    cache.set(std::to_string(i), "v");
    EXPECT_TRUE(cache.erase(std::to_string(i)));
  };
  set_and_erase(0);
  entered.wait();                                      // one is being told: it does not wait
  for (int i = 1; i <= 50'000; ++i) set_and_erase(i);  // of 160 bytes and more: 8 MB
  EXPECT_GT(cache.stats().dropped_removals, 20'000U);
  go.count_down();
}

TEST(RemovalListenerTest, IsToldWhatWaitsWhenTheCacheEndsAndNoMore) {
  for (const Maintenance maintenance : {Maintenance::kManual, Maintenance::kThread}) {
    std::vector<std::string> told;
    Cache* cache_of_listener = nullptr;
    {
      Cache cache({.maintenance = maintenance, .on_removal = [&](const Removal& removal) {
                     told.push_back(sentence(removal) + " " +
                                    std::string(cache_of_listener->get("rest")->bytes()));
                     cache_of_listener->erase("other");
                   }});
      cache_of_listener = &cache;
      cache.set("rest", "2");
      cache.set("a", "1");
      cache.erase("a");
    }
    EXPECT_THAT(told, ElementsAre("a=1 explicit 2"));
  }
}

// Each value is stored once, and begins with its number. So at the end it is in the cache, or was
// told exactly once.
TEST(RemovalListenerTest, IsToldOfEachValueThatWent) {
  ManualClock clock;
  std::map<int, int> told;
  std::map<int, std::string> stored;  // number -> key
  const auto number_of = [](std::string_view value) { return std::stoi(std::string(value)); };
  Cache cache({.max_memory = 4 << 20,
               .maintenance = Maintenance::kManual,
               .clock = &clock,
               .on_removal = [&](const Removal& removal) {
                 ASSERT_TRUE(removal.value);
                 const int number = number_of(removal.value->substr(0, 10));
                 ++told[number];
                 EXPECT_EQ(stored[number], removal.key);
               }});
  std::mt19937 random(7);
  const auto below = [&random](unsigned bound) { return static_cast<int>(random() % bound); };
  for (int step = 0; step < 30'000; ++step) {
    const std::string key = "key:" + std::to_string(below(8000));
    switch (below(12)) {
      case 0:
        cache.erase(key);
        break;
      case 1:
        static_cast<void>(cache.get(key));
        break;
      case 2:
        static_cast<void>(cache.expire_at(key, clock.now_ms() + below(100)));
        break;
      case 3:
        static_cast<void>(cache.persist(key));
        break;
      case 4:
        clock.advance_ms(below(20));
        break;
      case 5:
        if (below(100) == 0) cache.clear();
        if (below(20) == 0) cache.invalidate_tag(std::to_string(below(5)));
        if (below(20) == 0) cache.invalidate_prefix("key:1" + std::to_string(below(10)));
        break;
      default: {
        const auto size = static_cast<std::size_t>(below(16) == 0 ? below(20'000) : below(300));
        const std::string value = std::to_string(step) + ":" + std::string(size, 'x');
        SetOptions options;
        if (below(3) == 0) options.ttl = milliseconds(below(100) + 1);
        if (below(3) == 0) options.tags = {std::to_string(below(5))};
        stored[step] = key;
        if (cache.set(key, value, options).status != Status::kOk) stored.erase(step);
      }
    }
    for (int rounds = 1 + below(4); rounds != 0; --rounds) cache.maintain(1);
  }
  EXPECT_EQ(cache.check_invariants(), "");
  while (cache.maintain(1) <= clock.now_ms() + 1) {
  }
  ASSERT_EQ(cache.stats().dropped_removals, 0U);
  for (const auto& [number, key] : stored) {
    const auto now = cache.get(key);
    const int there = now && number_of(now->bytes().substr(0, 10)) == number ? 1 : 0;
    EXPECT_EQ(told[number] + there, 1) << key << " " << number;
  }
}

TEST(RemovalListenerTest, IsToldOrNotOfWhatManyThreadsRemove) {
  constexpr int kThreads = 4;
  constexpr int kSteps = 20'000;
  std::atomic<std::uint64_t> told = 0;
  std::uint64_t dropped = 0;
  std::size_t left = 0;
  {
    Cache cache({.max_memory = 1 << 20, .on_removal = [&](const Removal&) { ++told; }});
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&cache, t] {
        std::mt19937 random(static_cast<unsigned>(t));
        for (int i = 0; i < kSteps; ++i) {
          cache.set("key:" + std::to_string(random() % 5000), std::string(random() % 500, 'v'));
        }
      });
    }
    threads.clear();
    dropped = cache.stats().dropped_removals;
    left = cache.size();
  }
  EXPECT_EQ(told + dropped + left, std::uint64_t{kThreads} * kSteps);
}

}  // namespace
}  // namespace libcache
