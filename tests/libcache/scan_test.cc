#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>
#include <libcache/cache.h>

namespace libcache {
namespace {

class ScanTest : public testing::TestWithParam<int> {
 protected:
  void TearDown() override { EXPECT_EQ(cache_.check_invariants(), ""); }

  void insert(const std::string& prefix, int count) {
    for (int i = 0; i < count; ++i) cache_.set(prefix + std::to_string(i), "v");
  }
  void erase(const std::string& prefix, int count) {
    for (int i = 0; i < count; ++i) cache_.erase(prefix + std::to_string(i));
  }
  /// Scans from start to end, and does something between two calls; how often each key was seen.
  std::map<std::string, int> scan(
      std::size_t count, const std::function<void(int call)>& between = [](int) {}) {
    std::map<std::string, int> seen;
    std::uint64_t cursor = 0;
    int call = 0;
    do {
      cursor =
          cache_.scan(0, cursor, count, [&](std::string_view key) { ++seen[std::string(key)]; });
      between(call++);
    } while (cursor != 0);
    return seen;
  }
  static int of_prefix(const std::map<std::string, int>& seen, const std::string& prefix) {
    int keys = 0;
    for (const auto& at : seen) keys += at.first.starts_with(prefix) ? 1 : 0;
    return keys;
  }

  ManualClock clock_;
  Cache cache_{{.shards = GetParam(),
                .maintenance = Maintenance::kManual,
                .hash_seed = 1,
                .clock = &clock_}};
};

TEST_P(ScanTest, AnEmptyCacheIsDoneAtOnce) {
  EXPECT_EQ(cache_.scan(0, 0, 10, [](std::string_view) { ADD_FAILURE(); }), 0);
}

TEST_P(ScanTest, EveryKeyIsSeenExactlyOnceIfNothingChanges) {
  insert("key", 5000);
  for (const auto& [key, times] : scan(10)) EXPECT_EQ(times, 1) << key;
  EXPECT_EQ(scan(10).size(), 5000);
}

TEST_P(ScanTest, OneCallLooksAtAboutAsManyEntriesAsAsked) {
  insert("key", 5000);
  int visited = 0;
  static_cast<void>(cache_.scan(0, 0, 100, [&](std::string_view) { ++visited; }));
  EXPECT_GE(visited, 50);
  EXPECT_LE(visited, 150);
}

TEST_P(ScanTest, WhatStaysIsSeenWhileTheIndexGrows) {
  insert("stays", 1000);
  const auto seen =
      scan(20, [&](int call) { insert("new" + std::to_string(call), call < 100 ? 200 : 0); });
  EXPECT_EQ(of_prefix(seen, "stays"), 1000);
}

TEST_P(ScanTest, WhatStaysIsSeenWhileTheIndexShrinks) {
  insert("stays", 300);
  insert("goes", 20'000);
  const auto seen = scan(20, [&](int call) {
    for (int i = call * 100; i < (call + 1) * 100; ++i) cache_.erase("goes" + std::to_string(i));
  });
  EXPECT_EQ(of_prefix(seen, "stays"), 300);
}

TEST_P(ScanTest, WhatStaysIsSeenWhileTheIndexGrowsAndShrinks) {
  insert("stays", 500);
  const auto seen = scan(5, [&](int call) {
    if (call > 300) return;
    if (call % 4 < 2) {
      insert("other", 3000);
    } else {
      erase("other", 3000);
    }
  });
  EXPECT_EQ(of_prefix(seen, "stays"), 500);
}

TEST_P(ScanTest, ExpiredEntriesAreNotSeen) {
  cache_.set("goes", "v", {.ttl = std::chrono::milliseconds(10)});
  insert("stays", 1);
  clock_.advance_ms(10);
  EXPECT_EQ(scan(10).size(), 1);
}

TEST_P(ScanTest, LooksAtSomethingEvenIfAskedForNothing) {
  cache_.set("key", "v");
  std::uint64_t cursor = 0;
  std::size_t seen = 0;
  do {
    cursor = cache_.scan(0, cursor, 0, [&](std::string_view) { ++seen; });
  } while (cursor != 0);
  EXPECT_EQ(seen, 1U);
}

TEST_P(ScanTest, AnyCursorIsSafe) {
  insert("key", 1000);
  for (std::uint64_t cursor = 1; cursor != 0; cursor <<= 1) {
    static_cast<void>(cache_.scan(0, cursor, 10, [](std::string_view) {}));
    static_cast<void>(cache_.scan(0, ~cursor, 10, [](std::string_view) {}));
  }
}

TEST_P(ScanTest, EachKeyIsARandomKeySometimes) {
  insert("key", 50);
  std::set<std::string> seen;
  for (int i = 0; i < 5000; ++i) seen.insert(cache_.random_key().value_or(""));
  EXPECT_EQ(seen.size(), 50);
}

TEST_P(ScanTest, ThereIsNoRandomKeyAmongExpiredOnes) {
  for (int i = 0; i < 100; ++i) {
    cache_.set(std::to_string(i), "v", {.ttl = std::chrono::milliseconds(10)});
  }
  clock_.advance_ms(10);
  EXPECT_EQ(cache_.random_key(), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Shards, ScanTest, testing::Values(1, 8));

}  // namespace
}  // namespace libcache
