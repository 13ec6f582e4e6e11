#include "eviction_sweep.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace libcache {
namespace {

using testing::Each;
using testing::Lt;

constexpr std::uint64_t kSeed = 1;

/// Databases with items that have no value, and the sweep over them. What a shard would report to
/// the sweep is reported here.
class EvictionSweepTest : public testing::Test {
 protected:
  ~EvictionSweepTest() override {
    EXPECT_EQ(sweep_.check_invariants(), "");
    for (auto& database : databases_) drop(database);
  }

  static std::string name(std::size_t i) { return "key:" + std::to_string(i); }
  static KeyHash hash(const std::string& key) { return hash_key(key, kSeed); }

  Database& database(std::size_t number) {
    auto& at = databases_[number];
    if (at == nullptr) at = std::make_unique<Database>(arena_, sweep_.epoch(), kSeed, 0);
    return *at;
  }
  void drop(std::unique_ptr<Database>& database) {
    if (database == nullptr) return;
    entries_ -= database->index.size();
    while (database->index.buckets() != 0) {
      database->index.drop_last_chain([&](Ref ref) { arena_.free(ref); });
    }
    database.reset();
  }

  void use(Policy policy) { sweep_.set_policy(policy, clock_, kSeed); }
  Ref store(const std::string& key, bool expires = false, std::size_t number = 0) {
    Database& in = database(number);
    const ItemShape shape = ItemShape::of(key.size(), 0, expires);
    const Ref ref = arena_.allocate(shape.bytes);
    Item(arena_.at(ref)).create(shape, key, static_cast<int>(number), Encoding::kWhole, nullptr);
    const Mark mark = sweep_.stored(hash(key), ++entries_);
    EXPECT_TRUE(in.index.prepare_insert());
    in.index.insert(hash(key), ref, mark, expires);
    sweep_.entered(in, mark, expires);
    in.index.grow_step();
    return ref;
  }
  /// Stores name(begin) up to name(end - 1).
  void store_all(std::size_t begin, std::size_t end, bool expires = false, std::size_t number = 0) {
    for (std::size_t i = begin; i < end; ++i) store(name(i), expires, number);
  }
  void touch(const std::string& key) {
    Database& in = database(0);
    sweep_.used(in, in.index.find(hash(key), key), entries_);
  }
  void remove(Database& in, const Slot& slot) {
    const Ref ref = slot.ref();
    in.index.refresh_marks(slot.chain());
    sweep_.left(in, slot.mark(), slot.expires());
    in.index.erase(slot);
    arena_.free(ref);
    --entries_;
    in.index.shrink_step();
  }
  void erase(const std::string& key) {
    Database& in = database(0);
    remove(in, in.index.find(hash(key), key));
  }

  /// The key of the next victim, which is removed; nothing if there is none.
  std::optional<std::string> evict(Ref spared = kNullRef) {
    const auto victim = sweep_.next_victim(spared);
    if (!victim) return std::nullopt;
    std::string key(Item(arena_.at(victim->slot.ref())).key());
    remove(*victim->database, victim->slot);
    return key;
  }
  std::vector<std::string> evict_many(std::size_t count) {
    std::vector<std::string> victims;
    while (victims.size() < count) {
      const auto victim = evict();
      if (!victim) break;
      victims.push_back(*victim);
    }
    return victims;
  }
  /// The numbers of the victims that name() was given.
  std::vector<std::size_t> evict_numbers(std::size_t count) {
    std::vector<std::size_t> numbers;
    for (const std::string& victim : evict_many(count))
      numbers.push_back(std::stoul(victim.substr(4)));
    return numbers;
  }

  ManualClock clock_;
  Budget budget_{0};
  Arena arena_{budget_};
  Databases databases_;
  std::size_t entries_ = 0;
  EvictionSweep sweep_{databases_, arena_, Policy::kAllKeysLru, clock_, kSeed};
};

// --- Nobody to evict -----------------------------------------------------------------------------

TEST_F(EvictionSweepTest, FindsNobodyWithoutDatabases) { EXPECT_EQ(evict(), std::nullopt); }

TEST_F(EvictionSweepTest, FindsNobodyInADatabaseThatWasNeverWritten) {
  database(3);
  EXPECT_EQ(evict(), std::nullopt);
}

TEST_F(EvictionSweepTest, FindsNobodyInAnEmptiedDatabase) {
  store("key");
  erase("key");
  EXPECT_EQ(evict(), std::nullopt);
}

TEST_F(EvictionSweepTest, FindsNobodyIfTheOnlyEntryIsSpared) {
  EXPECT_EQ(evict(store("key")), std::nullopt);
  EXPECT_EQ(evict(), "key");
}

TEST_F(EvictionSweepTest, TakesAnotherThanTheSparedEntry) {
  const Ref spared = store("oldest");
  store_all(0, 200);
  std::size_t evicted = 0;
  while (const auto victim = evict(spared)) {
    ASSERT_NE(victim, "oldest");
    ++evicted;
  }
  EXPECT_EQ(evicted, 200);
}

TEST_F(EvictionSweepTest, FindsNobodyWithADeadlineWhereThereIsNone) {
  use(Policy::kVolatileLru);
  store_all(0, 100);
  EXPECT_EQ(evict(), std::nullopt);
}

// --- The hand ------------------------------------------------------------------------------------

TEST_F(EvictionSweepTest, FindsTheOnlyEntryInTheLastDatabase) {
  store("key", false, kDatabases - 1);
  EXPECT_EQ(evict(), "key");
}

TEST_F(EvictionSweepTest, GoesThroughTheChainsInTheirOrder) {
  use(Policy::kAllKeysRandom);
  store_all(0, 900);
  std::uint32_t chain = 0;
  for (int i = 0; i < 400; ++i) {
    const auto victim = sweep_.next_victim(kNullRef);
    ASSERT_TRUE(victim);
    ASSERT_GE(victim->slot.chain(), chain);
    chain = victim->slot.chain();
    Database& in = *victim->database;
    const Ref ref = victim->slot.ref();
    sweep_.left(in, victim->slot.mark(), victim->slot.expires());
    in.index.erase(victim->slot);
    arena_.free(ref);
    --entries_;
  }
}

TEST_F(EvictionSweepTest, GoesOnInTheNextDatabase) {
  for (std::size_t number = 0; number < 3; ++number) store_all(0, 50, false, number * 5);
  EXPECT_EQ(evict_many(1000).size(), 150);
  EXPECT_EQ(entries_, 0);
}

TEST_F(EvictionSweepTest, GoesOnWhenItsDatabaseDisappears) {
  store_all(0, 300, false, 2);
  store_all(0, 200, false, 7);
  evict_many(10);
  const std::size_t there = database(2).index.size();
  drop(databases_[there == 300 ? 7 : 2]);
  const std::size_t left = entries_;
  EXPECT_EQ(evict_many(1000).size(), left);
}

TEST_F(EvictionSweepTest, FindsEverybodyThoughTheIndexShrinksUnderIt) {
  store_all(0, 3000);
  std::size_t evicted = evict_many(700).size();
  std::size_t erased = 0;
  for (std::size_t i = 0; i < 3000; ++i) {
    if (!database(0).index.find(hash(name(i)), name(i))) continue;
    if (i % 10 == 0) continue;
    erase(name(i));
    ++erased;
  }
  evicted += evict_many(3000).size();
  EXPECT_EQ(evicted + erased, 3000);
}

TEST_F(EvictionSweepTest, FindsEverybodyThoughTheIndexGrowsUnderIt) {
  store_all(0, 500);
  std::size_t evicted = 0;
  for (std::size_t round = 0; round < 10; ++round) {
    evicted += evict_many(30).size();
    store_all(500 + round * 300, 800 + round * 300);
  }
  evicted += evict_many(10'000).size();
  EXPECT_EQ(evicted, 3500);
}

class EvictionSweepPolicyTest : public EvictionSweepTest,
                                public testing::WithParamInterface<Policy> {};

TEST_P(EvictionSweepPolicyTest, EvictsEveryEntryOnce) {
  use(GetParam());
  store_all(0, 2000, true);
  std::set<std::string> victims;
  for (const std::string& victim : evict_many(3000)) victims.insert(victim);
  EXPECT_EQ(victims.size(), 2000);
  EXPECT_EQ(entries_, 0);
}

TEST_P(EvictionSweepPolicyTest, CountsEveryMarkThroughChangesOfAllKinds) {
  use(GetParam());
  for (std::size_t round = 0; round < 20; ++round) {
    store_all(round * 100, round * 100 + 100, round % 3 == 0);
    for (std::size_t i = 0; i < 50; ++i) touch(name(round * 100 + i));
    for (std::size_t i = 50; i < 70; ++i) erase(name(round * 100 + i));
    clock_.advance_ms(40'000);
    sweep_.tick(clock_.now_ms());
    ASSERT_EQ(sweep_.check_invariants(), "") << round;
  }
}

INSTANTIATE_TEST_SUITE_P(Policies, EvictionSweepPolicyTest,
                         testing::Values(Policy::kAllKeysLru, Policy::kAllKeysLfu,
                                         Policy::kAllKeysRandom, Policy::kVolatileLru,
                                         Policy::kVolatileLfu, Policy::kVolatileRandom,
                                         Policy::kAllKeysS3Fifo, Policy::kVolatileS3Fifo));

// --- Entries with a deadline ---------------------------------------------------------------------

TEST_F(EvictionSweepTest, TakesOnlyEntriesWithADeadlineUnderAVolatilePolicy) {
  use(Policy::kVolatileLru);
  store_all(0, 500);
  store_all(500, 600, true);
  const auto victims = evict_numbers(1000);
  EXPECT_THAT(victims, testing::SizeIs(100));
  EXPECT_THAT(victims, Each(testing::Ge(500U)));
}

TEST_F(EvictionSweepTest, FindsTheOnlyEntryWithADeadlineAmongManyWithinAFewRounds) {
  use(Policy::kVolatileRandom);
  store_all(0, 30'000);
  store("volatile", true);
  std::optional<std::string> victim;
  int calls = 0;
  for (; !victim && calls < 10; ++calls) victim = evict();
  EXPECT_EQ(victim, "volatile") << "after " << calls << " calls";
}

TEST_F(EvictionSweepTest, CountsOnlyWhoMayBeEvictedAfterAChangeOfPolicy) {
  store_all(0, 100);
  store_all(100, 130, true);
  use(Policy::kVolatileLfu);
  EXPECT_EQ(sweep_.check_invariants(), "");
  EXPECT_EQ(evict_many(1000).size(), 30);
  use(Policy::kAllKeysLru);
  EXPECT_EQ(sweep_.check_invariants(), "");
  EXPECT_EQ(evict_many(1000).size(), 100);
}

// --- The window ----------------------------------------------------------------------------------

TEST_F(EvictionSweepTest, TakesAmongTheOldestFirst) {
  store_all(0, 6400);
  EXPECT_THAT(evict_numbers(100), Each(Lt(300U))) << "the oldest 64th, to within two of them";
}

TEST_F(EvictionSweepTest, SparesWhatIsUsed) {
  store_all(0, 6400);
  for (std::size_t i = 0; i < 3200; ++i) touch(name(i));
  EXPECT_THAT(evict_numbers(1600), Each(testing::Ge(3200U)));
}

TEST_F(EvictionSweepTest, TakesTheLeastFrequentFirstUnderLfu) {
  use(Policy::kAllKeysLfu);
  store_all(0, 1000);
  for (int use = 0; use < 20; ++use) {
    for (std::size_t i = 0; i < 500; ++i) touch(name(i));
  }
  EXPECT_THAT(evict_numbers(400), Each(testing::Ge(500U)));
}

TEST_F(EvictionSweepTest, LeavesWhatIsStoredWhereTheHandIs) {
  use(Policy::kAllKeysRandom);
  store_all(0, 20);  // two chains or three
  int evicted_at_once = 0;
  for (std::size_t i = 20; i < 2020; ++i) {
    store(name(i));
    evicted_at_once += evict() == name(i) ? 1 : 0;
  }
  EXPECT_LT(evicted_at_once, 2000 / 20) << "rarer than by chance";
}

TEST_F(EvictionSweepTest, TakesTheOldestFirstUnderS3Fifo) {
  use(Policy::kAllKeysS3Fifo);
  store_all(0, 8000);
  EXPECT_THAT(evict_numbers(500), Each(Lt(2000U))) << "the oldest eighth, to within another";
}

TEST_F(EvictionSweepTest, SparesUnderS3FifoWhatIsUsedTwice) {
  use(Policy::kAllKeysS3Fifo);
  store_all(0, 1000);
  for (int use = 0; use < 2; ++use) {
    for (std::size_t i = 0; i < 500; ++i) touch(name(i));
  }
  EXPECT_THAT(evict_numbers(400), Each(testing::Ge(500U)));
}

TEST_F(EvictionSweepTest, FindsSomebodyUnderS3FifoThoughAllAreUsedOften) {
  use(Policy::kAllKeysS3Fifo);
  store_all(0, 5000);
  for (int round = 0; round < 20; ++round) {
    for (std::size_t i = 0; i < 5000; ++i) {
      const std::string key = name(i);
      if (database(0).index.find(hash(key), key)) touch(key);
    }
    ASSERT_EQ(evict_many(10).size(), 10);
  }
}

// --- Renumbered marks ----------------------------------------------------------------------------

TEST_F(EvictionSweepTest, KeepsTheOrderWhenGenerationsAreMerged) {
  store_all(0, 1000);
  bool passed = false;
  for (int second = 0; second < 300; ++second) {
    clock_.advance_ms(1000);
    touch(name(999));
    sweep_.tick(clock_.now_ms());
    passed |= sweep_.pass(1);
    ASSERT_EQ(sweep_.check_invariants(), "") << second;
  }
  EXPECT_TRUE(passed) << "they were merged";
  EXPECT_THAT(evict_numbers(15), Each(Lt(60U)));
}

TEST_F(EvictionSweepTest, ThePassAfterARenumberingEnds) {
  use(Policy::kAllKeysLfu);
  store_all(0, 1000);
  clock_.advance_ms(60'000);
  sweep_.tick(clock_.now_ms());
  const std::size_t chains = database(0).index.buckets();
  EXPECT_TRUE(sweep_.pass(chains / 2));
  EXPECT_FALSE(sweep_.pass(chains + kDatabases));
}

TEST_F(EvictionSweepTest, UsesAloneBringThePassToItsEnd) {
  store_all(0, 2000);
  for (std::size_t i = 0; i < 200'000; ++i) touch(name(i * 7 % 2000));
  EXPECT_EQ(sweep_.check_invariants(), "");
  EXPECT_THAT(evict_many(5000), testing::SizeIs(2000));
}

}  // namespace
}  // namespace libcache
