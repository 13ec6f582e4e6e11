// What a cache still does when it is full and its policy lets nobody go.

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <libcache/cache.h>

#include "budget.h"

namespace libcache {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

class FullCacheTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(cache_.check_invariants(), ""); }

  static std::string name(std::size_t i) { return "key" + std::to_string(i); }

  /// Stores values of `size` bytes until there is no room for one more; returns how many.
  std::size_t fill(std::size_t size) {
    std::size_t count = 0;
    while (cache_.set(name(count), std::string(size, 'v')).status == Status::kOk) ++count;
    return count;
  }
  Status rename(const std::string& from, const std::string& to) {
    return cache_.lock(std::array<Key, 2>{from, to}).rename(from, to);
  }
  std::string read(const std::string& key) {
    const auto value = cache_.get(key);
    return value ? std::string(value->bytes()) : "(absent)";
  }

  ManualClock clock_;
  Cache cache_{{.max_memory = 4 * kMiB,
                .policy = Policy::kNoEviction,
                .shards = 4,
                .maintenance = Maintenance::kManual,
                .clock = &clock_}};
};

TEST_F(FullCacheTest, TakesADeadlineForAnEntry) {
  fill(100);
  EXPECT_EQ(cache_.expire_at("key0", clock_.now_ms() + 1000), Status::kOk);
  EXPECT_EQ(cache_.deadline("key0"), clock_.now_ms() + 1000);
  EXPECT_EQ(read("key0"), std::string(100, 'v'));
}

TEST_F(FullCacheTest, OverdrawsNoMoreThanItMay) {
  const std::size_t count = fill(50);
  std::size_t refused = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Status status = cache_.expire_at(name(i), clock_.now_ms() + 1000);
    if (status == Status::kOutOfMemory) ++refused;
    EXPECT_EQ(cache_.deadline(name(i)),
              status == Status::kOk ? clock_.now_ms() + 1000 : kNoDeadline);
  }
  EXPECT_GT(refused, 0);
  EXPECT_GT(cache_.memory(), cache_.max_memory());
  EXPECT_LE(cache_.memory(), cache_.max_memory() + Budget::overdraft_of(cache_.max_memory()));
}

TEST_F(FullCacheTest, IsWithinItsLimitAgainOnceEnoughHasExpired) {
  const std::size_t count = fill(100);
  for (std::size_t i = 0; i < count; ++i) {
    static_cast<void>(cache_.expire_at(name(i), clock_.now_ms() + 1000));
  }
  clock_.advance_ms(1001);
  while (cache_.maintain() == 0) {
  }
  EXPECT_LE(cache_.memory(), cache_.max_memory());
  EXPECT_EQ(cache_.set("another", "v").status, Status::kOk);
}

// With its deadline the value is just too large for an item, and needs an extent.
TEST_F(FullCacheTest, TakesADeadlineThatMovesTheValueToAnExtent) {
  const std::string value(16'360, 'v');
  ASSERT_EQ(cache_.set("border", value).status, Status::kOk);
  fill(1000);
  EXPECT_EQ(cache_.expire_at("border", clock_.now_ms() + 1000), Status::kOk);
  EXPECT_EQ(cache_.deadline("border"), clock_.now_ms() + 1000);
  EXPECT_EQ(read("border"), value);
}

TEST_F(FullCacheTest, RenamesEntriesOfAnySize) {
  for (const std::size_t size : {0U, 100U, 5000U, 16'000U, 20'000U, 300'000U}) {
    cache_.clear();
    while (cache_.maintain() == 0) {
    }
    const std::size_t count = fill(size);
    for (std::size_t i = 0; i < std::min<std::size_t>(count, 100); ++i) {
      ASSERT_EQ(rename(name(i), "new" + name(i)), Status::kOk) << size;
      ASSERT_EQ(read("new" + name(i)), std::string(size, 'v'));
      ASSERT_FALSE(cache_.exists(name(i)));
    }
    EXPECT_EQ(cache_.size(), count);
  }
}

TEST_F(FullCacheTest, RefusesSeveralValuesAtOnceOrStoresAll) {
  fill(20'000);
  const std::string large(100'000, 'w');
  const std::vector<KeyValue> entries{{"key0", "short"}, {"a", large}, {"b", large}};
  EXPECT_EQ(cache_.set_many(entries), Status::kOutOfMemory);
  EXPECT_EQ(read("key0"), std::string(20'000, 'v'));
  EXPECT_EQ(read("a"), "(absent)");
}

TEST_F(FullCacheTest, StoresSmallValuesTogetherIfThereIsRoomForTheFirst) {
  fill(20'000);
  cache_.erase("key0");
  std::vector<std::string> keys;
  for (int i = 0; i < 300; ++i) keys.push_back("small" + std::to_string(i));
  std::vector<KeyValue> entries;
  for (const std::string& key : keys) entries.push_back({key, "value"});
  EXPECT_EQ(cache_.set_many(entries), Status::kOk);
  for (const std::string& key : keys) EXPECT_EQ(read(key), "value");
}

}  // namespace
}  // namespace libcache
