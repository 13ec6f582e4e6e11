// The limit holds whatever the sizes are and however they change, and no step is a long one.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <libcache/cache.h>

namespace libcache {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

class MemoryBoundTest : public testing::TestWithParam<int> {
 protected:
  static constexpr std::size_t kLimit = 8 * kMiB;
  static constexpr std::array<std::size_t, 9> kPhases = {32, 1024, 100,     16'384, 24'576,
                                                         64, 3000, 100'000, 500};

  void TearDown() override { EXPECT_EQ(cache_.check_invariants(), ""); }

  /// Stores so many bytes of values of one size under new keys.
  void insert(std::size_t value_size, std::size_t bytes) {
    const std::string value(value_size, 'v');
    for (std::size_t done = 0; done < bytes; done += value_size) {
      ASSERT_EQ(cache_.set(std::to_string(next_key_++), value).status, Status::kOk);
      ASSERT_LE(cache_.memory(), cache_.max_memory());
    }
  }
  std::size_t live_bytes() {
    const ShardStats now = cache_.stats().total;
    return now.key_bytes + now.value_bytes;
  }
  int maintain_until_done() {
    int rounds = 1;
    while (cache_.maintain(100) == 0) ++rounds;
    return rounds;
  }

  int next_key_ = 1'000'000;
  ManualClock clock_;
  Cache cache_{{.max_memory = kLimit,
                .shards = GetParam(),
                .maintenance = Maintenance::kManual,
                .hash_seed = 1,
                .clock = &clock_}};
};

TEST_P(MemoryBoundTest, EachPhaseOfAnotherSizeGetsMostOfTheMemory) {
  for (const std::size_t size : kPhases) {
    insert(size, 3 * kLimit);
    // An item has up to 24 bytes more than key and value, and 9 in the index.
    const std::size_t overhead = size < 200 ? kLimit / 3 : kLimit / 5;
    EXPECT_GE(live_bytes(), kLimit - overhead) << "values of " << size << " bytes";
    EXPECT_EQ(cache_.check_invariants(), "");
  }
}

TEST_P(MemoryBoundTest, LargeValuesLeaveNothingBehindForSmallOnes) {
  insert(24'576, 3 * kLimit);
  insert(64, 3 * kLimit);
  EXPECT_LE(cache_.stats().total.large_memory, 512) << "a chunk of address space without an extent";
}

TEST_P(MemoryBoundTest, NoStepMovesMoreThanOneSpan) {
  for (const std::size_t size : {100U, 1024U, 32U, 400U, 64U}) insert(size, 2 * kLimit);
  // A span of 8 KiB has 256 objects of 32 bytes, and no smaller ones are here.
  EXPECT_LE(cache_.stats().total.max_moved_by_one_step, 256);
}

TEST_P(MemoryBoundTest, AllMemoryIsOfOneKindOrAnother) {
  insert(100, kMiB);
  insert(50'000, kMiB);
  EXPECT_EQ(cache_.stats().total.memory(), cache_.memory());
}

TEST_P(MemoryBoundTest, APinOutsideTheCacheStaysCharged) {
  const std::string value(kMiB, 'v');
  ASSERT_EQ(cache_.set("key", value).status, Status::kOk);
  auto pin = cache_.get("key");
  ASSERT_TRUE(pin->pinned());
  EXPECT_TRUE(cache_.erase("key"));
  EXPECT_GE(cache_.memory(), kMiB);
  EXPECT_EQ(pin->bytes(), value);
}

TEST_P(MemoryBoundTest, ALowerLimitIsReachedInBoundedSteps) {
  insert(100, 2 * kLimit);
  const std::size_t entries = cache_.size();
  cache_.set_max_memory(kLimit / 2);
  EXPECT_EQ(cache_.size(), entries);
  EXPECT_GT(maintain_until_done(), 100);
  EXPECT_LE(cache_.memory(), kLimit / 2);
  EXPECT_GE(live_bytes(), kLimit / 4);
}

TEST_P(MemoryBoundTest, WritersAloneReachALowerLimit) {
  insert(100, 2 * kLimit);
  cache_.set_max_memory(kLimit / 2);
  const std::size_t entries = cache_.size();
  for (std::size_t i = 0; i < entries; ++i) {
    ASSERT_EQ(cache_.set("writer:" + std::to_string(i), std::string(100, 'v')).status, Status::kOk);
  }
  EXPECT_LE(cache_.memory(), kLimit / 2);
}

// The bookkeeping of what was held before must not take what is left.
TEST_P(MemoryBoundTest, ALimitFarBelowWhatWasHeldLeavesACache) {
  cache_.set_max_memory(128 * kMiB);
  insert(40, 40 * kMiB);
  cache_.set_max_memory(kMiB);
  maintain_until_done();
  EXPECT_LE(cache_.memory(), kMiB);
  insert(40, kMiB);
  EXPECT_GE(live_bytes(), kMiB / 4);
}

TEST_P(MemoryBoundTest, AHigherLimitIsUsed) {
  insert(100, 2 * kLimit);
  const std::size_t entries = cache_.size();
  cache_.set_max_memory(2 * kLimit);
  insert(100, 3 * kLimit);
  EXPECT_GT(cache_.size(), entries * 19 / 10);
}

TEST_P(MemoryBoundTest, WhatWasClearedIsFreedInSteps) {
  insert(100, 2 * kLimit);
  const std::size_t before = cache_.memory();
  cache_.clear();
  EXPECT_EQ(cache_.size(), 0);
  EXPECT_GT(cache_.memory(), before / 2);
  EXPECT_GT(cache_.stats().total.cleared_entries, 10'000);
  EXPECT_GT(maintain_until_done(), 100);
  EXPECT_EQ(cache_.stats().total.cleared_entries, 0);
  EXPECT_LT(cache_.memory(), kMiB);
}

TEST_P(MemoryBoundTest, WritersUseTheMemoryThatWasCleared) {
  insert(100, 2 * kLimit);
  cache_.clear();
  cache_.reset_stats();
  insert(100, kLimit / 2);
  EXPECT_EQ(cache_.stats().total.evictions, 0);
}

TEST_P(MemoryBoundTest, AValueThatCanNeverFitIsRefusedAndTheOldOneStays) {
  ASSERT_EQ(cache_.set("key", "old").status, Status::kOk);
  EXPECT_EQ(cache_.set("key", std::string(kLimit, 'v')).status, Status::kTooLarge);
  EXPECT_EQ(cache_.get("key")->bytes(), "old");
  std::size_t size = 0;
  EXPECT_EQ(cache_.append("key", std::string(kLimit, 'v'), size), Status::kTooLarge);
  EXPECT_EQ(cache_.set_range("key", kMaxBytes, "x", size), Status::kTooLarge);
  EXPECT_EQ(cache_.get("key")->bytes(), "old");
}

TEST_P(MemoryBoundTest, AnEmptyCacheIsSmallAndReturnsToThat) {
  const std::size_t before = cache_.memory();
  EXPECT_LT(before, 64 * 1024 * static_cast<std::size_t>(GetParam()));
  insert(100, kLimit);
  for (int key = 1'000'000; key < next_key_; ++key) cache_.erase(std::to_string(key));
  EXPECT_EQ(cache_.size(), 0);
  // The arena keeps up to 192 KiB of empty spans a shard for reuse.
  EXPECT_LT(cache_.memory(), before + 256 * 1024 * static_cast<std::size_t>(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Shards, MemoryBoundTest, testing::Values(1, 4));

}  // namespace
}  // namespace libcache
