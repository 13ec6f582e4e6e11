// What fills a cache in bulk: add_many() and reserve().

#include <cstddef>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <libcache/cache.h>

namespace libcache {
namespace {

class FillingTest : public ::testing::Test {
 protected:
  ~FillingTest() override { EXPECT_EQ(cache_.check_invariants(), ""); }

  /// Entries named from `begin` up to `end`, whose values are their names.
  std::vector<NewEntry> entries(std::size_t begin, std::size_t end) {
    while (names_.size() < end) names_.push_back("key:" + std::to_string(names_.size()));
    std::vector<NewEntry> all;
    for (std::size_t i = begin; i < end; ++i) {
      all.push_back({.key = names_[i], .value = names_[i]});
    }
    return all;
  }
  std::string read(Key key) {
    const auto value = cache_.get(key);
    return value ? std::string(value->bytes()) : "(none)";
  }

  std::size_t index_memory() { return cache_.stats().total.index_memory; }

  std::vector<std::string> names_;
  ManualClock clock_;
  Cache cache_{{.max_memory = 8 << 20,
                .policy = Policy::kNoEviction,
                .shards = 4,
                .maintenance = Maintenance::kManual,
                .clock = &clock_}};
};

TEST_F(FillingTest, AddsAll) {
  const Additions result = cache_.add_many(entries(0, 1000));
  EXPECT_EQ(result.added, 1000);
  EXPECT_EQ(result.refused, 0);
  for (const std::string& name : names_) ASSERT_EQ(read(name), name);
}

TEST_F(FillingTest, ShardsDivideTheKeys) {
  ASSERT_EQ(cache_.shard_count(), 4);
  std::vector<std::size_t> keys(4);
  EXPECT_EQ(cache_.add_many(entries(0, 1000)).added, 1000);
  for (const std::string& name : names_) ++keys.at(cache_.shard_of(name));
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(keys[i], cache_.stats().shards[i].entries);
}

TEST_F(FillingTest, NothingIsAddedOfNothing) { EXPECT_EQ(cache_.add_many({}).added, 0); }

TEST_F(FillingTest, WhatIsThereStays) {
  cache_.set("key:3", "mine");
  const Additions result = cache_.add_many(entries(0, 10));
  EXPECT_EQ(result.added, 9);
  EXPECT_EQ(result.refused, 0);
  EXPECT_EQ(read("key:3"), "mine");
}

TEST_F(FillingTest, OfEqualKeysTheFirstIsStored) {
  const std::vector<NewEntry> twice = {{.key = "k", .value = "first"},
                                       {.key = "k", .value = "second"}};
  EXPECT_EQ(cache_.add_many(twice).added, 1);
  EXPECT_EQ(read("k"), "first");
}

TEST_F(FillingTest, EntriesHaveTheirDeadlinesAndDatabases) {
  const std::vector<NewEntry> some = {
      {.key = {"k", 2}, .value = "v", .deadline_ms = clock_.now_ms() + 50},
      {.key = {"k", 3}, .value = "w"}};
  EXPECT_EQ(cache_.add_many(some).added, 2);
  EXPECT_EQ(cache_.deadline({"k", 2}), clock_.now_ms() + 50);
  EXPECT_EQ(cache_.deadline({"k", 3}), kNoDeadline);
  EXPECT_EQ(read("k"), "(none)");
}

TEST_F(FillingTest, WhatHasNoRoomIsRefused) {
  const std::string large(3 << 20, 'x');
  const std::string too_large(7 << 20, 'x');
  const std::vector<NewEntry> some = {{.key = "a", .value = large},
                                      {.key = "b", .value = large},
                                      {.key = "c", .value = large},
                                      {.key = "d", .value = too_large}};
  const Additions result = cache_.add_many(some);
  EXPECT_EQ(result.added, 2);
  EXPECT_EQ(result.refused, 2);
}

TEST_F(FillingTest, WithRoomReservedNoEntryIsMoved) {
  cache_.reserve(20'000);
  cache_.reset_stats();
  // The shards' shares differ: some get more than a quarter.
  EXPECT_EQ(cache_.add_many(entries(0, 19'000)).added, 19'000);
  EXPECT_EQ(cache_.stats().total.moved_entries, 0);
}

TEST_F(FillingTest, WithoutAReservationEntriesAreMovedAsTheIndexGrows) {
  EXPECT_EQ(cache_.add_many(entries(0, 19'000)).added, 19'000);
  EXPECT_GT(cache_.stats().total.moved_entries, 19'000);
}

TEST_F(FillingTest, AReservationTakesNoMoreThanAnEighthOfTheLimit) {
  constexpr std::size_t kEighth = std::size_t{1} << 20;
  for (int database = 0; database < kDatabases; ++database) {
    cache_.reserve(1'000'000'000, database);
  }
  EXPECT_GE(index_memory(), kEighth);
  EXPECT_LE(index_memory(), kEighth + std::size_t{4} * 4096) << "what is kept in reserve besides";
}

TEST_F(FillingTest, AReservationGoesAsFarAsThereIsMemory) {
  while (cache_.set("key:" + std::to_string(cache_.size()), std::string(500, 'x')).status ==
         Status::kOk) {
  }
  const std::size_t held = cache_.size();
  cache_.reserve(1'000'000);
  EXPECT_EQ(cache_.size(), held);
  EXPECT_LE(cache_.memory(), cache_.max_memory());
}

TEST_F(FillingTest, AReservationOfNothingTakesNoMemory) {
  const std::size_t before = cache_.memory();
  cache_.reserve(0);
  EXPECT_EQ(cache_.memory(), before);
}

TEST_F(FillingTest, RemovalsGiveAReservationBack) {
  cache_.reserve(100'000);
  EXPECT_GT(index_memory(), 100'000 * 6);
  EXPECT_EQ(cache_.add_many(entries(0, 20'000)).added, 20'000);
  for (const std::string& name : names_) cache_.erase(name);
  EXPECT_LE(index_memory(), std::size_t{4} * 2 * 8192) << "a chain and a reserve each";
}

TEST_F(FillingTest, WhoNeedsMemoryTakesAReservationBack) {
  const auto fill = [this] {
    for (std::size_t i = 0;; ++i) {
      if (cache_.set("key:" + std::to_string(i), std::string(100, 'x')).status != Status::kOk) {
        return i;
      }
    }
  };
  const std::size_t without = fill();
  cache_.clear();
  while (cache_.maintain() == 0) {
  }
  cache_.reserve(1'000'000'000, 1);
  EXPECT_GE(fill(), without - without / 50);
}

TEST_F(FillingTest, WhatWasReservedAndIsNotNeededIsGivenBack) {
  cache_.add_many(entries(0, 20'000));
  const std::size_t before = cache_.memory();
  cache_.reserve(100'000);
  const std::size_t reserved = cache_.memory() - before;
  EXPECT_GT(reserved, 50'000 * 7);
  cache_.shrink_to_fit();
  EXPECT_LE(cache_.memory(), before + reserved / 4) << "an index shrinks later than it grows";
  for (const std::string& name : names_) ASSERT_EQ(read(name), name);
}

TEST_F(FillingTest, MemoryThatWasTakenAheadIsGivenBack) {
  Cache cache({.max_memory = 64 << 20, .shards = 1, .clock = &clock_});
  cache.reserve(1000);
  const std::string value(500, 'x');
  for (int i = 0; i < 10'000; ++i) cache.set("key:" + std::to_string(i), value);
  const std::size_t before = cache.memory();
  cache.shrink_to_fit();
  const std::size_t after = cache.memory();
  EXPECT_LT(after, before);
  EXPECT_LE(after, std::size_t{6} << 20) << "10,000 x 544 bytes";
  EXPECT_EQ(cache.size(), 10'000);
  EXPECT_EQ(cache.check_invariants(), "");
}

TEST_F(FillingTest, SeveralThreadsAddWhatIsThereOnce) {
  const std::vector<NewEntry> all = entries(0, 20'000);
  Additions results[2];
  std::thread other([&] { results[1] = cache_.add_many(all); });
  results[0] = cache_.add_many(all);
  other.join();
  EXPECT_EQ(results[0].added + results[1].added, 20'000);
  for (const std::string& name : names_) ASSERT_EQ(read(name), name);
}

}  // namespace
}  // namespace libcache
