// The curve that a cache estimates beside what caches of other limits and policies do.

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <libcache/cache.h>
#include <libcache/loading_cache.h>
#include <libcache/miss_ratio_curve.h>

namespace libcache {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

class MissRatioCurveTest : public testing::Test {
 protected:
  ~MissRatioCurveTest() override { EXPECT_EQ(cache_->check_invariants(), ""); }

  Options options(std::size_t max_memory, Policy policy) {
    return {.max_memory = max_memory,
            .policy = policy,
            .shards = 1,
            .maintenance = Maintenance::kManual,
            .hash_seed = 1,
            .clock = &clock_};
  }
  std::unique_ptr<Cache> make(std::size_t max_memory, Policy policy, bool curve) {
    Options options = this->options(max_memory, policy);
    options.statistics.miss_ratio_curve = curve;
    return std::make_unique<Cache>(options);
  }
  /// Reads keys and stores what is missed; the hit ratio.
  double replay(Cache& cache, const std::function<std::uint64_t()>& next_key, int reads) {
    int hits = 0;
    const std::string value(kValueBytes, 'v');
    for (int i = 0; i < reads; ++i) {
      if (i % 8 == 0) clock_.advance_ms(1);
      if (i % 1000 == 0) cache.maintain();
      const std::string key = "key:" + std::to_string(next_key());
      if (cache.get_into(key, out_)) {
        ++hits;
      } else {
        EXPECT_EQ(cache.set(key, value).status, Status::kOk);
      }
    }
    return static_cast<double>(hits) / reads;
  }
  [[nodiscard]] MissRatioCurve curve() const { return cache_->stats().curve.value(); }

  static constexpr std::size_t kValueBytes = 1000;
  static constexpr std::size_t kLimit = 16 * kMiB;  // 16,000 entries

  ManualClock clock_;
  std::string out_;
  std::unique_ptr<Cache> cache_ = make(kLimit, Policy::kAllKeysLru, true);
};

/// Favourites that change slowly, and keys that come once.
std::function<std::uint64_t()> requests() {
  return [random = std::mt19937_64(5), step = std::uint64_t{0}]() mutable {
    ++step;
    if (random() % 8 == 0) return 1'000'000 + step;
    const double u = static_cast<double>(random() % 1'000'000 + 1) / 1e6;
    return static_cast<std::uint64_t>(std::pow(u, 2.5) * 100'000) + step / 100;
  };
}

TEST_F(MissRatioCurveTest, IsThatOfCachesOfOtherLimitsAndPolicies) {
  constexpr int kReads = 120'000;
  constexpr double kTwoPoints = 0.02;
  const double actual = replay(*cache_, requests(), kReads);
  const MissRatioCurve estimate = curve();
  EXPECT_NEAR(static_cast<double>(estimate.reads), kReads, kReads / 100.0);  // some seconds old
  EXPECT_NEAR(estimate.actual_hit_ratio, actual, 0.001);
  for (std::size_t policy = 0; policy != MissRatioCurve::kPolicies.size(); ++policy) {
    for (std::size_t size = 0; size != MissRatioCurve::kSizes.size(); ++size) {
      const auto limit = static_cast<std::size_t>(MissRatioCurve::kSizes[size] * kLimit);
      const auto other = make(limit, MissRatioCurve::kPolicies[policy], false);
      EXPECT_NEAR(estimate.hit_ratio[policy][size], replay(*other, requests(), kReads), kTwoPoints)
          << "policy " << policy << " at " << MissRatioCurve::kSizes[size] << " times the limit";
    }
  }
}

TEST_F(MissRatioCurveTest, ThereIsNoneUnlessAskedForOrWithoutALimit) {
  EXPECT_FALSE(make(kLimit, Policy::kAllKeysLru, false)->stats().curve);
  EXPECT_FALSE(make(0, Policy::kAllKeysLru, true)->stats().curve);
  EXPECT_TRUE(cache_->stats().curve);
}

TEST_F(MissRatioCurveTest, IsChargedToTheLimit) {
  const auto without = make(kLimit, Policy::kAllKeysLru, false);
  EXPECT_EQ(cache_->memory() - without->memory(), curve().memory);
  EXPECT_EQ(cache_->memory(), cache_->stats().total.memory());
  EXPECT_LT(curve().memory, kLimit / 64 + 100'000);
}

TEST_F(MissRatioCurveTest, ALowerLimitLeavesRoomForValues) {
  constexpr int kValues = 300;
  cache_ = make(256 * kMiB, Policy::kAllKeysLru, true);
  cache_->set_max_memory(kMiB);
  EXPECT_LE(curve().memory, kMiB / 8);
  for (int i = 0; i < kValues; ++i) {
    EXPECT_EQ(cache_->set(std::to_string(i), std::string(kValueBytes, 'v')).status, Status::kOk);
  }
  EXPECT_EQ(cache_->size(), std::size_t{kValues});
  // Some room is left to caches of a quarter of the limit.
  EXPECT_TRUE(cache_->get("299"));
  EXPECT_EQ(curve().hit_ratio[0][0], 1);
  EXPECT_EQ(cache_->memory(), cache_->stats().total.memory());
}

TEST_F(MissRatioCurveTest, KnowsAKeyUntilItIsGoneForEverybody) {
  const auto known = [this] { return curve().keys; };
  cache_->set("a", "1");
  EXPECT_EQ(known(), 1U);
  cache_->erase("a");
  EXPECT_EQ(known(), 0U);
  cache_->set("a", "1");
  EXPECT_EQ(cache_->expire_at("a", clock_.now_ms() - 1), Status::kOk);
  EXPECT_EQ(known(), 0U);
  cache_->set("a", "1", {.tags = {"t"}});
  cache_->invalidate_tag("t");
  EXPECT_FALSE(cache_->get("a"));
  EXPECT_EQ(known(), 0U);
  cache_->set("a", "1");
  cache_->invalidate_prefix("");
  EXPECT_EQ(known(), 0U);
  cache_->set("a", "1", {.ttl = std::chrono::milliseconds(5)});
  clock_.advance_ms(5);
  EXPECT_FALSE(cache_->get("a"));
  EXPECT_EQ(known(), 0U);
  cache_->set({"a", 3}, "1");
  cache_->clear(2);
  EXPECT_EQ(known(), 1U);
  cache_->swap_databases(2, 3);
  cache_->clear(2);
  EXPECT_EQ(known(), 0U);
}

TEST_F(MissRatioCurveTest, AHotKeyLeavesTheOthersInTheSample) {
  constexpr int kKeys = 300;
  for (int i = 0; i < kKeys; ++i) cache_->set(std::to_string(i), "1");
  for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(cache_->get_into("7", out_));
  EXPECT_EQ(curve().keys, kKeys);
  EXPECT_EQ(curve().sampling_rate, 1);
}

TEST_F(MissRatioCurveTest, DoesNotKnowWhatIsNotThere) {
  LoadingCache loading(*cache_, {});
  const auto nothing = []() -> Loaded { return Absent(); };
  EXPECT_FALSE(loading.get_or_compute("a", nothing, {.absent_ttl = std::chrono::minutes(1)}));
  EXPECT_FALSE(cache_->get("b"));
  EXPECT_EQ(curve().keys, 0U);
}

TEST_F(MissRatioCurveTest, AnotherLimitOrAResetBeginsAnew) {
  replay(*cache_, requests(), 1000);
  cache_->set_max_memory(2 * kLimit);
  EXPECT_EQ(curve().reads, 0U);
  replay(*cache_, requests(), 1000);
  EXPECT_EQ(curve().reads, 1000U);
  cache_->reset_stats();
  EXPECT_EQ(curve().reads, 0U);
}

TEST_F(MissRatioCurveTest, AResetWhileMaintenanceCountsLeavesNothing) {
  constexpr int kRounds = 2000;
  Options options = this->options(256 * kMiB, Policy::kAllKeysLru);
  options.shards = 16;
  options.statistics.miss_ratio_curve = true;
  cache_ = std::make_unique<Cache>(options);
  std::barrier together(2);
  std::thread other([&] {
    for (int i = 0; i < kRounds; ++i) {
      together.arrive_and_wait();
      cache_->maintain();
      together.arrive_and_wait();
    }
  });
  for (int i = 0; i < kRounds; ++i) {
    EXPECT_FALSE(cache_->get("a"));
    clock_.advance_ms(10'000);
    together.arrive_and_wait();
    cache_->reset_stats();
    together.arrive_and_wait();
    EXPECT_EQ(curve().reads, 0U);
  }
  other.join();
}

TEST_F(MissRatioCurveTest, WhatIsCountedMeanwhileIsCountedOnce) {
  constexpr std::uint64_t kReads = 20'000;
  std::thread reader([this] {
    for (std::uint64_t i = 0; i < kReads; ++i) EXPECT_FALSE(cache_->get("a"));
  });
  std::thread maintenance([this] {
    for (int i = 0; i < 100; ++i) {
      clock_.advance_ms(10'000);
      cache_->maintain();
    }
  });
  std::uint64_t most = 0;
  for (int i = 0; i < 1000; ++i) most = std::max(most, curve().reads);
  reader.join();
  maintenance.join();
  EXPECT_LE(most, kReads);
  EXPECT_LE(curve().reads, kReads);
}

TEST_F(MissRatioCurveTest, MaintenanceComesEachTenSeconds) {
  EXPECT_FALSE(cache_->get("a"));
  EXPECT_EQ(cache_->maintain(), clock_.now_ms() + 10'000);
}

}  // namespace
}  // namespace libcache
