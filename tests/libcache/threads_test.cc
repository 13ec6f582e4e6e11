// Many threads on one cache: meant to be run under the thread sanitizer as well.

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <libcache/cache.h>

namespace libcache {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;
constexpr auto kLong = std::chrono::milliseconds(1000);

/// Threads that repeat something until the test has run for long enough.
class Crowd {
 public:
  using Work = std::function<void(std::mt19937_64& random)>;

  void add(int count, const Work& work) {
    for (; count != 0; --count) works_.push_back(work);
  }
  void run() {
    const auto end = std::chrono::steady_clock::now() + kLong;
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < works_.size(); ++i) {
      threads.emplace_back([this, i, end] {
        std::mt19937_64 random(i);
        while (std::chrono::steady_clock::now() < end) works_[i](random);
      });
    }
  }

 private:
  std::vector<Work> works_;
};

std::string some_key(std::mt19937_64& random) { return "key:" + std::to_string(random() % 5000); }

/// A value that shows if it was torn: one byte, repeated.
std::string some_value(std::mt19937_64& random) {
  const std::size_t size = random() % 20 == 0 ? random() % 60'000 : random() % 300;
  return std::string(size, static_cast<char>('a' + random() % 26));
}

bool is_whole(std::string_view value) {
  return value.find_first_not_of(value.empty() ? ' ' : value.front()) == std::string_view::npos;
}

void read_and_write(Cache& cache, std::mt19937_64& random) {
  const std::string key = some_key(random);
  const int database = static_cast<int>(random() % 2);
  switch (random() % 10) {
    case 0:
      cache.erase({key, database});
      break;
    case 1:
      static_cast<void>(cache.expire_at({key, database}, Clock::system().now_ms() + 20));
      break;
    case 2:
      static_cast<void>(cache.persist({key, database}));
      break;
    case 3:
    case 4:
    case 5:
      cache.set(
          {key, database}, some_value(random),
          {.ttl = random() % 4 == 0 ? std::optional(std::chrono::milliseconds(1 + random() % 50))
                                    : std::nullopt});
      break;
    default: {
      const Value value = cache.get({key, database}).value_or(Value());
      EXPECT_TRUE(is_whole(value.bytes()));
    }
  }
}

void read_many(Cache& cache, std::mt19937_64& random) {
  std::vector<std::string> names(100);
  for (std::string& name : names) name = some_key(random);
  const std::vector<Key> keys(names.begin(), names.end());
  cache.get_many(keys, [](std::size_t, std::optional<std::string_view> value) {
    EXPECT_TRUE(is_whole(value.value_or("")));
  });
}

class ThreadsTest : public testing::TestWithParam<int> {
 protected:
  void TearDown() override { EXPECT_EQ(cache_.check_invariants(), ""); }

  Cache cache_{
      {.max_memory = 4 * kMiB, .shards = GetParam(), .statistics = {.miss_ratio_curve = true}}};
};

TEST_P(ThreadsTest, ReadersSeeOnlyWholeValuesWhileEverythingHappens) {
  Crowd crowd;
  crowd.add(2, [&](auto& random) { read_and_write(cache_, random); });
  crowd.add(1, [&](auto& random) { read_many(cache_, random); });
  crowd.add(1, [&](auto& random) {
    switch (random() % 8) {
      case 0:
        cache_.clear(static_cast<int>(random() % 2));
        break;
      case 1:
        cache_.swap_databases(0, 1);
        break;
      case 2:
        cache_.set_policy(static_cast<Policy>(random() % 8));
        break;
      case 3:
        cache_.set_max_memory((1 + random() % 4) * kMiB);
        break;
      case 4:
        EXPECT_LE(cache_.stats().total.hits, std::uint64_t{1} << 40);
        break;
      case 5:
        static_cast<void>(cache_.random_key(0));
        break;
      case 6:
        EXPECT_EQ(cache_.check_invariants(), "");
        break;
      default:
        for (std::uint64_t cursor = 0;;) {
          cursor = cache_.scan(0, cursor, 100,
                               [](std::string_view key) { EXPECT_TRUE(key.starts_with("key:")); });
          if (cursor == 0) break;
        }
    }
  });
  crowd.run();
}

TEST_P(ThreadsTest, TheLimitHoldsUnderConcurrentWriters) {
  Crowd crowd;
  std::atomic<std::size_t> most{0};
  crowd.add(3, [&](auto& random) { cache_.set(some_key(random), some_value(random)); });
  crowd.add(1, [&](auto& /*random*/) {
    if (cache_.memory() > most) most = cache_.memory();
  });
  crowd.run();
  EXPECT_LE(most, 4 * kMiB);
  EXPECT_LE(cache_.stats().peak_memory, 4 * kMiB);
}

TEST_P(ThreadsTest, TransfersUnderAKeyLockKeepTheSum) {
  constexpr int kAccounts = 20;
  constexpr std::int64_t kEach = 1000;
  cache_.set_policy(Policy::kNoEviction);
  const auto account = [](std::uint64_t i) { return "account:" + std::to_string(i % kAccounts); };
  for (unsigned i = 0; i < kAccounts; ++i) cache_.set(account(i), std::to_string(kEach));

  Crowd crowd;
  crowd.add(3, [&](auto& random) {
    const std::string from = account(random());
    const std::string to = account(random());
    auto lock = cache_.lock(std::array<Key, 2>{from, to});
    std::int64_t ignored = 0;
    EXPECT_EQ(lock.increment(from, -3, ignored), Status::kOk);
    EXPECT_EQ(lock.increment(to, 3, ignored), Status::kOk);
  });
  crowd.add(1, [&](auto& /*random*/) {
    std::int64_t sum = 0;
    auto lock = cache_.lock_all();
    for (unsigned i = 0; i < kAccounts; ++i) {
      const auto balance = lock.get(account(i));
      ASSERT_TRUE(balance);
      sum += std::stoll(std::string(balance->bytes()));
    }
    EXPECT_EQ(sum, kAccounts * kEach);
  });
  crowd.run();
}

TEST_P(ThreadsTest, WhatIsStoredTogetherIsClearedTogether) {
  Crowd crowd;
  std::vector<std::string> names;
  for (int i = 0; i < 12; ++i) names.push_back("key:" + std::to_string(i));
  const std::vector<Key> keys(names.begin(), names.end());
  crowd.add(1, [&](auto& /*random*/) {
    std::vector<KeyValue> entries;
    for (const Key& key : keys) entries.push_back({key, "v"});
    EXPECT_EQ(cache_.set_many(entries), Status::kOk);
  });
  crowd.add(1, [&](auto& random) { random() % 2 == 0 ? cache_.clear(0) : cache_.clear(); });
  crowd.add(1, [&](auto& /*random*/) {
    KeyLock lock = cache_.lock(keys);
    const auto present =
        std::ranges::count_if(keys, [&](const Key& key) { return lock.exists(key); });
    EXPECT_TRUE(present == 0 || present == 12) << present;
  });
  crowd.run();
}

TEST_P(ThreadsTest, PinsOutliveEvictionsOnOtherThreads) {
  Crowd crowd;
  crowd.add(2, [&](auto& random) {
    const std::string key = some_key(random);
    cache_.set(key,
               std::string(20'000 + random() % 20'000, static_cast<char>('a' + random() % 26)));
    EXPECT_TRUE(is_whole(cache_.get(key).value_or(Value()).bytes()));
  });
  for (int i = 0; i < 2; ++i) {
    crowd.add(1, [this, held = std::array<Value, 8>()](auto& random) mutable {
      Value& place = held[random() % held.size()];
      EXPECT_TRUE(is_whole(place.bytes()));
      place = cache_.get(some_key(random)).value_or(Value());
    });
  }
  crowd.run();
}

INSTANTIATE_TEST_SUITE_P(Shards, ThreadsTest, testing::Values(1, 4, 16));

TEST(CacheThreads, AnyThreadMayDropAPinAfterTheCacheIsGone) {
  auto cache = std::make_unique<Cache>(Options{.max_memory = 4 * kMiB});
  const std::string large(100'000, 'x');
  cache->set("key", large);
  auto pin = cache->get("key");
  ASSERT_TRUE(pin && pin->pinned());
  cache.reset();
  std::jthread other([value = std::move(*pin), &large] { EXPECT_TRUE(value.bytes() == large); });
}

TEST(CacheThreads, ManyKeysAreReadAroundALockThatSomebodyHolds) {
  Cache cache({.max_memory = 4 * kMiB, .shards = 4, .maintenance = Maintenance::kManual});
  std::vector<std::string> names;
  for (int i = 0; i < 64; ++i) names.push_back("key" + std::to_string(i));
  const std::vector<Key> keys(names.begin(), names.end());
  std::vector<std::size_t> order;
  std::atomic<std::size_t> read{0};
  std::atomic<bool> held{false};
  std::jthread holder([&] {
    const KeyLock lock = cache.lock(keys.front());
    held = true;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (read == 0 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  });
  while (!held) std::this_thread::yield();
  cache.get_many(keys, [&](std::size_t i, std::optional<std::string_view>) {
    order.push_back(i);
    ++read;
  });
  ASSERT_EQ(order.size(), keys.size());
  EXPECT_NE(order.front(), 0U) << "its shard's lock was held";
}

TEST(CacheThreads, ALoweredLimitEvictsNoMoreThanItHasTo) {
  constexpr std::size_t kValue = kMiB;
  constexpr std::array<std::string_view, 6> kNames{"a", "b", "c", "d", "e", "f"};
  Cache cache({.max_memory = 12 * kMiB, .shards = 2});
  for (int round = 0; round < 200; ++round) {
    cache.set_max_memory(12 * kMiB);
    for (const std::string_view name : kNames) cache.set(name, std::string(kValue, 'x'));
    cache.set("present", "value");
    cache.set_max_memory(4 * kValue + 3 * kValue / 4);  // wakes the maintenance
    cache.set("present", "other");                      // writers pay as well
    cache.set("new" + std::to_string(round), "value");
    while (cache.memory() > cache.max_memory()) std::this_thread::yield();
    std::size_t left = 0;
    for (const std::string_view name : kNames) left += cache.exists(name) ? 1U : 0U;
    ASSERT_EQ(left, kNames.size() - 2) << "in round " << round;
  }
}

}  // namespace
}  // namespace libcache
