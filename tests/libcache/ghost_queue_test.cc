#include "ghost_queue.h"

#include <cstddef>
#include <string>

#include <gtest/gtest.h>

namespace libcache {
namespace {

class GhostQueueTest : public testing::Test {
 protected:
  static KeyHash hash(std::size_t i) { return hash_key("key:" + std::to_string(i), 1); }

  void fit(std::size_t entries) {
    const std::size_t steps = 1 + entries / 20 + ghosts_.lines();
    for (std::size_t step = 0; step < steps; ++step) ghosts_.fit(entries);
  }
  void add(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) ghosts_.add(hash(i));
  }
  std::size_t take(std::size_t begin, std::size_t end) {
    std::size_t taken = 0;
    for (std::size_t i = begin; i < end; ++i) taken += ghosts_.take(hash(i)) ? 1U : 0U;
    return taken;
  }

  Budget budget_{std::size_t{1} << 20};
  Arena arena_{budget_};
  GhostQueue ghosts_{arena_};
};

TEST_F(GhostQueueTest, RemembersNobodyBeforeItHasALine) {
  add(0, 1);
  EXPECT_EQ(take(0, 1), 0);
}

TEST_F(GhostQueueTest, RemembersAKeyUntilItIsTaken) {
  fit(100);
  add(0, 1);
  EXPECT_EQ(take(0, 1), 1);
  EXPECT_EQ(take(0, 1), 0);
}

TEST_F(GhostQueueTest, RemembersAboutAsManyAsThereAreEntries) {
  fit(31 * 512);
  add(0, 100'000);
  const std::size_t last = 31 * 512;
  EXPECT_GT(take(100'000 - last * 3 / 4, 100'000), last * 3 / 4 * 9 / 10);
  EXPECT_LT(take(0, 100'000 - last * 3 / 2), last / 20);
}

TEST_F(GhostQueueTest, HardlyEverRemembersAKeyThatWasNotThere) {
  fit(31 * 512);
  add(0, 31 * 512);
  EXPECT_LT(take(1'000'000, 1'100'000), 150) << "0.05 %, and more than that by chance";
}

TEST_F(GhostQueueTest, RemembersWhatItDidWhenItGrows) {
  fit(31 * 40);
  add(0, 600);
  fit(31 * 200);
  EXPECT_GT(take(0, 600), 560);
}

TEST_F(GhostQueueTest, TakesTwoBytesAnEntry) {
  const std::size_t before = budget_.used();
  fit(100'000);
  EXPECT_EQ(ghosts_.lines(), (100'000 + 30) / 31);
  EXPECT_LE(budget_.used() - before, 100'000 * 64 / 31 + 2 * Arena::kIndexPageBytes);
}

TEST_F(GhostQueueTest, GivesItsMemoryBackWhenThereAreFewEntries) {
  fit(100'000);
  fit(0);
  EXPECT_EQ(ghosts_.lines(), 0);
  EXPECT_EQ(arena_.page_bytes(), 0);
}

TEST_F(GhostQueueTest, KeepsItsLinesWhileTheNumberOfEntriesWavers) {
  fit(31 * 100);
  fit(31 * 95);
  EXPECT_EQ(ghosts_.lines(), 100);
}

TEST_F(GhostQueueTest, GrowsALittleBeyondTheLimit) {
  while (arena_.allocate(256) != kNullRef) {
  }
  fit(31 * 64);
  EXPECT_EQ(ghosts_.lines(), 64);
  EXPECT_GT(budget_.excess(), 0);
}

TEST_F(GhostQueueTest, StaysAsItIsWithoutMemory) {
  while (arena_.allocate(256) != kNullRef) {
  }
  fit(100'000);
  EXPECT_LE(budget_.used(), budget_.limit() + Budget::overdraft_of(budget_.limit()));
  add(0, 20);
  EXPECT_EQ(take(0, 20), 20);
}

}  // namespace
}  // namespace libcache
