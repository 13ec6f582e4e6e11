// Results that are no values: that there is no such thing, and errors.

#include <array>
#include <chrono>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libcache/loading_cache.h>

#include "loading_fixture.h"

namespace libcache {
namespace {

using std::chrono::milliseconds;

constexpr LoadOptions kRemember{.absent_ttl = milliseconds(100), .error_ttl = milliseconds(100)};

class NegativeEntryTest : public LoadingCacheTest {
 protected:
  LoadResult ask_for_nothing(Key key, const LoadOptions& options = kRemember) {
    return loading_.get_or_compute(
        key,
        [this]() -> Loaded {
          ++loads_;
          return Absent{};
        },
        options);
  }
  LoadResult ask_for_error(Key key, std::string message, const LoadOptions& options = kRemember) {
    return loading_.get_or_compute(
        key,
        [&]() -> Loaded {
          ++loads_;
          return LoadError{message};
        },
        options);
  }
  std::set<std::string> scanned() {
    std::set<std::string> keys;
    std::uint64_t cursor = 0;
    do {
      cursor = cache_.scan(0, cursor, 100, [&](std::string_view key) { keys.emplace(key); });
    } while (cursor != 0);
    return keys;
  }
};

TEST_F(NegativeEntryTest, AbsenceIsAResult) {
  EXPECT_EQ(ask_for_nothing("k", {}).status, LoadStatus::kAbsent);
  EXPECT_FALSE(ask_for_nothing("k", {}));
  EXPECT_EQ(loads_, 2);  // nobody asked to remember it
}

TEST_F(NegativeEntryTest, AbsenceIsRememberedForItsTtl) {
  EXPECT_EQ(ask_for_nothing("k").status, LoadStatus::kAbsent);
  clock_.advance_ms(99);
  EXPECT_EQ(ask_for_nothing("k").status, LoadStatus::kAbsent);
  EXPECT_EQ(loads_, 1);
  clock_.advance_ms(1);
  EXPECT_EQ(ask_for_nothing("k").status, LoadStatus::kAbsent);
  EXPECT_EQ(loads_, 2);
}

TEST_F(NegativeEntryTest, AnErrorIsRememberedForItsTtl) {
  EXPECT_EQ(ask_for_error("k", "down").error->message, "down");
  const LoadResult again = ask_for_error("k", "another one");
  EXPECT_EQ(again.status, LoadStatus::kFailed);
  EXPECT_EQ(again.error->message, "down");
  EXPECT_EQ(loads_, 1);
  clock_.advance_ms(100);
  EXPECT_EQ(ask_for_error("k", "another one").error->message, "another one");
}

TEST_F(NegativeEntryTest, AnErrorWithoutAMessageIsNotTakenForAbsence) {
  EXPECT_EQ(ask_for_error("k", "").status, LoadStatus::kFailed);
  EXPECT_EQ(ask_for_error("k", "").status, LoadStatus::kFailed);
  EXPECT_EQ(loads_, 1);
}

TEST_F(NegativeEntryTest, ALongMessageIsCut) {
  EXPECT_FALSE(ask_for_error("k", std::string(5000, 'x')));
  EXPECT_EQ(ask_for_error("k", "").error->message, std::string(1024, 'x'));
}

TEST_F(NegativeEntryTest, OtherReadsSeeAnAbsentKey) {
  EXPECT_FALSE(ask_for_nothing("k"));
  cache_.set("present", "v");
  std::string out;
  EXPECT_EQ(cached("k"), "(none)");
  EXPECT_FALSE(cache_.get_into("k", out));
  EXPECT_FALSE(cache_.exists("k"));
  EXPECT_FALSE(cache_.touch("k"));
  EXPECT_EQ(cache_.info("k"), std::nullopt);
  EXPECT_EQ(cache_.deadline("k"), std::nullopt);
  EXPECT_EQ(cache_.get_range("k", 0, 1), std::nullopt);
  EXPECT_THAT(scanned(), testing::ElementsAre("present"));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(cache_.random_key(), "present");
  const std::array<Key, 1> keys{"k"};
  cache_.get_many(keys, [](std::size_t, std::optional<std::string_view> bytes) {
    EXPECT_EQ(bytes, std::nullopt);
  });
  EXPECT_FALSE(ask_for_nothing("k"));
  EXPECT_EQ(loads_, 1);  // none of that has made it forget
}

TEST_F(NegativeEntryTest, WritesSeeAnAbsentKeyAndOverruleTheEntry) {
  const std::vector<std::pair<std::function<void()>, std::string>> writes = {
      {[&] { cache_.set("k", "set"); }, "set"},
      {[&] { cache_.set("k", "nx", {.when = SetOptions::When::kIfAbsent}); }, "nx"},
      {[&] {
         std::size_t size = 0;
         EXPECT_EQ(cache_.append("k", "appended", size), Status::kOk);
       },
       "appended"},
      {[&] {
         std::int64_t result = 0;
         EXPECT_EQ(cache_.increment("k", 3, result), Status::kOk);
       },
       "3"},
      {[&] { EXPECT_FALSE(cache_.erase("k")); }, "(none)"},
      {[&] { cache_.clear(); }, "(none)"},
  };
  for (std::size_t i = 0; i < writes.size(); ++i) {
    cache_.erase("k");
    EXPECT_FALSE(ask_for_error("k", "down"));
    writes[i].first();
    EXPECT_EQ(cached("k"), writes[i].second) << i;
    EXPECT_EQ(ask_for_nothing("k", {}).status,
              writes[i].second == "(none)" ? LoadStatus::kAbsent : LoadStatus::kHit)
        << i;
  }
}

TEST_F(NegativeEntryTest, AConditionThatTheKeyIsThereIsNotMet) {
  EXPECT_FALSE(ask_for_nothing("k"));
  EXPECT_EQ(cache_.set("k", "xx", {.when = SetOptions::When::kIfPresent}).status,
            Status::kNotStored);
  EXPECT_EQ(cache_.expire_at("k", clock_.now_ms() + 1000), Status::kNotFound);
  EXPECT_EQ(cache_.persist("k"), Status::kNotFound);
  EXPECT_EQ(cache_.compare_and_set("k", "", "v"), Status::kNotFound);
}

TEST_F(NegativeEntryTest, AnotherKeyMayBeRenamedToIt) {
  EXPECT_FALSE(ask_for_nothing("k"));
  cache_.set("source", "v");
  const std::array<Key, 2> both{"source", "k"};
  EXPECT_EQ(cache_.lock(both).rename("source", "k"), Status::kOk);
  EXPECT_EQ(cached("k"), "v");
  EXPECT_FALSE(ask_for_nothing("gone"));
  const std::array<Key, 2> others{"gone", "k"};
  EXPECT_EQ(cache_.lock(others).rename("gone", "k"), Status::kNotFound);
}

TEST_F(NegativeEntryTest, TakesASixteenthOfTheLimitAtMost) {
  for (int i = 0; i < 100'000; ++i) EXPECT_FALSE(ask_for_nothing("absent:" + std::to_string(i)));
  const ShardStats stats = cache_.stats().total;
  EXPECT_LE(stats.negative_memory, cache_.max_memory() / 16 + 100);
  EXPECT_GT(stats.negative_memory, cache_.max_memory() / 16 - 1000);
  EXPECT_EQ(cache_.check_invariants(), "");
}

TEST_F(NegativeEntryTest, ItsMemoryIsFreeAgainWhenItExpires) {
  EXPECT_FALSE(ask_for_nothing("k"));
  EXPECT_GT(cache_.stats().total.negative_memory, 0);
  clock_.advance_ms(100);
  cache_.maintain();
  EXPECT_EQ(cache_.stats().total.negative_memory, 0);
  EXPECT_EQ(cache_.size(), 0);
}

TEST_F(NegativeEntryTest, AStaleValueIsNotGivenUpForAnError) {
  const LoadOptions options{
      .ttl = milliseconds(100), .stale_for = milliseconds(50), .error_ttl = milliseconds(1000)};
  EXPECT_TRUE(loading_.get_or_compute("k", loader_of("old"), options));
  clock_.advance_ms(100);
  EXPECT_EQ(text(ask_for_error("k", "down", options)), "old");
  EXPECT_EQ(cached("k"), "old");
}

TEST_F(NegativeEntryTest, EachOfManyKeysMayBeAbsent) {
  const std::array<Key, 2> keys{"a", "b"};
  const auto loader = [this](std::span<const Key>) {
    ++loads_;
    return std::vector<Loaded>{Absent{}, "v"};
  };
  for (int i = 0; i < 2; ++i) {
    const auto results = loading_.get_or_compute_many(keys, loader, kRemember);
    EXPECT_EQ(results[0].status, LoadStatus::kAbsent);
    EXPECT_EQ(text(results[1]), "v");
  }
  EXPECT_EQ(loads_, 1);
}

}  // namespace
}  // namespace libcache
