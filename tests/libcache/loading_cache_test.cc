#include <array>
#include <chrono>
#include <functional>
#include <future>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libcache/loading_cache.h>

#include "loading_fixture.h"

namespace libcache {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

// --- One caller ----------------------------------------------------------------------------------

TEST_F(LoadingCacheTest, AMissIsLoadedAndStored) {
  const LoadResult result = loading_.get_or_compute("k", loader_of("v"));
  EXPECT_EQ(result.status, LoadStatus::kLoaded);
  EXPECT_EQ(text(result), "v");
  EXPECT_EQ(cached("k"), "v");
}

TEST_F(LoadingCacheTest, AHitIsNotLoaded) {
  cache_.set("k", "v");
  const LoadResult result = loading_.get_or_compute("k", loader_of("other"));
  EXPECT_EQ(result.status, LoadStatus::kHit);
  EXPECT_EQ(text(result), "v");
  EXPECT_EQ(loads_, 0);
}

TEST_F(LoadingCacheTest, DatabasesAreApart) {
  EXPECT_EQ(text(loading_.get_or_compute({"k", 0}, loader_of("zero"))), "zero");
  EXPECT_EQ(text(loading_.get_or_compute({"k", 1}, loader_of("one"))), "one");
  EXPECT_EQ(cached({"k", 0}), "zero");
}

TEST_F(LoadingCacheTest, AnExpiredValueIsLoadedAnew) {
  EXPECT_TRUE(loading_.get_or_compute("k", loader_of("old"), {.ttl = milliseconds(10)}));
  clock_.advance_ms(10);
  EXPECT_EQ(text(loading_.get_or_compute("k", loader_of("new"))), "new");
}

TEST_F(LoadingCacheTest, TheLoaderMayNameTheLifetime) {
  const auto loader = [] { return Loaded("v", milliseconds(20)); };
  EXPECT_TRUE(loading_.get_or_compute("k", loader, {.ttl = milliseconds(10)}));
  EXPECT_EQ(cache_.deadline("k"), clock_.now_ms() + 20);
}

TEST_F(LoadingCacheTest, AValueWithoutALifetimeIsOnlyReturned) {
  EXPECT_EQ(text(loading_.get_or_compute("k", loader_of("v"), {.ttl = milliseconds(0)})), "v");
  EXPECT_EQ(cached("k"), "(none)");
}

TEST_F(LoadingCacheTest, AValueThatIsTooLargeToStoreIsReturned) {
  const std::string large(7 << 20, 'x');
  EXPECT_EQ(text(loading_.get_or_compute("k", loader_of(large))), large);
  EXPECT_EQ(cached("k"), "(none)");
}

TEST_F(LoadingCacheTest, AnErrorIsReturnedAndNotCached) {
  const LoadResult result =
      loading_.get_or_compute("k", []() -> Loaded { return LoadError{"the model is down"}; });
  EXPECT_EQ(result.status, LoadStatus::kFailed);
  ASSERT_NE(result.error, nullptr);
  EXPECT_EQ(result.error->message, "the model is down");
  EXPECT_EQ(text(loading_.get_or_compute("k", loader_of("v"))), "v");
}

TEST_F(LoadingCacheTest, AnExceptionIsReturnedAsAnError) {
  const LoadResult result =
      loading_.get_or_compute("k", []() -> Loaded { throw std::runtime_error("out of order"); });
  EXPECT_EQ(result.status, LoadStatus::kFailed);
  ASSERT_NE(result.error, nullptr);
  EXPECT_EQ(result.error->message, "out of order");
  EXPECT_THROW(std::rethrow_exception(result.error->exception), std::runtime_error);
}

TEST_F(LoadingCacheTest, AnythingThatIsThrownIsAnError) {
  const LoadResult result = loading_.get_or_compute("k", []() -> Loaded { throw 42; });
  EXPECT_EQ(result.status, LoadStatus::kFailed);
  EXPECT_THROW(std::rethrow_exception(result.error->exception), int);
}

TEST_F(LoadingCacheTest, LoadsAreCounted) {
  EXPECT_TRUE(loading_.get_or_compute("a", loader_of("v")));
  EXPECT_TRUE(loading_.get_or_compute("a", loader_of("v")));
  EXPECT_FALSE(loading_.get_or_compute("b", []() -> Loaded { return LoadError{"no"}; }));
  const ShardStats stats = cache_.stats().total;
  EXPECT_EQ(stats.loads, 1);
  EXPECT_EQ(stats.load_failures, 1);
  EXPECT_GT(stats.load_ns, 0);
  EXPECT_EQ(stats.hits, 1);
  EXPECT_EQ(stats.misses, 2);
}

Loaded plain_function() { return "v"; }

TEST_F(LoadingCacheTest, ALoaderMayBeAFunction) {
  EXPECT_EQ(text(loading_.get_or_compute("k", plain_function)), "v");
  EXPECT_EQ(LoadingCache::Loader(plain_function).copy()().value(), "v");
}

// --- Loaders that use the cache ------------------------------------------------------------------

TEST_F(LoadingCacheTest, ALoaderMayLoadAnotherKey) {
  const LoadResult outer = loading_.get_or_compute("outer", [&]() -> Loaded {
    return text(loading_.get_or_compute("inner", loader_of("v"))) + "!";
  });
  EXPECT_EQ(text(outer), "v!");
  EXPECT_EQ(cached("inner"), "v");
}

TEST_F(LoadingCacheTest, ALoaderThatAsksForItsOwnKeyIsTold) {
  LoadStatus inner = LoadStatus::kHit;
  const LoadResult outer = loading_.get_or_compute("k", [&]() -> Loaded {
    inner = loading_.get_or_compute("k", loader_of("inner")).status;
    return "outer";
  });
  EXPECT_EQ(inner, LoadStatus::kRecursive);
  EXPECT_EQ(text(outer), "outer");
  EXPECT_EQ(loads_, 0);
}

TEST_F(LoadingCacheTest, LoadersOfTwoThreadsNeverWaitInACircle) {
  std::latch both(2);
  std::array<LoadStatus, 2> inner{};
  const auto load = [&](std::size_t me, const char* own, const char* others) {
    return text(loading_.get_or_compute(own, [&]() -> Loaded {
      both.arrive_and_wait();
      const LoadResult result = loading_.get_or_compute(others, loader_of("unused"));
      inner[me] = result.status;
      return own;
    }));
  };
  auto other = std::async(std::launch::async, load, 1, "b", "a");
  EXPECT_EQ(load(0, "a", "b"), "a");
  EXPECT_EQ(other.get(), "b");
  // One of them would have closed the circle; the other got what it waited for.
  EXPECT_THAT(inner, testing::UnorderedElementsAre(LoadStatus::kRecursive, LoadStatus::kLoaded));
}

TEST_F(LoadingCacheTest, ALoaderMayWriteToTheCache) {
  const LoadResult result = loading_.get_or_compute("k", [&]() -> Loaded {
    cache_.set("beside", "1");
    cache_.erase("beside");
    return "v";
  });
  EXPECT_EQ(text(result), "v");
  EXPECT_EQ(cached("k"), "v");
}

// --- Many callers --------------------------------------------------------------------------------

TEST_F(LoadingCacheTest, AThousandMissesOfOneKeyAreOneLoad) {
  constexpr int kThreads = 1000;
  std::atomic<int> missed = 0;
  std::atomic<int> answered = 0;
  std::vector<std::jthread> threads;
  const auto loader = [&]() -> Loaded {
    ++loads_;
    // Until all the others have missed it too.
    for (int seen = missed; seen != kThreads; seen = missed) missed.wait(seen);
    return "v";
  };
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      if (++missed == kThreads) missed.notify_all();
      if (text(loading_.get_or_compute("k", loader)) == "v") ++answered;
    });
  }
  threads.clear();
  EXPECT_EQ(loads_, 1);
  EXPECT_EQ(answered, kThreads);
}

TEST_F(LoadingCacheTest, AWaitersTimeoutDoesNotEndTheLoad) {
  SlowLoad load(loading_, "k", "v");
  EXPECT_EQ(
      loading_.get_or_compute("k", loader_of("unused"), {}, {.timeout = milliseconds(1)}).status,
      LoadStatus::kTimedOut);
  EXPECT_EQ(text(load.finish()), "v");
  EXPECT_EQ(cached("k"), "v");
}

TEST_F(LoadingCacheTest, ATimeoutBelowTheClockIsOverAtOnce) {
  SlowLoad load(loading_, "k", "v");
  EXPECT_EQ(loading_.get_or_compute("k", loader_of("unused"), {}, {.timeout = milliseconds::min()})
                .status,
            LoadStatus::kTimedOut);
  EXPECT_EQ(text(load.finish()), "v");
}

TEST_F(LoadingCacheTest, AWaiterThatIsStoppedDoesNotEndTheLoad) {
  SlowLoad load(loading_, "k", "v");
  std::stop_source stop;
  auto waiter = std::async(std::launch::async, [&] {
    return loading_.get_or_compute("k", loader_of("unused"), {}, {.stop = stop.get_token()});
  });
  stop.request_stop();
  EXPECT_EQ(waiter.get().status, LoadStatus::kStopped);
  EXPECT_EQ(text(load.finish()), "v");
  EXPECT_EQ(cached("k"), "v");
}

// --- A late value never replaces a newer one -----------------------------------------------------

using Change = std::function<void(Cache&)>;
struct NamedChange {
  const char* name;
  Change change;
  std::string left;  // what the key has after it
};

class LateValueTest : public LoadingCacheTest, public testing::WithParamInterface<NamedChange> {};

TEST_P(LateValueTest, IsNotStoredAfterAChange) {
  cache_.set("source", "renamed");
  SlowLoad load(loading_, "k", "late", {.tags = {"tag"}});
  GetParam().change(cache_);
  EXPECT_EQ(text(load.finish()), "late");  // for those who asked before the change
  EXPECT_EQ(cached("k"), GetParam().left);
}

TEST_P(LateValueTest, IsNotGivenToThoseWhoAskAfterAChange) {
  cache_.set("source", "renamed");
  SlowLoad load(loading_, "k", "late", {.tags = {"tag"}});
  GetParam().change(cache_);
  const std::string fresh = GetParam().left == "(none)" ? "fresh" : GetParam().left;
  EXPECT_EQ(text(loading_.get_or_compute("k", loader_of("fresh"))), fresh);
  EXPECT_EQ(text(load.finish()), "late");
  EXPECT_EQ(cached("k"), fresh);
}

INSTANTIATE_TEST_SUITE_P(
    Changes, LateValueTest,
    testing::Values(
        NamedChange{"Set", [](Cache& cache) { cache.set("k", "set"); }, "set"},
        NamedChange{"SetThatExpiresAtOnce",
                    [](Cache& cache) { cache.set("k", "set", {.ttl = milliseconds(0)}); },
                    "(none)"},
        NamedChange{"SetMany",
                    [](Cache& cache) {
                      const std::array<KeyValue, 2> all{{{"k", "many"}, {"l", "many"}}};
                      static_cast<void>(cache.set_many(all));
                    },
                    "many"},
        NamedChange{"Erase", [](Cache& cache) { cache.erase("k"); }, "(none)"},
        NamedChange{"SetAndErase",
                    [](Cache& cache) {
                      cache.set("k", "set");
                      cache.erase("k");
                    },
                    "(none)"},
        NamedChange{"Increment",
                    [](Cache& cache) {
                      std::int64_t result = 0;
                      static_cast<void>(cache.increment("k", 5, result));
                    },
                    "5"},
        NamedChange{"Append",
                    [](Cache& cache) {
                      std::size_t size = 0;
                      static_cast<void>(cache.append("k", "appended", size));
                    },
                    "appended"},
        NamedChange{"Rename",
                    [](Cache& cache) {
                      const std::array<Key, 2> both{"source", "k"};
                      static_cast<void>(cache.lock(both).rename("source", "k"));
                    },
                    "renamed"},
        NamedChange{"Clear", [](Cache& cache) { cache.clear(); }, "(none)"},
        NamedChange{"ClearOfTheDatabase", [](Cache& cache) { cache.clear(0); }, "(none)"},
        NamedChange{"InvalidationOfATag", [](Cache& cache) { cache.invalidate_tag("tag"); },
                    "(none)"},
        NamedChange{"InvalidationOfAPrefix", [](Cache& cache) { cache.invalidate_prefix("k"); },
                    "(none)"},
        NamedChange{"SwapOfDatabases", [](Cache& cache) { cache.swap_databases(0, 1); }, "(none)"}),
    [](const auto& change) { return change.param.name; });

TEST_F(LoadingCacheTest, AWriteThatStoredNothingIsNoChange) {
  SlowLoad load(loading_, "k", "v");
  cache_.set("k", "set", {.when = SetOptions::When::kIfPresent});
  cache_.set("k", std::string(7 << 20, 'x'));
  cache_.clear(1);
  cache_.invalidate_tag("another");
  cache_.invalidate_prefix("another");
  EXPECT_EQ(text(load.finish()), "v");
  EXPECT_EQ(cached("k"), "v");
}

TEST_F(LoadingCacheTest, EvictionAndExpiryMeanwhileAreNoChange) {
  cache_.set("k", "old", {.ttl = milliseconds(5)});
  clock_.advance_ms(5);
  SlowLoad load(loading_, "k", "v");
  cache_.maintain();
  for (int i = 0; i < 100'000; ++i) cache_.set("fill:" + std::to_string(i), std::string(100, 'x'));
  EXPECT_EQ(text(load.finish()), "v");
  EXPECT_EQ(cached("k"), "v");
}

TEST_F(LoadingCacheTest, OfTwoLoadsOfOneKeyTheLaterOneIsStored) {
  SlowLoad early(loading_, "k", "early");
  cache_.erase("k");
  SlowLoad later(loading_, "k", "later");
  EXPECT_EQ(text(early.finish()), "early");
  EXPECT_EQ(cached("k"), "(none)");
  EXPECT_EQ(text(later.finish()), "later");
  EXPECT_EQ(cached("k"), "later");
}

// --- Many keys -----------------------------------------------------------------------------------

class BatchLoadTest : public LoadingCacheTest {
 protected:
  /// Loads each key's name, and remembers what it was asked for.
  auto namer() {
    return [this](std::span<const Key> missed) {
      std::vector<Loaded> loaded;
      for (const Key& key : missed) {
        asked_.emplace_back(key.bytes());
        loaded.emplace_back("value of " + std::string(key.bytes()));
      }
      ++loads_;
      return loaded;
    };
  }
  std::vector<std::string> asked_;
};

TEST_F(BatchLoadTest, AllMissesAreOneCallOfTheLoader) {
  cache_.set("b", "cached");
  const std::array<Key, 3> keys{"a", "b", "c"};
  const auto results = loading_.get_or_compute_many(keys, namer());
  ASSERT_EQ(results.size(), 3);
  EXPECT_EQ(text(results[0]), "value of a");
  EXPECT_EQ(text(results[1]), "cached");
  EXPECT_EQ(text(results[2]), "value of c");
  EXPECT_THAT(asked_, ElementsAre("a", "c"));
  EXPECT_EQ(loads_, 1);
  EXPECT_EQ(cached("c"), "value of c");
}

TEST_F(BatchLoadTest, TheLoaderIsNotCalledForNoMisses) {
  cache_.set("a", "cached");
  const std::array<Key, 1> keys{"a"};
  EXPECT_EQ(text(loading_.get_or_compute_many(keys, namer())[0]), "cached");
  EXPECT_TRUE(loading_.get_or_compute_many({}, namer()).empty());
  EXPECT_EQ(loads_, 0);
}

TEST_F(BatchLoadTest, AKeyThatIsThereTwiceIsLoadedOnce) {
  const std::array<Key, 3> keys{"a", "b", "a"};
  const auto results = loading_.get_or_compute_many(keys, namer());
  EXPECT_THAT(asked_, ElementsAre("a", "b"));
  EXPECT_EQ(text(results[0]), "value of a");
  EXPECT_EQ(text(results[2]), "value of a");
}

TEST_F(BatchLoadTest, AKeyThatAnotherCallLoadsIsWaitedFor) {
  SlowLoad load(loading_, "a", "slow");
  const std::array<Key, 2> keys{"a", "b"};
  const auto timed_out =
      loading_.get_or_compute_many(keys, namer(), {}, {.timeout = milliseconds(0)});
  EXPECT_EQ(timed_out[0].status, LoadStatus::kTimedOut);
  EXPECT_EQ(text(timed_out[1]), "value of b");
  EXPECT_EQ(text(load.finish()), "slow");
  EXPECT_EQ(text(loading_.get_or_compute_many(keys, namer())[0]), "slow");
  EXPECT_THAT(asked_, ElementsAre("b"));
}

TEST_F(BatchLoadTest, EachKeyMayFailByItself) {
  const std::array<Key, 2> keys{"a", "b"};
  const auto results = loading_.get_or_compute_many(keys, [](std::span<const Key>) {
    return std::vector<Loaded>{"v", LoadError{"no b"}};
  });
  EXPECT_EQ(text(results[0]), "v");
  EXPECT_EQ(results[1].error->message, "no b");
}

TEST_F(BatchLoadTest, AWrongNumberOfResultsIsAFailureOfAll) {
  const std::array<Key, 2> keys{"a", "b"};
  const auto results = loading_.get_or_compute_many(
      keys, [](std::span<const Key>) { return std::vector<Loaded>{"v"}; });
  for (const LoadResult& result : results) {
    ASSERT_EQ(result.status, LoadStatus::kFailed);
    EXPECT_EQ(result.error->message, "the loader returned 1 results for 2 keys");
  }
  EXPECT_EQ(cached("a"), "(none)");
}

TEST_F(BatchLoadTest, AnExceptionIsAFailureOfAll) {
  const std::array<Key, 2> keys{"a", "b"};
  const auto results = loading_.get_or_compute_many(
      keys, [](std::span<const Key>) -> std::vector<Loaded> { throw std::runtime_error("down"); });
  EXPECT_EQ(results[0].error->message, "down");
  EXPECT_EQ(results[1].error->message, "down");
}

// --- Without blocking ----------------------------------------------------------------------------

class AsyncLoadTest : public LoadingCacheTest {
 protected:
  void load(Key key, const std::string& value) {
    loading_.get_or_compute_async(key, loader_of(value), queue_.executor(),
                                  [this](const LoadResult& result) {
                                    results_.push_back(text(result));
                                    last_ = result;
                                  });
  }
  TaskQueue queue_;
  std::vector<std::string> results_;
  LoadResult last_;
};

TEST_F(AsyncLoadTest, AHitIsDeliveredByTheExecutor) {
  cache_.set("k", "v");
  load("k", "unused");
  EXPECT_TRUE(results_.empty());
  queue_.run();
  EXPECT_THAT(results_, ElementsAre("v"));
  EXPECT_EQ(loads_, 0);
}

TEST_F(AsyncLoadTest, AMissIsLoadedByTheExecutor) {
  load("k", "v");
  EXPECT_EQ(loads_, 0);
  queue_.run();
  EXPECT_THAT(results_, ElementsAre("v"));
  EXPECT_EQ(cached("k"), "v");
}

TEST_F(AsyncLoadTest, CallsJoinTheLoadThatIsUnderWay) {
  load("k", "first");
  load("k", "second");
  queue_.run();
  EXPECT_THAT(results_, ElementsAre("first", "first"));
  EXPECT_EQ(loads_, 1);
}

TEST_F(AsyncLoadTest, ACallThatBlocksJoinsToo) {
  load("k", "v");
  auto waiter = std::async(std::launch::async,
                           [&] { return loading_.get_or_compute("k", loader_of("unused")); });
  queue_.run();
  EXPECT_EQ(text(waiter.get()), "v");
}

TEST_F(AsyncLoadTest, AnExecutorOfItsOwnMayDeliver) {
  TaskQueue deliveries;
  const auto ask = [&](Key key) {
    loading_.get_or_compute_async(
        key, loader_of("loaded"), queue_.executor(),
        [this](const LoadResult& result) { results_.push_back(text(result)); }, {},
        deliveries.executor());
  };
  cache_.set("there", "hit");
  ask("there");
  ask("missed");
  deliveries.run();
  EXPECT_THAT(results_, ElementsAre("hit"));  // though no loader has run
  queue_.run();
  EXPECT_THAT(results_, ElementsAre("hit"));
  deliveries.run();
  EXPECT_THAT(results_, ElementsAre("hit", "loaded"));
}

TEST_F(AsyncLoadTest, AnErrorIsDelivered) {
  loading_.get_or_compute_async(
      "k", []() -> Loaded { throw std::runtime_error("down"); }, queue_.executor(),
      [this](const LoadResult& result) { last_ = result; });
  queue_.run();
  EXPECT_EQ(last_.status, LoadStatus::kFailed);
  EXPECT_EQ(last_.error->message, "down");
}

TEST_F(AsyncLoadTest, EverybodyWhoJoinedGetsTheError) {
  SlowLoad slow(loading_, "k", LoadError{"broken"});
  load("k", "unused");
  EXPECT_EQ(slow.finish().error->message, "broken");
  queue_.run();
  EXPECT_EQ(last_.status, LoadStatus::kFailed);
  EXPECT_EQ(last_.error->message, "broken");
  EXPECT_EQ(loads_, 0);
}

TEST_F(AsyncLoadTest, ADroppedTaskFailsTheLoad) {
  load("k", "v");
  TaskQueue other;
  loading_.get_or_compute_async("k", loader_of("unused"), other.executor(),
                                [this](const LoadResult& result) { last_ = result; });
  queue_.drop();
  other.run();
  EXPECT_EQ(last_.status, LoadStatus::kFailed);
  EXPECT_THAT(last_.error->message, HasSubstr("dropped"));
  EXPECT_EQ(text(loading_.get_or_compute("k", loader_of("again"))), "again");
}

/// An executor that takes so many tasks and throws at all others.
Executor full_after(int tasks, const Executor& takes) {
  return [left = tasks, takes](std::function<void()> task) mutable {
    if (left-- <= 0) throw std::runtime_error("full");
    takes(std::move(task));
  };
}

TEST_F(AsyncLoadTest, AnExecutorThatThrowsHasDroppedTheTask) {
  loading_.get_or_compute_async("k", loader_of("unused"), full_after(0, {}),
                                [](const LoadResult&) { FAIL(); });
  EXPECT_EQ(loads_, 0);
  EXPECT_EQ(text(loading_.get_or_compute("k", loader_of("again"))), "again");
}

TEST_F(AsyncLoadTest, AnExecutorThatThrowsKeepsNoOthersFromTheirResult) {
  SlowLoad slow(loading_, "k", "v");
  loading_.get_or_compute_async("k", loader_of("unused"), full_after(0, {}),
                                [](const LoadResult&) { FAIL(); });
  load("k", "unused");
  EXPECT_EQ(text(slow.finish()), "v");
  queue_.run();
  EXPECT_THAT(results_, ElementsAre("v"));
}

TEST_F(AsyncLoadTest, ACompletionThatThrowsIsTheExecutorsToCatch) {
  loading_.get_or_compute_async("k", loader_of("v"), queue_.executor(),
                                [](const LoadResult&) { throw std::runtime_error("done"); });
  load("k", "unused");
  EXPECT_THROW(queue_.run(), std::runtime_error);
  queue_.run();
  EXPECT_THAT(results_, ElementsAre("v"));
}

}  // namespace
}  // namespace libcache
