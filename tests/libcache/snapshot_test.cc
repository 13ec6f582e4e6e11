#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <libcache/cache.h>
#include <libcache/snapshot.h>

#include "random.h"

namespace libcache {
namespace {

constexpr std::size_t kLarge = 100'000;

class SnapshotTest : public testing::TestWithParam<int> {
 protected:
  using Name = std::pair<int, std::string>;
  struct Seen {
    int times = 0;
    std::string value;
    std::int64_t deadline_ms = kNoDeadline;
  };
  using Shown = std::map<Name, Seen>;

  void TearDown() override { EXPECT_EQ(cache_.check_invariants(), ""); }

  void insert(const std::string& prefix, int count, int database = 0) {
    for (int i = 0; i < count; ++i) {
      EXPECT_EQ(cache_.set({prefix + std::to_string(i), database}, "v").status, Status::kOk);
    }
  }
  void erase(const std::string& prefix, int count, int database = 0) {
    for (int i = 0; i < count; ++i) cache_.erase({prefix + std::to_string(i), database});
  }

  /// Walks from begin to end, and does something after each step.
  Shown walk(const std::function<void(int step)>& between = [](int) {}) {
    Shown shown;
    Snapshot snapshot(cache_);
    const auto visit = [&](const Snapshot::Entry& entry) {
      Seen& seen = shown[{entry.key.database(), std::string(entry.key.bytes())}];
      ++seen.times;
      seen.value = entry.value;
      seen.deadline_ms = entry.deadline_ms;
    };
    for (int step = 0; snapshot.step(visit); ++step) between(step);
    return shown;
  }

  static void expect_all_once(const Shown& shown, const std::string& prefix, int count,
                              int database = 0) {
    for (int i = 0; i < count; ++i) {
      EXPECT_EQ(shown.count({database, prefix + std::to_string(i)}), 1) << prefix << i;
    }
    expect_none_twice(shown);
  }
  static void expect_none_twice(const Shown& shown) {
    for (const auto& [name, seen] : shown) EXPECT_EQ(seen.times, 1) << name.second;
  }

  ManualClock clock_;
  Cache cache_{{.shards = GetParam(),
                .maintenance = Maintenance::kManual,
                .hash_seed = 1,
                .clock = &clock_}};
};

TEST_P(SnapshotTest, AnEmptyCacheShowsNothing) { EXPECT_TRUE(walk().empty()); }

TEST_P(SnapshotTest, ShowsEveryEntryOnceAsItIs) {
  insert("key", 5000);
  insert("key", 100, 7);
  cache_.set({"timed", 3}, "soon", {.deadline_ms = clock_.now_ms() + 5});
  const Shown shown = walk();
  EXPECT_EQ(shown.size(), 5101);
  expect_all_once(shown, "key", 5000);
  expect_all_once(shown, "key", 100, 7);
  const Seen& timed = shown.at({3, "timed"});
  EXPECT_EQ(timed.value, "soon");
  EXPECT_EQ(timed.deadline_ms, clock_.now_ms() + 5);
  EXPECT_EQ(shown.at({0, "key7"}).deadline_ms, kNoDeadline);
}

TEST_P(SnapshotTest, DoesNotShowWhatNobodyWouldFind) {
  cache_.set("expired", "v", {.deadline_ms = clock_.now_ms() + 1});
  cache_.set("invalidated", "v", {.tags = {"tag"}});
  cache_.set("there", "v");
  cache_.invalidate_tag("tag");
  clock_.advance_ms(1);
  const Shown shown = walk();
  EXPECT_EQ(shown.size(), 1);
  EXPECT_TRUE(shown.contains({0, "there"}));
}

TEST_P(SnapshotTest, IsNeitherAUseNorARead) {
  insert("key", 100);
  cache_.reset_stats();
  walk();
  EXPECT_EQ(cache_.stats().total.hits + cache_.stats().total.misses, 0);
}

TEST_P(SnapshotTest, GrowthMeanwhileHidesAndRepeatsNothing) {
  insert("stays", 500);
  const Shown shown = walk([&](int step) {
    if (step < 100) insert("new" + std::to_string(step) + ":", 300);
  });
  expect_all_once(shown, "stays", 500);
}

TEST_P(SnapshotTest, ShrinkingMeanwhileHidesAndRepeatsNothing) {
  insert("stays", 500);
  insert("goes", 30'000);
  const Shown shown = walk([&](int step) {
    if (step == 40) erase("goes", 30'000);
  });
  expect_all_once(shown, "stays", 500);
}

// Sizes go up and down by a factor of some hundred, several times during each of many walks.
TEST_P(SnapshotTest, HidesAndRepeatsNothingWhateverTheIndexDoes) {
  std::uint64_t random = 42;
  for (int round = 0; round < 30; ++round) {
    insert("stays", 300);
    const Shown shown = walk([&](int) {
      const int some = static_cast<int>(next_random(random) % 2000);
      switch (next_random(random) % 8) {
        case 0:
          return insert("other", some);
        case 1:
          return erase("other", 2000);
        default:
          return;
      }
    });
    expect_all_once(shown, "stays", 300);
    erase("other", 2000);
  }
}

TEST_P(SnapshotTest, AClearedDatabaseThatIsFilledAgainRepeatsNothing) {
  insert("key", 3000);
  const Shown shown = walk([&](int step) {
    if (step % 10 != 5) return;
    cache_.clear(0);
    insert("key", step % 20 == 5 ? 100 : 3000);
  });
  expect_none_twice(shown);
}

TEST_P(SnapshotTest, DatabasesKeepTheNumbersThatTheyHadAtItsBegin) {
  insert("one:", 2000, 0);
  insert("two:", 2000, 1);
  const Shown shown = walk([&](int) { cache_.swap_databases(0, 1); });
  EXPECT_EQ(shown.size(), 4000);
  expect_all_once(shown, "one:", 2000, 0);
  expect_all_once(shown, "two:", 2000, 1);
}

TEST_P(SnapshotTest, ALargeValueStaysValidWhileItIsPinned) {
  cache_.set("large", std::string(kLarge, 'x'));
  std::vector<Snapshot::Entry> kept;
  Snapshot snapshot(cache_);
  while (snapshot.step([&](const Snapshot::Entry& entry) { kept.push_back(entry); })) {
  }
  cache_.erase("large");
  insert("other", 1000);
  ASSERT_EQ(kept.size(), 1);
  ASSERT_NE(kept[0].pin, nullptr);
  EXPECT_EQ(kept[0].value, std::string(kLarge, 'x'));
}

TEST_P(SnapshotTest, ALargeKeyStaysValidWhileItIsPinned) {
  const std::string key(kLarge, 'k');
  cache_.set(key, "small");
  cache_.set("small", std::string(kLarge, 'v'));
  std::vector<Snapshot::Entry> kept;
  Snapshot snapshot(cache_);
  while (snapshot.step([&](const Snapshot::Entry& entry) { kept.push_back(entry); })) {
  }
  cache_.clear();
  insert("other", 1000);
  ASSERT_EQ(kept.size(), 2);
  const auto large = std::ranges::find_if(kept, &Snapshot::Entry::pins_key);
  ASSERT_NE(large, kept.end());
  EXPECT_EQ(large->key.bytes(), key);
  EXPECT_EQ(large->value, "small");
  EXPECT_EQ(std::ranges::count_if(kept, &Snapshot::Entry::pins_key), 1);
}

TEST_P(SnapshotTest, AStepShowsFewEntries) {
  insert("key", 50'000);
  std::size_t most = 0;
  std::size_t now = 0;
  Snapshot snapshot(cache_);
  while (snapshot.step([&](const Snapshot::Entry&) { most = std::max(most, ++now); })) now = 0;
  EXPECT_LE(most, 300);
}

TEST_P(SnapshotTest, AStepEndsEarlierWhereValuesAreLarger) {
  for (int i = 0; i < 2000; ++i) cache_.set("key" + std::to_string(i), std::string(8000, 'x'));
  std::size_t most = 0;
  std::size_t now = 0;
  Snapshot snapshot(cache_);
  while (snapshot.step([&](const Snapshot::Entry&) { most = std::max(most, ++now); })) now = 0;
  EXPECT_LE(most, 40);  // no more than the longest chain, after less than 32 KiB
}

TEST_P(SnapshotTest, WritersMayGoOnMeanwhile) {
  constexpr int kStays = 5000;
  insert("stays", kStays);
  std::atomic<bool> stop{false};
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 2; ++writer) {
    writers.emplace_back([&, writer] {
      const std::string prefix = "writer" + std::to_string(writer) + ":";
      std::uint64_t random = static_cast<std::uint64_t>(writer);
      while (!stop) {
        const int size = static_cast<int>(next_random(random) % 5000);
        for (int i = 0; i < size; ++i) cache_.set(prefix + std::to_string(i), "v");
        for (int i = 0; i < size; ++i) cache_.erase(prefix + std::to_string(i));
        cache_.set("stays" + std::to_string(next_random(random) % kStays), "changed");
      }
    });
  }
  for (int round = 0; round < 20; ++round) expect_all_once(walk(), "stays", kStays);
  stop = true;
  for (std::thread& writer : writers) writer.join();
}

INSTANTIATE_TEST_SUITE_P(Shards, SnapshotTest, testing::Values(1, 8));

}  // namespace
}  // namespace libcache
