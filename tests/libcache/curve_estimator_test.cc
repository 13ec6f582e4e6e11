// What is estimated beside what caches of those sizes really do.

#include "curve_estimator.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <random>
#include <unordered_map>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <libcache/clock.h>

#include "random.h"

namespace libcache {
namespace {

constexpr std::size_t kOverhead = 16;  // as the estimator assumes until it learns otherwise
constexpr std::size_t kLru = 0;

/// A cache that evicts exactly the least recently used, of keys with sizes, without values.
class ExactLru {
 public:
  explicit ExactLru(std::size_t capacity) : capacity_(capacity) {}

  bool read(std::uint64_t key) {
    const auto found = table_.find(key);
    if (found == table_.end()) return false;
    order_.splice(order_.begin(), order_, found->second);
    return true;
  }
  void store(std::uint64_t key, std::size_t bytes) {
    erase(key);
    order_.push_front({key, bytes + kOverhead});
    table_[key] = order_.begin();
    used_ += bytes + kOverhead;
    while (used_ > capacity_) erase(order_.back().first);
  }
  void erase(std::uint64_t key) {
    const auto found = table_.find(key);
    if (found == table_.end()) return;
    used_ -= found->second->second;
    order_.erase(found->second);
    table_.erase(found);
  }
  void clear() {
    used_ = 0;
    order_.clear();
    table_.clear();
  }

 private:
  using Order = std::list<std::pair<std::uint64_t, std::size_t>>;
  const std::size_t capacity_;
  std::size_t used_ = 0;
  Order order_;
  std::unordered_map<std::uint64_t, Order::iterator> table_;
};

/// Exact caches of all sizes, and an estimator that sees what the one of the size 1 does. What is
/// missed is stored.
class CurveEstimatorTest : public testing::Test {
 protected:
  // It holds 52,428 entries of 1264 + 16 bytes.
  static constexpr std::size_t kLimit = std::size_t{64} << 20;
  static constexpr std::size_t kBytes = 1264;
  static constexpr int kReads = 600'000;
  static constexpr std::size_t kReal = 2;

  CurveEstimatorTest() {
    for (const double size : MissRatioCurve::kSizes) {
      caches_.emplace_back(static_cast<std::size_t>(size * kLimit));
    }
  }
  ~CurveEstimatorTest() override { EXPECT_EQ(estimator_.check_invariants(), ""); }

  static KeyHash hash(std::uint64_t key) { return {next_random(key)}; }

  void read(std::uint64_t key, std::size_t bytes, std::int64_t ttl_ms = kNoTtl) {
    // Slowly, so that the number of keys alone decides how many take part.
    if (++reads_ % 8 == 0) clock_.advance_ms(1);
    expire_due();
    bool found = false;
    for (std::size_t size = 0; size != caches_.size(); ++size) {
      const bool hit = caches_[size].read(key);
      hits_[size] += hit ? 1 : 0;
      if (size == kReal) found = hit;
      if (!hit) caches_[size].store(key, bytes);
    }
    if (!deadlines_.contains(key) && ttl_ms != kNoTtl) {
      deadlines_[key] = clock_.now_ms() + ttl_ms;
      due_.emplace_back(deadlines_[key], key);
    }
    const auto deadline = deadlines_.find(key);
    const CurveEstimator::Entry entry{
        bytes, deadline == deadlines_.end() ? kNoDeadline : deadline->second};
    estimator_.read(hash(key), 0, found ? std::optional(entry) : std::nullopt);
    if (!found) estimator_.stored(hash(key), 0, entry);
  }
  void store(std::uint64_t key, std::size_t bytes) {
    for (ExactLru& cache : caches_) cache.store(key, bytes);
    estimator_.stored(hash(key), 0, {bytes, kNoDeadline});
  }
  void erase(std::uint64_t key) {
    for (ExactLru& cache : caches_) cache.erase(key);
    estimator_.erased(hash(key), 0);
  }

  [[nodiscard]] double exact(std::size_t size) const {
    return static_cast<double>(hits_[size]) / static_cast<double>(reads_);
  }
  [[nodiscard]] MissRatioCurve curve() const {
    return estimator_.curve({.reads = reads_, .hits = hits_[kReal]});
  }
  [[nodiscard]] double estimated(std::size_t size) const { return curve().hit_ratio[kLru][size]; }
  void expect_close() const {
    constexpr double kPoint = 0.01;
    for (std::size_t size = 0; size != caches_.size(); ++size) {
      EXPECT_NEAR(estimated(size), exact(size), kPoint)
          << "at " << MissRatioCurve::kSizes[size] << " times the limit; " << curve().keys
          << " keys, " << curve().sampling_rate;
    }
  }

  ManualClock clock_;
  Budget budget_{kLimit};
  CurveEstimator estimator_{budget_, clock_, /*seed=*/1};
  std::vector<ExactLru> caches_;
  std::mt19937_64 random_{3};

 private:
  static constexpr std::int64_t kNoTtl = 0;

  /// A key expires in all caches at once: what is missed meanwhile expires when the others do.
  void expire_due() {
    while (!due_.empty() && due_.front().first <= clock_.now_ms()) {
      const std::uint64_t key = due_.front().second;
      for (ExactLru& cache : caches_) cache.erase(key);
      deadlines_.erase(key);
      due_.pop_front();
    }
  }

  std::unordered_map<std::uint64_t, std::int64_t> deadlines_;
  std::deque<std::pair<std::int64_t, std::uint64_t>> due_;
  std::array<std::uint64_t, MissRatioCurve::kSizes.size()> hits_{};
  std::uint64_t reads_ = 0;
};

/// Draws from 0 to n - 1, the k-th in proportion to k^-exponent.
class Zipf {
 public:
  Zipf(std::size_t n, double exponent) {
    std::vector<double> weights;
    for (std::size_t k = 1; k <= n; ++k) {
      weights.push_back(std::pow(static_cast<double>(k), -exponent));
    }
    distribution_ = std::discrete_distribution<std::size_t>(weights.begin(), weights.end());
  }
  std::size_t operator()(std::mt19937_64& random) { return distribution_(random); }

 private:
  std::discrete_distribution<std::size_t> distribution_;
};

TEST_F(CurveEstimatorTest, FindsTheCurveOfUniformReads) {
  for (int i = 0; i < kReads; ++i) read(random_() % 100'000, kBytes);
  expect_close();
}

TEST_F(CurveEstimatorTest, FindsTheCurveOfSkewedReads) {
  Zipf zipf(300'000, 0.9);
  for (int i = 0; i < kReads; ++i) read(zipf(random_), kBytes);
  expect_close();
}

TEST_F(CurveEstimatorTest, FindsTheCliffOfALoop) {
  for (int i = 0; i < kReads; ++i) read(static_cast<std::uint64_t>(i) % 60'000, kBytes);
  expect_close();
  EXPECT_LT(exact(kReal), 0.01);
  EXPECT_GT(exact(kReal + 1), 0.8);
}

TEST_F(CurveEstimatorTest, WeighsValuesOfManySizes) {
  Zipf zipf(200'000, 0.8);
  for (int i = 0; i < kReads; ++i) {
    const std::size_t key = zipf(random_);
    read(key, std::size_t{500} << key % 4);
  }
  expect_close();
}

TEST_F(CurveEstimatorTest, FollowsOverwritesWithOtherSizes) {
  Zipf zipf(200'000, 0.8);
  for (int i = 0; i < kReads; ++i) {
    read(zipf(random_), kBytes);
    if (i % 4 == 0) store(zipf(random_), 100 + random_() % 2000);
  }
  expect_close();
}

TEST_F(CurveEstimatorTest, FollowsWhatIsErased) {
  Zipf zipf(200'000, 0.8);
  for (int i = 0; i < kReads; ++i) {
    read(zipf(random_), kBytes);
    if (i % 4 == 0) erase(zipf(random_));
  }
  expect_close();
}

TEST_F(CurveEstimatorTest, FollowsWhatExpires) {
  Zipf zipf(200'000, 0.8);
  constexpr std::int64_t kTtlMs = 10'000;  // of 75 s
  for (int i = 0; i < kReads; ++i) read(zipf(random_), kBytes, kTtlMs);
  expect_close();
  // More memory is of little use then.
  EXPECT_LT(exact(kReal + 2) - exact(kReal), 0.05);
}

TEST_F(CurveEstimatorTest, FollowsWhatIsCleared) {
  for (int i = 0; i < kReads; ++i) {
    read(random_() % 100'000, kBytes);
    if (i % (kReads / 5) != 0) continue;
    for (ExactLru& cache : caches_) cache.clear();
    estimator_.clear(0);
  }
  expect_close();
}

TEST_F(CurveEstimatorTest, KeepsDatabasesApart) {
  const CurveEstimator::Entry entry{kBytes, kNoDeadline};
  estimator_.stored(hash(1), 0, entry);
  estimator_.stored(hash(1), 3, entry);
  EXPECT_EQ(curve().keys, 2U);
  estimator_.stored(hash(2), 3, entry);
  estimator_.swap_databases(0, 3);
  estimator_.clear(3);
  EXPECT_EQ(curve().keys, 2U);
  estimator_.erased(hash(2), 0);
  EXPECT_EQ(curve().keys, 1U);
}

TEST_F(CurveEstimatorTest, WhatOnlyTheRealCacheKnowsMakesNoDifference) {
  const CurveEstimator::Entry entry{kBytes, kNoDeadline};
  for (std::uint64_t key = 0; key < 1000; ++key) {
    estimator_.read(hash(key), 0, entry);  // it was there before
    estimator_.read(hash(key + 1'000'000), 0, std::nullopt);
  }
  const MissRatioCurve curve = estimator_.curve({.reads = 2000, .hits = 1000});
  EXPECT_EQ(curve.actual_hit_ratio, 0.5);
  for (const auto& sizes : curve.hit_ratio) {
    for (const double hit_ratio : sizes) EXPECT_EQ(hit_ratio, 0.5);
  }
}

TEST_F(CurveEstimatorTest, WhatIsAnHourOldCountsHalf) {
  constexpr std::int64_t kHourMs = 3'600'000;
  estimator_.tick({.reads = 1000, .hits = 0});
  clock_.advance_ms(kHourMs);
  estimator_.tick({.reads = 1000, .hits = 0});
  EXPECT_EQ(estimator_.curve({.reads = 1500, .hits = 500}).actual_hit_ratio, 0.5);
}

TEST_F(CurveEstimatorTest, AnotherLimitAndAResetForgetTheEstimate) {
  for (int i = 0; i < 1000; ++i) read(random_() % 100, kBytes);
  estimator_.tick({.reads = 1000, .hits = 900});
  estimator_.set_limit(2 * kLimit);
  EXPECT_EQ(estimator_.curve({.reads = 1000, .hits = 900}).reads, 0U);
  EXPECT_EQ(estimator_.curve({.reads = 1010, .hits = 910}).actual_hit_ratio, 1);
  estimator_.reset();
  EXPECT_EQ(estimator_.curve({.reads = 10, .hits = 0}).actual_hit_ratio, 0);
}

TEST_F(CurveEstimatorTest, NobodyTakesPartWithoutALimit) {
  Budget unlimited(0);
  CurveEstimator estimator(unlimited, clock_, 1);
  EXPECT_EQ(estimator.threshold(), 0U);
  EXPECT_EQ(unlimited.used(), 0U);
  estimator.stored(hash(1), 0, {kBytes, kNoDeadline});
  EXPECT_EQ(estimator.curve({.reads = 1, .hits = 0}).keys, 0U);
  estimator.set_limit(kLimit);
  EXPECT_NE(estimator.threshold(), 0U);
}

TEST_F(CurveEstimatorTest, IsChargedAndBounded) {
  for (int i = 0; i < kReads; ++i) read(random_(), kBytes);
  EXPECT_EQ(budget_.used(), estimator_.bytes());
  EXPECT_LT(estimator_.bytes(), 1'050'000U);
  EXPECT_GT(estimator_.bytes(), 850'000U);
  EXPECT_LE(curve().keys, 8192U);
}

TEST_F(CurveEstimatorTest, TakesAsMuchAsItsLimitAllows) {
  constexpr std::size_t kSmall = std::size_t{1} << 20;
  for (int i = 0; i < 20'000; ++i) read(random_(), kBytes);
  estimator_.set_limit(kSmall);
  EXPECT_EQ(curve().keys, 0U);
  EXPECT_EQ(budget_.used(), estimator_.bytes());
  for (int i = 0; i < 20'000; ++i) read(random_(), 16);
  EXPECT_GT(curve().keys, 0U);
  EXPECT_LE(curve().keys, 512U);
  EXPECT_LE(estimator_.bytes(), kSmall / 8);
  EXPECT_EQ(budget_.used(), estimator_.bytes());
  estimator_.set_limit(0);
  EXPECT_EQ(budget_.used(), 0U);
  estimator_.clear(0);
  estimator_.swap_databases(0, 1);
  estimator_.tick({});
  EXPECT_EQ(curve().memory, 0U);
  EXPECT_EQ(estimator_.check_invariants(), "");
  estimator_.set_limit(kLimit);
  EXPECT_EQ(budget_.used(), estimator_.bytes());
  EXPECT_GT(estimator_.bytes(), 850'000U);
}

}  // namespace
}  // namespace libcache
