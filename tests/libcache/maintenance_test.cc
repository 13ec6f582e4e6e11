// What happens without a request: expiry on time, by hand and by the cache's thread.

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <libcache/cache.h>

namespace libcache {
namespace {

using std::chrono::milliseconds;

class MaintenanceTest : public testing::TestWithParam<int> {
 protected:
  void TearDown() override { EXPECT_EQ(cache_.check_invariants(), ""); }

  void store(const std::string& key, int ttl_ms) {
    cache_.set(key, "v", {.ttl = milliseconds(ttl_ms)});
  }
  std::int64_t maintain_until_idle() {
    std::int64_t next = 0;
    while ((next = cache_.maintain()) == 0) {
    }
    return next;
  }

  ManualClock clock_;
  Cache cache_{{.policy = Policy::kAllKeysRandom,
                .shards = GetParam(),
                .maintenance = Maintenance::kManual,
                .clock = &clock_}};
};

TEST_P(MaintenanceTest, NothingIsWaitingInAnEmptyCache) {
  EXPECT_EQ(cache_.maintain(), std::numeric_limits<std::int64_t>::max());
}

TEST_P(MaintenanceTest, AnEntryIsReclaimedAtItsMillisecond) {
  store("key", 1000);
  clock_.advance_ms(999);
  maintain_until_idle();
  EXPECT_EQ(cache_.size(), 1);
  clock_.advance_ms(1);
  maintain_until_idle();
  EXPECT_EQ(cache_.size(), 0);
  EXPECT_EQ(cache_.stats().total.expiries, 1);
  EXPECT_EQ(cache_.stats().total.max_expiry_lag_ms, 0);
}

TEST_P(MaintenanceTest, FollowingItsWakeUpsMissesNoDeadline) {
  for (int i = 0; i < 1000; ++i) store(std::to_string(i), 1 + i * i);
  while (cache_.size() != 0) {
    const std::int64_t next = maintain_until_idle();
    if (cache_.size() != 0) clock_.advance_ms(next - clock_.now_ms());
  }
  EXPECT_EQ(cache_.stats().total.max_expiry_lag_ms, 0);
}

TEST_P(MaintenanceTest, OneRoundDoesNoMoreThanItsBudget) {
  for (int i = 0; i < 10'000; ++i) store(std::to_string(i), 5);
  clock_.advance_ms(5);
  EXPECT_EQ(cache_.maintain(100), 0);
  EXPECT_GE(cache_.size(), 9'800);
  maintain_until_idle();
  EXPECT_EQ(cache_.size(), 0);
}

TEST_P(MaintenanceTest, TheLagOfAnExpiryIsMeasured) {
  store("key", 10);
  clock_.advance_ms(25);
  maintain_until_idle();
  EXPECT_EQ(cache_.stats().total.max_expiry_lag_ms, 15);
  store("other", 10);
  clock_.advance_ms(13);
  maintain_until_idle();
  EXPECT_EQ(cache_.stats().total.max_expiry_lag_ms, 15);
  EXPECT_EQ(cache_.stats().total.expiry_lag_ms, 18);
  EXPECT_EQ(cache_.stats().total.reclaimed_expiries, 2);
}

TEST_P(MaintenanceTest, WithoutActiveExpiryADueEntryStaysButIsNotReturned) {
  cache_.set_active_expiry(false);
  store("key", 10);
  clock_.advance_ms(10);
  maintain_until_idle();
  EXPECT_EQ(cache_.size(), 1);
  EXPECT_FALSE(cache_.get("key"));
}

TEST_P(MaintenanceTest, AnEntryWhoseDeadlineWasTakenAwayStays) {
  store("key", 10);
  EXPECT_EQ(cache_.persist("key"), Status::kOk);
  clock_.advance_ms(1000);
  maintain_until_idle();
  EXPECT_TRUE(cache_.exists("key"));
}

INSTANTIATE_TEST_SUITE_P(Shards, MaintenanceTest, testing::Values(1, 8));

/// Waits until the condition holds, for as long as a slow machine may need.
template <class Condition>
bool eventually(Condition&& condition) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::yield();
  }
  return true;
}

TEST(MaintenanceThread, ReclaimsWhatIsDueWithoutARequest) {
  Cache cache;
  cache.set("key", "v", {.ttl = milliseconds(20)});
  EXPECT_TRUE(eventually([&] { return cache.size() == 0; }));
  EXPECT_EQ(cache.stats().total.expiries, 1);
}

TEST(MaintenanceThread, WakesForADeadlineNearerThanTheOneItSleepsFor) {
  Cache cache;
  cache.set("late", "v", {.ttl = std::chrono::hours(1)});
  cache.set("soon", "v", {.ttl = milliseconds(20)});
  EXPECT_TRUE(eventually([&] { return cache.size() == 1; }));
  EXPECT_TRUE(cache.exists("late"));
}

TEST(MaintenanceThread, FreesWhatWasCleared) {
  Cache cache;
  const std::size_t before = cache.memory();
  for (int i = 0; i < 100'000; ++i) cache.set(std::to_string(i), "v");
  cache.clear();
  EXPECT_TRUE(eventually([&] { return cache.memory() < before + (std::size_t{2} << 20); }));
}

TEST(MaintenanceThread, ShrinksToALowerLimit) {
  Cache cache({.shards = 1});
  for (int i = 0; i < 100'000; ++i) cache.set(std::to_string(i), "v");
  const std::size_t half = cache.memory() / 2;
  cache.set_max_memory(half);
  EXPECT_TRUE(eventually([&] { return cache.memory() <= half; }));
}

}  // namespace
}  // namespace libcache
