// What happens to a value as it grows old: stale, refreshed behind, refreshed early, with jitter.

#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libcache/loading_cache.h>

#include "loading_fixture.h"

namespace libcache {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr LoadOptions kFreshThenStale{.ttl = milliseconds(100), .stale_for = milliseconds(50)};

/// Refreshes run when the queue is told to.
class StaleTest : public LoadingCacheTest {
 protected:
  LoadResult ask(const std::string& value) {
    return loading_behind_.get_or_compute("k", loader_of(value), kFreshThenStale);
  }
  LoadResult ask_for_error() {
    return loading_behind_.get_or_compute(
        "k",
        [this]() -> Loaded {
          ++loads_;
          return LoadError{"down"};
        },
        kFreshThenStale);
  }

  TaskQueue queue_;
  LoadingCache loading_behind_{cache_, {.refresh_on = queue_.executor()}};
};

TEST_F(StaleTest, AValueIsFreshForItsTtl) {
  EXPECT_TRUE(ask("old"));
  clock_.advance_ms(99);
  EXPECT_EQ(ask("new").status, LoadStatus::kHit);
  queue_.run();
  EXPECT_EQ(loads_, 1);
}

TEST_F(StaleTest, AStaleValueIsReturnedAtOnceAndRefreshedBehind) {
  EXPECT_TRUE(ask("old"));
  clock_.advance_ms(100);
  const LoadResult result = ask("new");
  EXPECT_EQ(result.status, LoadStatus::kStale);
  EXPECT_EQ(text(result), "old");
  EXPECT_EQ(loads_, 1);
  queue_.run();
  EXPECT_EQ(text(ask("unused")), "new");
  EXPECT_EQ(ask("unused").status, LoadStatus::kHit);
}

TEST_F(StaleTest, ThereIsOneRefreshAtATime) {
  EXPECT_TRUE(ask("old"));
  clock_.advance_ms(120);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(text(ask("new " + std::to_string(i))), "old");
  queue_.run();
  EXPECT_EQ(cached("k"), "new 0");
  EXPECT_EQ(loads_, 2);
}

TEST_F(StaleTest, AnOldValueIsGoneWhenItWasStaleForLongEnough) {
  EXPECT_TRUE(ask("old"));
  clock_.advance_ms(150);
  EXPECT_EQ(cached("k"), "(none)");
  EXPECT_EQ(ask("new").status, LoadStatus::kLoaded);
}

TEST_F(StaleTest, AStaleValueOutlivesARefreshThatFails) {
  EXPECT_TRUE(ask("old"));
  clock_.advance_ms(100);
  EXPECT_EQ(text(ask_for_error()), "old");
  queue_.run();
  EXPECT_EQ(text(ask("new")), "old");  // and is refreshed again
  queue_.run();
  EXPECT_EQ(cached("k"), "new");
}

TEST_F(StaleTest, ARefreshThatFindsNothingRemovesTheValue) {
  EXPECT_TRUE(ask("old"));
  clock_.advance_ms(100);
  EXPECT_TRUE(loading_behind_.get_or_compute(
      "k", []() -> Loaded { return Absent{}; }, kFreshThenStale));
  queue_.run();
  EXPECT_EQ(cached("k"), "(none)");
}

TEST_F(StaleTest, ARefreshThatWasOvertakenStoresNothing) {
  const std::vector<std::function<void()>> changes = {
      [&] { cache_.set("k", "set", {.ttl = milliseconds(1000)}); },
      [&] { cache_.set("k", "set with the same layout"); },
      [&] { cache_.erase("k"); },
      [&] { cache_.clear(); },
      [&] { static_cast<void>(cache_.expire_at("k", clock_.now_ms() + 1000)); },
      [&] { static_cast<void>(cache_.expire_at("k", clock_.now_ms())); },
      [&] { static_cast<void>(cache_.persist("k")); },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    cache_.erase("k");
    EXPECT_TRUE(ask("old"));
    clock_.advance_ms(100);
    EXPECT_EQ(text(ask("late")), "old");
    changes[i]();
    const std::string changed = cached("k");
    queue_.run();
    EXPECT_EQ(cached("k"), changed) << i;
  }
}

TEST_F(StaleTest, EvictionMeanwhileIsNoChange) {
  EXPECT_TRUE(ask("old"));
  clock_.advance_ms(100);
  EXPECT_EQ(text(ask("new")), "old");
  clock_.advance_ms(50);
  cache_.maintain();
  queue_.run();
  EXPECT_EQ(cached("k"), "new");
}

TEST_F(StaleTest, WithoutAnExecutorOneCallRefreshesBeforeItReturns) {
  EXPECT_TRUE(loading_.get_or_compute("k", loader_of("old"), kFreshThenStale));
  clock_.advance_ms(100);
  const LoadResult result = loading_.get_or_compute("k", loader_of("new"), kFreshThenStale);
  EXPECT_EQ(result.status, LoadStatus::kLoaded);
  EXPECT_EQ(text(result), "new");
}

TEST_F(StaleTest, WithoutAnExecutorAllOtherCallsGetTheStaleValue) {
  EXPECT_TRUE(loading_.get_or_compute("k", loader_of("old"), kFreshThenStale));
  clock_.advance_ms(100);
  SlowLoad refresh(loading_, "k", "new", kFreshThenStale);
  const LoadResult other = loading_.get_or_compute("k", loader_of("unused"), kFreshThenStale);
  EXPECT_EQ(other.status, LoadStatus::kStale);
  EXPECT_EQ(text(other), "old");
  EXPECT_EQ(text(refresh.finish()), "new");
}

TEST_F(StaleTest, WithoutAnExecutorAnErrorIsAnsweredWithTheStaleValue) {
  EXPECT_TRUE(loading_.get_or_compute("k", loader_of("old"), kFreshThenStale));
  clock_.advance_ms(100);
  const LoadResult result = loading_.get_or_compute(
      "k", []() -> Loaded { throw std::runtime_error("down"); }, kFreshThenStale);
  EXPECT_EQ(result.status, LoadStatus::kStale);
  EXPECT_EQ(text(result), "old");
}

TEST_F(StaleTest, ALoaderThatCannotBeCopiedRefreshesInTheCall) {
  EXPECT_TRUE(ask("old"));
  clock_.advance_ms(100);
  auto value = std::make_unique<std::string>("new");
  const LoadResult result = loading_behind_.get_or_compute(
      "k", [value = std::move(value)]() -> Loaded { return *value; }, kFreshThenStale);
  EXPECT_EQ(text(result), "new");
}

TEST_F(StaleTest, AnExecutorThatThrowsLeavesTheStaleValue) {
  EXPECT_TRUE(ask("old"));
  clock_.advance_ms(100);
  LoadingCache full(cache_,
                    {.refresh_on = [](const auto&) { throw std::runtime_error("no room"); }});
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(text(full.get_or_compute("k", loader_of("unused"), kFreshThenStale)), "old");
  }
  EXPECT_EQ(loads_, 1);
  EXPECT_EQ(text(ask("new")), "old");
  queue_.run();
  EXPECT_EQ(cached("k"), "new");
}

TEST_F(StaleTest, TheCachesDefaultTtlCountsToo) {
  Cache cache({.max_memory = 8 << 20,
               .default_ttl = milliseconds(100),
               .maintenance = Maintenance::kManual,
               .clock = &clock_});
  LoadingCache loading(cache);
  const LoadOptions options{.stale_for = milliseconds(50)};
  EXPECT_TRUE(loading.get_or_compute("k", loader_of("old"), options));
  EXPECT_EQ(cache.deadline("k"), clock_.now_ms() + 150);
  clock_.advance_ms(99);
  EXPECT_EQ(loading.get_or_compute("k", loader_of("new"), options).status, LoadStatus::kHit);
}

TEST_F(StaleTest, AValueWithoutALifetimeIsAlwaysFresh) {
  const LoadOptions options{.stale_for = milliseconds(50)};
  EXPECT_TRUE(loading_.get_or_compute("k", loader_of("v"), options));
  clock_.advance_ms(1'000'000);
  EXPECT_EQ(loading_.get_or_compute("k", loader_of("new"), options).status, LoadStatus::kHit);
}

TEST_F(StaleTest, OfManyKeysTheStaleOnesAreRefreshedBehindTogether) {
  const std::array<Key, 3> keys{"a", "b", "c"};
  std::vector<std::size_t> calls;
  const auto loader = [&calls](std::span<const Key> missed) {
    calls.push_back(missed.size());
    return std::vector<Loaded>(missed.size(), Loaded("value " + std::to_string(calls.size())));
  };
  static_cast<void>(
      loading_behind_.get_or_compute_many(std::span(keys).first(2), loader, kFreshThenStale));
  clock_.advance_ms(100);
  const auto results = loading_behind_.get_or_compute_many(keys, loader, kFreshThenStale);
  EXPECT_EQ(results[0].status, LoadStatus::kStale);
  EXPECT_EQ(text(results[1]), "value 1");
  EXPECT_EQ(text(results[2]), "value 2");
  queue_.run();
  EXPECT_EQ(cached("a"), "value 3");
  EXPECT_THAT(calls, testing::ElementsAre(2, 1, 2));
}

/// Counts its copies.
struct CopiedLoader {
  explicit CopiedLoader(int& count) : copies(&count) {}
  CopiedLoader(const CopiedLoader& other) : copies(other.copies) { ++*copies; }
  CopiedLoader& operator=(const CopiedLoader&) = delete;
  std::vector<Loaded> operator()(std::span<const Key> missed) const {
    return std::vector<Loaded>(missed.size(), "v");
  }
  int* copies;
};

TEST_F(StaleTest, OfManyKeysTheLoaderIsCopiedOnlyForARefreshBehind) {
  int copies = 0;
  const CopiedLoader loader(copies);
  const std::array<Key, 2> keys{"a", "b"};
  for (int i = 0; i < 2; ++i) {  // misses, then hits
    static_cast<void>(loading_behind_.get_or_compute_many(keys, loader, kFreshThenStale));
  }
  EXPECT_EQ(copies, 0);
  clock_.advance_ms(100);
  static_cast<void>(loading_behind_.get_or_compute_many(keys, loader, kFreshThenStale));
  EXPECT_GT(copies, 0);
}

TEST_F(StaleTest, OfManyKeysAFailedRefreshInTheCallLeavesTheStaleValue) {
  const std::array<Key, 2> keys{"a", "b"};
  EXPECT_TRUE(loading_.get_or_compute("a", loader_of("old"), kFreshThenStale));
  clock_.advance_ms(100);
  const auto results = loading_.get_or_compute_many(
      keys, [](std::span<const Key>) -> std::vector<Loaded> { throw std::runtime_error("down"); },
      kFreshThenStale);
  EXPECT_EQ(text(results[0]), "old");
  EXPECT_EQ(results[1].status, LoadStatus::kFailed);
  EXPECT_EQ(results[1].error->message, "down");
}

TEST_F(StaleTest, WithoutBlockingTheStaleValueIsDeliveredAndRefreshed) {
  EXPECT_TRUE(ask("old"));
  clock_.advance_ms(100);
  LoadResult delivered;
  loading_behind_.get_or_compute_async(
      "k", loader_of("new"), queue_.executor(),
      [&](const LoadResult& result) { delivered = result; }, kFreshThenStale);
  queue_.run();
  EXPECT_EQ(delivered.status, LoadStatus::kStale);
  EXPECT_EQ(text(delivered), "old");
  EXPECT_EQ(cached("k"), "new");
}

// --- Early refresh -------------------------------------------------------------------------------

class EarlyRefreshTest : public LoadingCacheTest {
 protected:
  static constexpr LoadOptions kOptions{.ttl = milliseconds(100'000)};

  /// In how many of 1000 hits a refresh is due, each so many times what a load took before the end.
  int refreshes(double beta, double loads_before_end) {
    LoadingCache loading(cache_, {.early_refresh = beta, .seed = 7});
    const auto slow = []() -> Loaded {
      const auto end = std::chrono::steady_clock::now() + milliseconds(20);
      while (std::chrono::steady_clock::now() < end) {
      }
      return "v";
    };
    cache_.erase("k");
    cache_.reset_stats();
    EXPECT_TRUE(loading.get_or_compute("k", slow, kOptions));
    const double load_ms = static_cast<double>(cache_.stats().total.load_ns) / 1e6;
    clock_.advance_ms(kOptions.ttl->count() -
                      static_cast<std::int64_t>(loads_before_end * load_ms));
    loads_ = 0;
    for (int i = 0; i < 1000; ++i) {
      EXPECT_TRUE(loading.get_or_compute(
          "k",
          [this]() -> Loaded {
            ++loads_;
            return LoadError{"keep the old one"};
          },
          kOptions));
    }
    return loads_;
  }
};

// The probability is exp(-left / (beta x what a load takes)).

TEST_F(EarlyRefreshTest, IsTheMoreProbableTheNearerTheEnd) {
  EXPECT_LT(refreshes(1, 10), 5);
  EXPECT_THAT(refreshes(1, 1), testing::AllOf(testing::Gt(300), testing::Lt(450)));  // 368
  EXPECT_GT(refreshes(1, 0.05), 900);
}

TEST_F(EarlyRefreshTest, IsEarlierWithALargerBeta) {
  EXPECT_THAT(refreshes(10, 10), testing::AllOf(testing::Gt(300), testing::Lt(450)));
}

TEST_F(EarlyRefreshTest, IsOffUnlessAskedFor) { EXPECT_EQ(refreshes(0, 0.05), 0); }

// --- Jitter and options --------------------------------------------------------------------------

TEST_F(LoadingCacheTest, JitterShortensLifetimesByUpToItsShare) {
  LoadingCache loading(cache_, {.ttl_jitter = 0.5, .seed = 1});
  std::set<std::int64_t> lifetimes;
  for (int i = 0; i < 1000; ++i) {
    const std::string key = "k" + std::to_string(i);
    EXPECT_TRUE(loading.get_or_compute(key, loader_of("v"), {.ttl = milliseconds(10'000)}));
    lifetimes.insert(*cache_.deadline(key) - clock_.now_ms());
  }
  EXPECT_GT(*lifetimes.begin(), 5000);
  EXPECT_LT(*lifetimes.begin(), 5100);
  EXPECT_LE(*lifetimes.rbegin(), 10'000);
  EXPECT_GT(*lifetimes.rbegin(), 9900);
  EXPECT_GT(lifetimes.size(), 850);  // 1000 draws of 5000 hit about 906 different ones
}

TEST_F(LoadingCacheTest, JitterFollowsFromKeyAndSeed) {
  const auto lifetime = [&](std::uint64_t seed) {
    LoadingCache loading(cache_, {.ttl_jitter = 0.5, .seed = seed});
    cache_.erase("k");
    EXPECT_TRUE(loading.get_or_compute("k", loader_of("v"), {.ttl = milliseconds(1'000'000)}));
    return *cache_.deadline("k") - clock_.now_ms();
  };
  EXPECT_EQ(lifetime(1), lifetime(1));
  EXPECT_NE(lifetime(1), lifetime(2));
}

TEST_F(LoadingCacheTest, LifetimesWithoutEndDoNotOverflow) {
  LoadingCache loading(cache_, {.ttl_jitter = 0.1});
  const LoadOptions options{.ttl = milliseconds::max(), .stale_for = milliseconds::max()};
  EXPECT_TRUE(loading.get_or_compute("k", loader_of("v"), options));
  EXPECT_EQ(loading.get_or_compute("k", loader_of("v"), options).status, LoadStatus::kHit);
}

TEST_F(LoadingCacheTest, OptionsOutOfRangeAreRefused) {
  const auto refusal = [&](const LoadingOptions& options) -> std::string {
    try {
      const LoadingCache loading(cache_, options);
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(refusal({.early_refresh = -1}), HasSubstr("early_refresh must be at least 0"));
  EXPECT_THAT(refusal({.early_refresh = INFINITY}), HasSubstr("early_refresh"));
  EXPECT_THAT(refusal({.ttl_jitter = 1}), HasSubstr("ttl_jitter must be from 0 to below 1"));
  EXPECT_THAT(refusal({.ttl_jitter = NAN}), HasSubstr("ttl_jitter"));
  EXPECT_EQ(refusal({.early_refresh = 1, .ttl_jitter = 0.99}), "");
}

}  // namespace
}  // namespace libcache
