#include <array>
#include <chrono>
#include <cstdint>
#include <memory_resource>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libcache/number.h>
#include <libcache/typed_cache.h>

namespace libcache {

namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::Optional;

struct GameKey {
  std::uint64_t game = 0;
  std::string_view market = "1x2";
};

void append_key(KeyBuilder& out, const GameKey& key) {
  out.add("score:", key.game, ':', key.market);
}

struct Score {
  std::int32_t home = 0;
  std::int32_t away = 0;
  bool operator==(const Score&) const = default;
};

struct LongScore {
  std::int32_t home = 0;
  std::int32_t away = 0;
  std::int32_t minutes = 0;
  bool operator==(const LongScore&) const = default;
};

/// The keys of a game and of a market that make a key too long to be built.
const std::string kLongText(KeyBuilder::kCapacity, 'x');
const GameKey kTooLongKey{.game = 1, .market = kLongText};

/// A codec with work to do: decimal text, which is decoded without the lock.
struct TextCodec {
  static constexpr Format kFormat{"text", 1};
  static void encode(int value, std::pmr::string& out) { out.append(std::to_string(value)); }
  static std::optional<int> decode(std::string_view bytes) {
    if (bytes == "13") throw std::runtime_error("unlucky");
    const auto value = parse_integer(bytes);
    return value ? std::optional(static_cast<int>(*value)) : std::nullopt;
  }
};

template <std::uint32_t kVersion, class T = Score>
using ScoreCodec = TrivialCodec<T, Format("Score", kVersion)>;

class TypedCacheTest : public ::testing::Test {
 protected:
  ~TypedCacheTest() override { EXPECT_EQ(cache.check_invariants(), ""); }

  ManualClock clock;
  Cache cache{{.max_memory = 8 << 20, .maintenance = Maintenance::kManual, .clock = &clock}};
  TypedCache<GameKey, Score, ScoreCodec<1>> scores{cache};
  TypedCache<std::string, std::string, StringCodec<>> strings{cache};
  TypedCache<int, int, TextCodec> texts{cache};
};

TEST_F(TypedCacheTest, WhatWasSetIsRead) {
  EXPECT_EQ(scores.set({.game = 17}, {3, 2}).status, Status::kOk);
  EXPECT_EQ(scores.get({.game = 17}), (Score{3, 2}));
  EXPECT_EQ(scores.get({.game = 18}), std::nullopt);
}

TEST_F(TypedCacheTest, StringsOfAnyBytesAreRead) {
  const std::string zeros("\0a\0", 3);
  strings.set(zeros, zeros);
  strings.set("", "");
  EXPECT_EQ(strings.get(zeros), zeros);
  EXPECT_EQ(strings.get(""), "");
}

TEST_F(TypedCacheTest, LargeValuesAreRead) {
  const std::string large(100'000, 'x');
  strings.set("k", large);
  EXPECT_EQ(strings.get("k"), large);

  using Numbers = std::array<int, 10'000>;
  TypedCache<int, Numbers, TrivialCodec<Numbers, Format("Numbers", 1)>> numbers(cache);
  Numbers many{};
  many.back() = 7;
  numbers.set(1, many);
  EXPECT_EQ(numbers.get(1), many);
}

TEST_F(TypedCacheTest, ACodecWithWorkToDoIsReadToo) {
  texts.set(1, 42);
  EXPECT_EQ(texts.get(1), 42);
  EXPECT_EQ(texts.get(2), std::nullopt);
}

TEST_F(TypedCacheTest, WhatACodecThrowsIsForTheCaller) {
  texts.set(1, 13);
  EXPECT_THROW((void)texts.get(1), std::runtime_error);
  texts.set(1, 14);
  EXPECT_EQ(texts.get(1), 14);
}

// --- Keys

TEST_F(TypedCacheTest, AKeyIsWhatItsTypeWrites) {
  scores.set({.game = 17}, {3, 2});
  EXPECT_TRUE(cache.exists("score:17:1x2"));
}

TEST_F(TypedCacheTest, AStringIsTheKeyItself) {
  strings.set("a key", "v");
  EXPECT_TRUE(cache.exists("a key"));
}

TEST_F(TypedCacheTest, AStringMayBeOfAnyLength) {
  const std::string key(10'000, 'k');
  EXPECT_EQ(strings.set(key, "v").status, Status::kOk);
  EXPECT_EQ(strings.get(key), "v");
}

TEST_F(TypedCacheTest, AKeyOfTheCacheKeepsItsDatabase) {
  TypedCache<Key, std::string, StringCodec<>> any(cache);
  any.set(Key("k", 3), "v");
  EXPECT_EQ(any.get(Key("k", 3)), "v");
  EXPECT_EQ(any.get("k"), std::nullopt);
}

TEST_F(TypedCacheTest, AKeyThatIsTooLongIsNeverThere) {
  EXPECT_EQ(scores.set(kTooLongKey, {3, 2}).status, Status::kTooLarge);
  EXPECT_EQ(scores.get(kTooLongKey), std::nullopt);
  EXPECT_FALSE(scores.exists(kTooLongKey));
  EXPECT_FALSE(scores.erase(kTooLongKey));
  EXPECT_EQ(cache.size(), 0U);
}

TEST_F(TypedCacheTest, OnlyWhatCanBecomeAKeyIsOne) {
  static_assert(TypedKey<GameKey>);
  static_assert(TypedKey<std::string_view>);
  static_assert(TypedKey<std::uint64_t>);
  static_assert(TypedKey<Key>);
  static_assert(!TypedKey<Score>);
  static_assert(!TypedKey<double>);
}

// --- Not garbage

TEST_F(TypedCacheTest, AnotherVersionIsAMiss) {
  TypedCache<GameKey, Score, ScoreCodec<2>> next(cache);
  scores.set({.game = 17}, {3, 2});
  EXPECT_EQ(next.get({.game = 17}), std::nullopt);
  next.set({.game = 17}, {4, 2});
  EXPECT_EQ(scores.get({.game = 17}), std::nullopt);
}

TEST_F(TypedCacheTest, AnotherSizeIsAMissEvenIfTheVersionWasForgotten) {
  TypedCache<GameKey, LongScore, ScoreCodec<1, LongScore>> longer(cache);
  scores.set({.game = 17}, {3, 2});
  EXPECT_EQ(longer.get({.game = 17}), std::nullopt);
  longer.set({.game = 17}, {3, 2, 90});
  EXPECT_EQ(scores.get({.game = 17}), std::nullopt);
}

TEST_F(TypedCacheTest, AnotherTypeUnderTheSameKeyIsAMiss) {
  TypedCache<GameKey, std::string, StringCodec<>> others(cache);
  others.set({.game = 17}, "3:2 3:2 ");
  EXPECT_EQ(scores.get({.game = 17}), std::nullopt);
  scores.set({.game = 17}, {3, 2});
  EXPECT_EQ(others.get({.game = 17}), std::nullopt);
}

TEST_F(TypedCacheTest, PlainBytesAreAMiss) {
  for (std::size_t size = 0; size < 20; ++size) {
    cache.set("score:17:1x2", std::string(size, 'x'));
    EXPECT_EQ(scores.get({.game = 17}), std::nullopt) << size;
  }
}

TEST_F(TypedCacheTest, TruncatedBytesAreAMiss) {
  scores.set({.game = 17}, {3, 2});
  const auto whole = cache.get("score:17:1x2");
  for (std::size_t size = 0; size < whole->bytes().size(); ++size) {
    cache.set("score:17:1x2", whole->bytes().substr(0, size));
    EXPECT_EQ(scores.get({.game = 17}), std::nullopt) << size;
  }
}

TEST_F(TypedCacheTest, WhatIsAMissIsOverwritten) {
  cache.set("score:17:1x2", "plain");
  EXPECT_TRUE(scores.set({.game = 17}, {3, 2}).existed);
  EXPECT_EQ(scores.get({.game = 17}), (Score{3, 2}));
}

// --- Exists, erase, options

TEST_F(TypedCacheTest, ExistsIsWhatGetWouldReturn) {
  EXPECT_FALSE(scores.exists({.game = 17}));
  cache.set("score:17:1x2", "plain");
  EXPECT_FALSE(scores.exists({.game = 17}));
  scores.set({.game = 17}, {3, 2});
  EXPECT_TRUE(scores.exists({.game = 17}));
}

TEST_F(TypedCacheTest, EraseTakesWhateverIsThere) {
  scores.set({.game = 17}, {3, 2});
  EXPECT_TRUE(scores.erase({.game = 17}));
  EXPECT_FALSE(scores.erase({.game = 17}));
  cache.set("score:17:1x2", "plain");
  EXPECT_TRUE(scores.erase({.game = 17}));
}

TEST_F(TypedCacheTest, ALifetimeIsHonoured) {
  scores.set({.game = 17}, {3, 2}, {.ttl = milliseconds(100)});
  clock.advance_ms(99);
  EXPECT_TRUE(scores.exists({.game = 17}));
  clock.advance_ms(1);
  EXPECT_FALSE(scores.exists({.game = 17}));
}

TEST_F(TypedCacheTest, AConditionIsHonoured) {
  scores.set({.game = 17}, {3, 2});
  const auto result = scores.set({.game = 17}, {4, 2}, {.when = SetOptions::When::kIfAbsent});
  EXPECT_EQ(result.status, Status::kNotStored);
  EXPECT_EQ(scores.get({.game = 17}), (Score{3, 2}));
}

TEST_F(TypedCacheTest, TheOldValueIsReturnedIfAskedFor) {
  EXPECT_EQ(scores.set({.game = 17}, {3, 2}, {.return_old = true}).old_value, std::nullopt);
  EXPECT_EQ(scores.set({.game = 17}, {4, 2}).old_value, std::nullopt);
  EXPECT_EQ(scores.set({.game = 17}, {5, 2}, {.return_old = true}).old_value, (Score{4, 2}));
}

TEST_F(TypedCacheTest, AnOldValueOfAnotherTypeIsNone) {
  cache.set("score:17:1x2", "plain");
  const auto result = scores.set({.game = 17}, {3, 2}, {.return_old = true});
  EXPECT_TRUE(result.existed);
  EXPECT_EQ(result.old_value, std::nullopt);
}

TEST_F(TypedCacheTest, AReadCountsAsItsOptionsSay) {
  scores.set({.game = 17}, {3, 2});
  EXPECT_TRUE(scores.get({.game = 17}, {.count = false}));
  EXPECT_EQ(cache.stats().total.hits, 0U);
  EXPECT_TRUE(scores.get({.game = 17}));
  EXPECT_EQ(cache.stats().total.hits, 1U);
}

// --- Many keys

TEST_F(TypedCacheTest, ManyKeysAreReadInOrder) {
  scores.set({.game = 1}, {1, 0});
  scores.set({.game = 3}, {3, 0});
  const std::array keys{GameKey{.game = 3}, kTooLongKey, GameKey{.game = 2}, GameKey{.game = 1},
                        GameKey{.game = 3}};
  EXPECT_THAT(scores.get_many(keys), ElementsAre(Optional(Score{3, 0}), std::nullopt, std::nullopt,
                                                 Optional(Score{1, 0}), Optional(Score{3, 0})));
}

TEST_F(TypedCacheTest, ManyKeysMayBeAnyNumber) {
  for (const int count : {0, 1, 15, 16, 17, 100}) {
    std::vector<int> keys;
    for (int i = 0; i < count; ++i) {
      texts.set(i, 1000 + i);
      keys.push_back(i);
    }
    const auto values = texts.get_many(keys);
    ASSERT_EQ(values.size(), keys.size());
    for (int i = 0; i < count; ++i) EXPECT_EQ(values[static_cast<std::size_t>(i)], 1000 + i);
  }
}

TEST_F(TypedCacheTest, ManyStringsAreReadUntouched) {
  strings.set("a", "1");
  const std::vector<std::string> keys{"a", "b"};
  EXPECT_THAT(strings.get_many(keys), ElementsAre(Optional(std::string("1")), std::nullopt));
}

// --- Threads

TEST_F(TypedCacheTest, ThreadsShareOneAndNeverSeeHalfAValue) {
  constexpr int kRounds = 5'000;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < kRounds; ++i) {
        const GameKey key{.game = static_cast<std::uint64_t>(i % 10)};
        if (t % 2 == 0) scores.set(key, {i, i});
        if (i % 100 == 0) scores.erase(key);
        const Score score = scores.get(key).value_or(Score());
        EXPECT_EQ(score.home, score.away);
      }
    });
  }
}

}  // namespace
}  // namespace libcache
