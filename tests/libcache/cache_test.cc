#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libcache/cache.h>

namespace libcache {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Optional;

std::string refusal(const Options& options) {
  try {
    const Cache cache(options);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

TEST(CacheOptions, ARefusalNamesTheFieldAndItsBound) {
  EXPECT_THAT(refusal({.max_memory = 1000}), HasSubstr("max_memory must be 0 or at least 1048576"));
  EXPECT_THAT(refusal({.shards = 3}), HasSubstr("shards must be 0 or a power of two from 1 to 64"));
  EXPECT_THAT(refusal({.shards = 128}), HasSubstr("not 128"));
  EXPECT_THAT(refusal({.shards = -1}), HasSubstr("shards"));
  EXPECT_THAT(refusal({.default_ttl = milliseconds(0)}),
              HasSubstr("default_ttl must be at least 1"));
  EXPECT_THAT(refusal({.clock = nullptr}), HasSubstr("clock"));
}

class CacheTest : public ::testing::Test {
 protected:
  ~CacheTest() override { EXPECT_EQ(cache.check_invariants(), ""); }

  std::string read(Key key) {
    const auto value = cache.get(key);
    return value ? std::string(value->bytes()) : "(none)";
  }

  ManualClock clock;
  Cache cache{{.max_memory = 8 << 20, .maintenance = Maintenance::kManual, .clock = &clock}};
};

TEST_F(CacheTest, WhatWasSetIsRead) {
  EXPECT_EQ(cache.set("k", "v").status, Status::kOk);
  EXPECT_EQ(read("k"), "v");
  EXPECT_EQ(read("other"), "(none)");
}

TEST_F(CacheTest, KeysAndValuesAreAnyBytes) {
  const std::string zero(1, '\0');
  EXPECT_EQ(cache.set(std::string_view(), "empty key").status, Status::kOk);
  EXPECT_EQ(cache.set(zero, std::string_view()).status, Status::kOk);
  EXPECT_EQ(read(std::string_view()), "empty key");
  EXPECT_EQ(read(zero), "");
}

TEST_F(CacheTest, SmallValuesAreCopiedAndLargeOnesPinned) {
  cache.set("small", std::string(1000, 's'));
  cache.set("large", std::string(100'000, 'l'));
  EXPECT_FALSE(cache.get("small")->pinned());
  EXPECT_TRUE(cache.get("large")->pinned());
}

TEST_F(CacheTest, APinnedValueStaysWhenItsKeyIsOverwritten) {
  cache.set("k", std::string(100'000, 'a'));
  const auto before = cache.get("k");
  cache.set("k", std::string(100'000, 'b'));
  std::size_t size = 0;
  EXPECT_EQ(cache.append("k", "c", size), Status::kOk);
  EXPECT_EQ(before->bytes(), std::string(100'000, 'a'));
}

TEST_F(CacheTest, APinnedValueOutlivesTheCache) {
  std::optional<Value> pinned;
  {
    Cache other({.max_memory = 4 << 20});
    other.set("k", std::string(50'000, 'x'));
    pinned = other.get("k");
  }
  EXPECT_EQ(pinned->bytes(), std::string(50'000, 'x'));
}

TEST_F(CacheTest, AKeyMayBeLargerThanAPage) {
  for (const std::size_t size : {255U, 256U, 5'000U, 16'000U, 17'000U, 300'000U}) {
    const std::string key(size, 'k');
    EXPECT_EQ(cache.set(key, "v").status, Status::kOk) << size;
    EXPECT_EQ(read(key), "v") << size;
  }
}

TEST_F(CacheTest, AValueThatCanNeverFitIsRefusedAndTheOldOneStays) {
  cache.set("k", "old");
  EXPECT_EQ(cache.set("k", std::string(9 << 20, 'x')).status, Status::kTooLarge);
  EXPECT_EQ(read("k"), "old");
  EXPECT_EQ(cache.stats().total.evictions, 0U);
}

TEST_F(CacheTest, AValueOverHalfAGibibyteIsRefused) {
  Cache unlimited({.max_memory = 0});
  std::size_t size = 0;
  EXPECT_EQ(unlimited.set_range("k", kMaxBytes, "x", size), Status::kTooLarge);
  EXPECT_FALSE(unlimited.exists("k"));
}

TEST_F(CacheTest, ConditionsAreHonoured) {
  using When = SetOptions::When;
  EXPECT_EQ(cache.set("k", "1", {.when = When::kIfPresent}).status, Status::kNotStored);
  EXPECT_EQ(cache.set("k", "2", {.when = When::kIfAbsent}).status, Status::kOk);
  EXPECT_EQ(cache.set("k", "3", {.when = When::kIfAbsent}).status, Status::kNotStored);
  EXPECT_EQ(read("k"), "2");
}

TEST_F(CacheTest, TheOldValueIsReturnedIfAskedFor) {
  cache.set("k", "1");
  const SetResult result = cache.set("k", "2", {.return_old = true});
  EXPECT_TRUE(result.existed);
  EXPECT_EQ(result.old_value->bytes(), "1");
  EXPECT_FALSE(cache.set("k", "3").old_value.has_value());
}

TEST_F(CacheTest, AnEntryExpiresAtItsDeadline) {
  cache.set("k", "v", {.ttl = milliseconds(100)});
  clock.advance_ms(99);
  EXPECT_TRUE(cache.exists("k"));
  clock.advance_ms(1);
  EXPECT_FALSE(cache.exists("k"));
  EXPECT_EQ(cache.stats().total.expiries, 1U);
}

TEST_F(CacheTest, WhatIsStoredWithADeadlineThatHasPassedExpiresAtOnce) {
  cache.set("k", "v");
  EXPECT_EQ(cache.set("k", "w", {.deadline_ms = clock.now_ms()}).status, Status::kOk);
  EXPECT_FALSE(cache.exists("k"));
  EXPECT_EQ(cache.set("k", "w", {.ttl = milliseconds(-1 - clock.now_ms())}).status, Status::kOk);
  EXPECT_FALSE(cache.exists("k"));
  EXPECT_EQ(cache.stats().total.expiries, 2U);
}

TEST_F(CacheTest, WhatExpiresIsReclaimedWithoutARequest) {
  for (int i = 0; i < 1000; ++i) {
    cache.set(std::to_string(i), "v", {.ttl = milliseconds(i + 1)});
  }
  clock.advance_ms(500);
  while (cache.maintain() == 0) {
  }
  EXPECT_EQ(cache.size(), 500U);
  EXPECT_EQ(cache.maintain(), clock.now_ms() + 1);
}

TEST_F(CacheTest, ASetWithoutKeepTtlTakesTheDeadlineAway) {
  cache.set("k", "v", {.ttl = milliseconds(100)});
  cache.set("k", "w", {.keep_ttl = true});
  EXPECT_THAT(cache.deadline("k"), Optional(clock.now_ms() + 100));
  cache.set("k", "x");
  EXPECT_THAT(cache.deadline("k"), Optional(kNoDeadline));
}

TEST_F(CacheTest, AMomentThatHasPassedExpires) {
  cache.set("a", "v");
  cache.set("b", "v");
  EXPECT_EQ(cache.expire_at("a", clock.now_ms()), Status::kOk);
  EXPECT_EQ(cache.expire_at("b", -1), Status::kOk);
  EXPECT_EQ(cache.size(), 0U);
  EXPECT_EQ(cache.stats().total.expiries, 2U);
  EXPECT_EQ(cache.expire_at("a", clock.now_ms() + 1), Status::kNotFound);
}

TEST_F(CacheTest, ALargeValueKeepsItsBytesWhenItsDeadlineChanges) {
  cache.set("k", std::string(100'000, 'x'));
  const auto pinned = cache.get("k");
  EXPECT_EQ(cache.expire_at("k", clock.now_ms() + 1000), Status::kOk);
  EXPECT_EQ(cache.get("k")->bytes().data(), pinned->bytes().data());
  EXPECT_EQ(cache.persist("k"), Status::kOk);
  EXPECT_EQ(cache.get("k")->bytes().data(), pinned->bytes().data());
  EXPECT_EQ(cache.persist("k"), Status::kNotFound);
}

TEST_F(CacheTest, TheDefaultTtlIsForWhatNamesNone) {
  Cache limited({.max_memory = 4 << 20,
                 .default_ttl = milliseconds(50),
                 .maintenance = Maintenance::kManual,
                 .clock = &clock});
  limited.set("default", "v");
  limited.set("own", "v", {.ttl = milliseconds(70)});
  limited.set("never", "v", {.deadline_ms = kNoDeadline});
  EXPECT_THAT(limited.deadline("default"), Optional(clock.now_ms() + 50));
  EXPECT_THAT(limited.deadline("own"), Optional(clock.now_ms() + 70));
  EXPECT_THAT(limited.deadline("never"), Optional(kNoDeadline));
}

TEST_F(CacheTest, TheDefaultTtlIsForTheFirstValueOfAKeyHoweverItIsMade) {
  cache.set_default_ttl(milliseconds(50));
  std::int64_t number = 0;
  std::string real;
  std::size_t size = 0;
  EXPECT_EQ(cache.increment("increment", 1, number), Status::kOk);
  EXPECT_EQ(cache.increment_float("increment_float", 1, real), Status::kOk);
  EXPECT_EQ(cache.append("append", "v", size), Status::kOk);
  EXPECT_EQ(cache.set_range("set_range", 1, "v", size), Status::kOk);
  EXPECT_EQ(cache.set("keep_ttl", "v", {.keep_ttl = true}).status, Status::kOk);
  for (const char* key : {"increment", "increment_float", "append", "set_range", "keep_ttl"}) {
    EXPECT_THAT(cache.deadline(key), Optional(clock.now_ms() + 50)) << key;
  }
}

TEST_F(CacheTest, TheDefaultTtlIsNotForWhatIsThere) {
  cache.set("k", "1");
  cache.set_default_ttl(milliseconds(50));
  std::int64_t number = 0;
  std::size_t size = 0;
  EXPECT_EQ(cache.increment("k", 1, number), Status::kOk);
  EXPECT_EQ(cache.append("k", "0", size), Status::kOk);
  EXPECT_EQ(cache.compare_and_set("k", "20", "3"), Status::kOk);
  EXPECT_EQ(cache.set("k", "4", {.keep_ttl = true}).status, Status::kOk);
  EXPECT_THAT(cache.deadline("k"), Optional(kNoDeadline));
}

TEST_F(CacheTest, TheDefaultTtlMayChange) {
  EXPECT_EQ(cache.default_ttl(), std::nullopt);
  cache.set_default_ttl(milliseconds(50));
  EXPECT_EQ(cache.default_ttl(), milliseconds(50));
  cache.set("k", "v");
  EXPECT_EQ(cache.persist("k"), Status::kOk);
  EXPECT_THROW(cache.set_default_ttl(milliseconds(0)), std::invalid_argument);
  EXPECT_EQ(cache.default_ttl(), milliseconds(50));
  cache.set_default_ttl({});
  cache.set("k", "w");
  EXPECT_THAT(cache.deadline("k"), Optional(kNoDeadline));
}

TEST_F(CacheTest, CompareAndSetStoresOnlyOverTheExpectedValue) {
  EXPECT_EQ(cache.compare_and_set("k", "1", "2"), Status::kNotFound);
  cache.set("k", "1", {.ttl = milliseconds(100)});
  EXPECT_EQ(cache.compare_and_set("k", "0", "2"), Status::kNotStored);
  EXPECT_EQ(cache.compare_and_set("k", "1", "2"), Status::kOk);
  EXPECT_EQ(read("k"), "2");
  EXPECT_THAT(cache.deadline("k"), Optional(clock.now_ms() + 100));
}

TEST_F(CacheTest, IncrementCountsAndRefusesWhatIsNoNumber) {
  std::int64_t value = 0;
  EXPECT_EQ(cache.increment("n", 5, value), Status::kOk);
  EXPECT_EQ(cache.increment("n", -7, value), Status::kOk);
  EXPECT_EQ(value, -2);
  cache.set("n", "9223372036854775807");
  EXPECT_EQ(cache.increment("n", 1, value), Status::kOverflow);
  cache.set("n", "x");
  EXPECT_EQ(cache.increment("n", 1, value), Status::kNotInteger);
  std::string text;
  EXPECT_EQ(cache.increment_float("n", 1, text), Status::kNotFloat);
  EXPECT_EQ(cache.increment_float("f", 0.1L, text), Status::kOk);
  EXPECT_EQ(text, "0.1");
}

TEST_F(CacheTest, AppendAndSetRangeEditInPlace) {
  std::size_t size = 0;
  EXPECT_EQ(cache.append("k", "ab", size), Status::kOk);
  EXPECT_EQ(cache.append("k", "cd", size), Status::kOk);
  EXPECT_EQ(size, 4U);
  EXPECT_EQ(cache.set_range("k", 6, "gh", size), Status::kOk);
  EXPECT_EQ(read("k"), std::string("abcd\0\0gh", 8));
  EXPECT_THAT(cache.get_range("k", 2, 2), Optional(std::string("cd")));
  EXPECT_THAT(cache.get_range("k", 100, 2), Optional(std::string()));
}

TEST_F(CacheTest, AValueGrowsThroughAllItsShapes) {
  std::string expected;
  std::size_t size = 0;
  while (expected.size() < 100'000) {
    const std::string piece(1 + expected.size() / 3, static_cast<char>('a' + expected.size() % 26));
    expected += piece;
    ASSERT_EQ(cache.append("k", piece, size), Status::kOk);
    ASSERT_EQ(read("k"), expected);
  }
}

TEST_F(CacheTest, ManyKeysAreReadInOneCall) {
  std::vector<std::string> names;
  for (int i = 0; i < 200; ++i) names.push_back("key" + std::to_string(i));
  for (std::size_t i = 0; i < names.size(); i += 2) cache.set(names[i], names[i]);
  const std::vector<Key> keys(names.begin(), names.end());
  std::vector<std::string> read_values(keys.size());
  cache.get_many(keys, [&](std::size_t i, std::optional<std::string_view> bytes) {
    read_values[i] = bytes ? std::string(*bytes) : "(none)";
  });
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(read_values[i], i % 2 == 0 ? names[i] : "(none)");
  }
}

TEST_F(CacheTest, DatabasesAreApart) {
  cache.set({"k", 0}, "zero");
  cache.set({"k", 1}, "one");
  cache.swap_databases(0, 1);
  EXPECT_EQ(read({"k", 0}), "one");
  cache.clear(0);
  EXPECT_EQ(read({"k", 0}), "(none)");
  EXPECT_EQ(read({"k", 1}), "zero");
  EXPECT_EQ(cache.size(1), 1U);
}

TEST_F(CacheTest, ClearedMemoryIsReclaimedInSteps) {
  for (int i = 0; i < 20'000; ++i) cache.set(std::to_string(i), std::string(64, 'v'));
  const std::size_t full = cache.memory();
  cache.clear();
  EXPECT_EQ(cache.size(), 0U);
  int steps = 0;
  while (cache.maintain(100) == 0) ++steps;
  EXPECT_GT(steps, 10);
  EXPECT_LT(cache.memory(), full / 4);
}

TEST_F(CacheTest, AScanVisitsWhatStaysThoughTheIndexGrowsAndShrinks) {
  for (int i = 0; i < 2000; ++i) cache.set("stays" + std::to_string(i), "v");
  std::vector<std::string> seen;
  std::uint64_t cursor = 0;
  int round = 0;
  do {
    cursor = cache.scan(0, cursor, 50, [&](std::string_view key) {
      if (key.starts_with("stays")) seen.emplace_back(key);
    });
    for (int i = 0; i < 200; ++i) {
      const std::string key = "x" + std::to_string(round % 100 * 200 + i);
      if (round / 100 % 2 == 0) {
        cache.set(key, "v");
      } else {
        cache.erase(key);
      }
    }
    ++round;
  } while (cursor != 0);
  std::sort(seen.begin(), seen.end());
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  EXPECT_EQ(seen.size(), 2000U);
}

TEST_F(CacheTest, ALoweredLimitIsReachedInSteps) {
  for (int i = 0; i < 60'000; ++i) cache.set(std::to_string(i), std::string(64, 'v'));
  cache.set_max_memory(4 << 20);
  int steps = 0;
  while (cache.maintain(100) == 0) ++steps;
  EXPECT_GT(steps, 10);
  EXPECT_LE(cache.memory(), std::size_t{4} << 20);
  EXPECT_GT(cache.size(), 10'000U);
}

TEST_F(CacheTest, WithoutEvictionWhatDoesNotFitIsRefusedAndNothingIsLost) {
  cache.set_policy(Policy::kNoEviction);
  int stored = 0;
  while (cache.set(std::to_string(stored), std::string(1000, 'v')).status == Status::kOk) ++stored;
  EXPECT_EQ(cache.set("one more", std::string(1000, 'v')).status, Status::kOutOfMemory);
  EXPECT_EQ(cache.size(), static_cast<std::size_t>(stored));
  EXPECT_LE(cache.memory(), cache.max_memory());
  EXPECT_EQ(cache.expire_at("0", clock.now_ms() + 1000), Status::kOk);
  EXPECT_THAT(cache.deadline("0"), Optional(clock.now_ms() + 1000));
}

TEST_F(CacheTest, SeveralKeysAreOneStepUnderALock) {
  cache.set("a", "1");
  {
    KeyLock lock = cache.lock(std::array<Key, 2>{"a", "b"});
    const auto a = lock.get("a");
    EXPECT_EQ(lock.set("b", a->bytes()).status, Status::kOk);
    EXPECT_TRUE(lock.erase("a"));
  }
  EXPECT_EQ(read("a"), "(none)");
  EXPECT_EQ(read("b"), "1");
}

TEST_F(CacheTest, HitsAndMissesAreCounted) {
  cache.set("k", "v");
  static_cast<void>(cache.get("k"));
  static_cast<void>(cache.get("x"));
  static_cast<void>(cache.get("k", {.count = false}));
  const Stats stats = cache.stats();
  EXPECT_EQ(stats.total.hits, 1U);
  EXPECT_EQ(stats.total.misses, 1U);
  EXPECT_EQ(stats.total.sets, 1U);
  EXPECT_EQ(stats.total.entries, 1U);
  EXPECT_EQ(stats.total.key_bytes, 1U);
  EXPECT_EQ(stats.total.memory(), cache.memory());
}

TEST_F(CacheTest, AMaintenanceThreadReclaimsWhatExpires) {
  Cache running({.max_memory = 4 << 20});
  running.set("k", "v", {.ttl = milliseconds(5)});
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (running.size() != 0 && std::chrono::steady_clock::now() < give_up) {
    std::this_thread::yield();
  }
  EXPECT_EQ(running.size(), 0U);
  EXPECT_EQ(running.stats().total.expiries, 1U);
}

}  // namespace
}  // namespace libcache
