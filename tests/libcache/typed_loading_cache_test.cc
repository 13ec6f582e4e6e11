#include <chrono>
#include <cstdint>
#include <exception>
#include <memory_resource>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libcache/number.h>
#include <libcache/typed_cache.h>
#include <libcache/typed_loading_cache.h>

#include "loading_fixture.h"

namespace libcache {

namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::Optional;

struct GameKey {
  std::uint64_t game = 0;
  std::string market = "1x2";
};

void append_key(KeyBuilder& out, const GameKey& key) {
  out.add("score:", key.game, ':', key.market);
}

struct Score {
  std::int32_t home = 0;
  std::int32_t away = 0;
  bool operator==(const Score&) const = default;
};

using ScoreCodec = TrivialCodec<Score, Format("Score", 1)>;
using Scores = TypedLoadingCache<GameKey, Score, ScoreCodec>;

/// Decimal text, which is decoded without the lock. Can neither encode nor decode 13.
struct TextCodec {
  static constexpr Format kFormat{"text", 1};
  static void encode(int value, std::pmr::string& out) {
    if (value == 13) throw std::runtime_error("unlucky");
    out.append(std::to_string(value));
  }
  static std::optional<int> decode(std::string_view bytes) {
    if (bytes == "13") throw std::runtime_error("unlucky");
    const auto value = parse_integer(bytes);
    return value ? std::optional(static_cast<int>(*value)) : std::nullopt;
  }
};
using Texts = TypedLoadingCache<int, int, TextCodec>;

/// Decodes nothing, not even its own bytes: as if others always came first.
struct NeverCodec : TextCodec {
  static std::optional<int> decode(std::string_view) { return std::nullopt; }
};

class TypedLoadingCacheTest : public LoadingCacheTest {
 protected:
  /// Scores of so many goals at home as the number of the game; counts.
  auto score_of() {
    return [this](const GameKey& key) {
      ++loads_;
      return Score{static_cast<int>(key.game), 0};
    };
  }
  auto scores_of() {
    return [this](std::span<const GameKey> missed) {
      ++loads_;
      std::vector<Scores::Outcome> outcomes;
      for (const GameKey& key : missed) outcomes.push_back(Score{static_cast<int>(key.game), 0});
      return outcomes;
    };
  }
  /// Stores a text as TextCodec would.
  void set_text(Key key, std::string_view text) {
    const Format format = TextCodec::kFormat;
    std::string stored(reinterpret_cast<const char*>(&format), sizeof format);
    cache_.set(key, stored.append(text));
  }

  Scores scores_{cache_};
  Texts texts_{cache_};
  const GameKey too_long_{.game = 1, .market = std::string(KeyBuilder::kCapacity, 'x')};
};

// --- One key -------------------------------------------------------------------------------------

TEST_F(TypedLoadingCacheTest, AMissIsLoadedWithItsKeyAndStored) {
  const auto result = scores_.get_or_compute({.game = 3}, score_of());
  EXPECT_EQ(result.status, LoadStatus::kLoaded);
  EXPECT_THAT(result.value, Optional(Score{3, 0}));
  EXPECT_THAT((TypedCache<GameKey, Score, ScoreCodec>(cache_).get({.game = 3})),
              Optional(Score{3, 0}));
}

TEST_F(TypedLoadingCacheTest, AHitIsNotLoaded) {
  EXPECT_TRUE(scores_.get_or_compute({.game = 3}, score_of()));
  const auto result = scores_.get_or_compute({.game = 3}, score_of());
  EXPECT_EQ(result.status, LoadStatus::kHit);
  EXPECT_THAT(result.value, Optional(Score{3, 0}));
  EXPECT_EQ(loads_, 1);
}

TEST_F(TypedLoadingCacheTest, AHitThatIsDecodedWithoutTheLockIsNotLoaded) {
  set_text("7", "42");
  const auto result = texts_.get_or_compute(7, [](int key) { return key; });
  EXPECT_EQ(result.status, LoadStatus::kHit);
  EXPECT_THAT(result.value, Optional(42));
}

TEST_F(TypedLoadingCacheTest, ALargeValueIsRead) {
  TypedLoadingCache<std::string, std::string, StringCodec<>> strings(cache_);
  const std::string large(20'000, 'x');
  const auto load = [&](Key) { return large; };
  EXPECT_EQ(strings.get_or_compute("k", load).status, LoadStatus::kLoaded);
  const auto hit = strings.get_or_compute("k", load);
  EXPECT_EQ(hit.status, LoadStatus::kHit);
  EXPECT_THAT(hit.value, Optional(large));
}

TEST_F(TypedLoadingCacheTest, AbsenceIsAResult) {
  const auto result = scores_.get_or_compute(
      {.game = 3}, [](const GameKey&) -> Scores::Outcome { return Absent{}; });
  EXPECT_EQ(result.status, LoadStatus::kAbsent);
  EXPECT_FALSE(result);
}

TEST_F(TypedLoadingCacheTest, AnErrorIsReturned) {
  const auto result = scores_.get_or_compute(
      {.game = 3}, [](const GameKey&) -> Scores::Outcome { return LoadError{"no data"}; });
  EXPECT_EQ(result.status, LoadStatus::kFailed);
  EXPECT_EQ(result.error->message, "no data");
}

TEST_F(TypedLoadingCacheTest, TheLoaderMayNameTheLifetime) {
  EXPECT_TRUE(scores_.get_or_compute({.game = 3}, [](const GameKey&) {
    return Scores::Outcome(Score{3, 2}, milliseconds(20));
  }));
  EXPECT_EQ(cache_.deadline("score:3:1x2"), clock_.now_ms() + 20);
}

TEST_F(TypedLoadingCacheTest, AKeyThatIsTooLongFails) {
  const auto result = scores_.get_or_compute(too_long_, score_of());
  EXPECT_EQ(result.status, LoadStatus::kFailed);
  EXPECT_EQ(result.error->message, "the key is too long");
  EXPECT_EQ(loads_, 0);
}

TEST_F(TypedLoadingCacheTest, ACodecThatThrowsWhileItEncodesFailsTheLoad) {
  const auto result = texts_.get_or_compute(7, [](int) { return 13; });
  EXPECT_EQ(result.status, LoadStatus::kFailed);
  EXPECT_EQ(result.error->message, "unlucky");
}

TEST_F(TypedLoadingCacheTest, WhatTheCodecThrowsWhileItDecodesIsThrown) {
  set_text("7", "13");
  EXPECT_THROW(static_cast<void>(texts_.get_or_compute(7, [](int key) { return key; })),
               std::runtime_error);
}

// --- Other formats -------------------------------------------------------------------------------

TEST_F(TypedLoadingCacheTest, AValueOfAnotherFormatIsLoadedAnewAndReplaced) {
  cache_.set("score:3:1x2", "3:2");
  const auto result = scores_.get_or_compute({.game = 3}, score_of());
  EXPECT_EQ(result.status, LoadStatus::kLoaded);
  EXPECT_THAT(result.value, Optional(Score{3, 0}));
  EXPECT_EQ(scores_.get_or_compute({.game = 3}, score_of()).status, LoadStatus::kHit);
}

TEST_F(TypedLoadingCacheTest, SoIsOneThatIsDecodedWithoutTheLock) {
  cache_.set("7", "plain");
  EXPECT_THAT(texts_.get_or_compute(7, [](int key) { return key; }).value, Optional(7));
  EXPECT_EQ(texts_.get_or_compute(7, [](int key) { return key; }).status, LoadStatus::kHit);
}

TEST_F(TypedLoadingCacheTest, AValueOfAnotherFormatIsNoReasonToForgetAnError) {
  cache_.set("score:3:1x2", "3:2");
  const auto fail = [](const GameKey&) -> Scores::Outcome { return LoadError{"no data"}; };
  EXPECT_FALSE(scores_.get_or_compute({.game = 3}, fail, {.error_ttl = milliseconds(10)}));
  EXPECT_FALSE(scores_.get_or_compute({.game = 3}, score_of()));
  EXPECT_EQ(loads_, 0);
}

TEST_F(TypedLoadingCacheTest, WhoGetsAnotherFormatTwiceIsTold) {
  TypedLoadingCache<int, int, NeverCodec> never(cache_);
  const auto result = never.get_or_compute(7, [](int key) { return key; });
  EXPECT_EQ(result.status, LoadStatus::kFailed);
  EXPECT_EQ(result.error->message, "others keep storing the key in another format");
}

// --- Loads behind the call -----------------------------------------------------------------------

TEST_F(TypedLoadingCacheTest, ARefreshBehindTheCallHasItsOwnKeyAndLoader) {
  TaskQueue behind;
  Scores scores(cache_, {.refresh_on = behind.executor()});
  const LoadOptions options{.ttl = milliseconds(10), .stale_for = milliseconds(10)};
  EXPECT_TRUE(scores.get_or_compute({.game = 3}, score_of(), options));
  clock_.advance_ms(10);
  {
    const GameKey key{.game = 3, .market = "1x2"};
    const auto load = [goals = 7](const GameKey& of) {
      return Score{goals, static_cast<int>(of.game)};
    };
    const auto stale = scores.get_or_compute(key, load, options);
    EXPECT_EQ(stale.status, LoadStatus::kStale);
    EXPECT_THAT(stale.value, Optional(Score{3, 0}));
  }
  behind.run();
  EXPECT_THAT(scores.get_or_compute({.game = 3}, score_of(), options).value, Optional(Score{7, 3}));
}

TEST_F(TypedLoadingCacheTest, AKeyThatIsPassedAsAStringIsKeptForIt) {
  TaskQueue behind;
  TypedLoadingCache<std::string_view, std::string, StringCodec<>> strings(
      cache_, {.refresh_on = behind.executor()});
  const LoadOptions options{.ttl = milliseconds(10), .stale_for = milliseconds(10)};
  const auto load = [](Key key) { return std::string(key.bytes()); };
  EXPECT_TRUE(strings.get_or_compute("a key of some length", load, options));
  clock_.advance_ms(10);
  EXPECT_TRUE(strings.get_or_compute(std::string("a key of some length"), load, options));
  behind.run();
  const auto fresh = strings.get_or_compute("a key of some length", load, options);
  EXPECT_EQ(fresh.status, LoadStatus::kHit);
  EXPECT_THAT(fresh.value, Optional(std::string("a key of some length")));
}

// --- Many keys -----------------------------------------------------------------------------------

TEST_F(TypedLoadingCacheTest, OfManyKeysThoseThatAreMissedAreLoadedAtOnce) {
  EXPECT_TRUE(scores_.get_or_compute({.game = 2}, score_of()));
  const std::vector<GameKey> keys = {{.game = 1}, {.game = 2}, {.game = 3}, {.game = 1}};
  const auto results = scores_.get_or_compute_many(keys, scores_of());
  ASSERT_EQ(results.size(), 4U);
  EXPECT_THAT(results[0].value, Optional(Score{1, 0}));
  EXPECT_EQ(results[1].status, LoadStatus::kHit);
  EXPECT_THAT(results[2].value, Optional(Score{3, 0}));
  EXPECT_THAT(results[3].value, Optional(Score{1, 0}));
  EXPECT_EQ(loads_, 2);
}

TEST_F(TypedLoadingCacheTest, OfManyKeysThoseOfAnotherFormatAreLoadedAnew) {
  EXPECT_TRUE(scores_.get_or_compute({.game = 2}, score_of()));
  cache_.set("score:3:1x2", "3:2");
  const std::vector<GameKey> keys = {{.game = 2}, {.game = 3}};
  const auto results = scores_.get_or_compute_many(keys, scores_of());
  EXPECT_EQ(results[0].status, LoadStatus::kHit);
  EXPECT_EQ(results[1].status, LoadStatus::kLoaded);
  EXPECT_THAT(results[1].value, Optional(Score{3, 0}));
}

TEST_F(TypedLoadingCacheTest, OfManyKeysOneThatIsTooLongFailsAlone) {
  const std::vector<GameKey> keys = {too_long_, {.game = 3}};
  const auto results = scores_.get_or_compute_many(keys, scores_of());
  EXPECT_EQ(results[0].error->message, "the key is too long");
  EXPECT_THAT(results[1].value, Optional(Score{3, 0}));
}

TEST_F(TypedLoadingCacheTest, OfManyKeysTheStaleOnesAreRefreshedBehindWithTheirOwnKeys) {
  TaskQueue behind;
  Scores scores(cache_, {.refresh_on = behind.executor()});
  const LoadOptions options{.ttl = milliseconds(10), .stale_for = milliseconds(10)};
  EXPECT_TRUE(scores.get_or_compute({.game = 1}, score_of(), options));
  EXPECT_TRUE(scores.get_or_compute({.game = 3}, score_of(), options));
  clock_.advance_ms(10);
  int refreshes = 0;
  {
    const std::vector<GameKey> keys = {{.game = 1}, {.game = 2}, {.game = 3}};
    const auto load = [&refreshes, away = 7](std::span<const GameKey> missed) {
      ++refreshes;
      std::vector<Scores::Outcome> outcomes;
      for (const GameKey& key : missed) outcomes.push_back(Score{static_cast<int>(key.game), away});
      return outcomes;
    };
    const auto results = scores.get_or_compute_many(keys, load, options);
    EXPECT_EQ(results[0].status, LoadStatus::kStale);
    EXPECT_THAT(results[0].value, Optional(Score{1, 0}));
    EXPECT_EQ(results[1].status, LoadStatus::kLoaded);
    EXPECT_THAT(results[2].value, Optional(Score{3, 0}));
  }
  EXPECT_EQ(refreshes, 1);  // of the one that was missed
  behind.run();
  EXPECT_EQ(refreshes, 2);
  EXPECT_THAT(scores.get_or_compute({.game = 1}, score_of(), options).value, Optional(Score{1, 7}));
  EXPECT_THAT(scores.get_or_compute({.game = 3}, score_of(), options).value, Optional(Score{3, 7}));
}

TEST_F(TypedLoadingCacheTest, OfManyKeysOneThatCannotBeEncodedFailsTheirLoad) {
  const std::vector<int> keys = {12, 13};
  const auto load = [](std::span<const int> missed) {
    return std::vector<Texts::Outcome>(missed.begin(), missed.end());
  };
  for (int again = 0; again < 2; ++again) {
    for (const auto& result : texts_.get_or_compute_many(keys, load)) {
      ASSERT_EQ(result.status, LoadStatus::kFailed);
      EXPECT_EQ(result.error->message, "unlucky");
    }
  }
  EXPECT_THAT(texts_.get_or_compute(12, [](int key) { return key; }).value, Optional(12));
}

TEST_F(TypedLoadingCacheTest, OfManyKeysOneThatCannotBeDecodedIsThrown) {
  set_text("7", "13");
  const std::vector<int> keys = {6, 7};
  const auto load = [](std::span<const int> missed) {
    return std::vector<Texts::Outcome>(missed.begin(), missed.end());
  };
  EXPECT_THROW(static_cast<void>(texts_.get_or_compute_many(keys, load)), std::runtime_error);
  EXPECT_EQ(texts_.get_or_compute(6, [](int key) { return key; }).status, LoadStatus::kHit);
}

TEST_F(TypedLoadingCacheTest, OfManyKeysThoseThatStayInAnotherFormatAreTold) {
  TypedLoadingCache<int, int, NeverCodec> never(cache_);
  const auto results =
      never.get_or_compute_many(std::vector<int>{7}, [](std::span<const int> missed) {
        return std::vector<Texts::Outcome>(missed.begin(), missed.end());
      });
  EXPECT_EQ(results[0].status, LoadStatus::kFailed);
  EXPECT_EQ(results[0].error->message, "others keep storing the key in another format");
}

// --- Without blocking ----------------------------------------------------------------------------

class TypedAsyncTest : public TypedLoadingCacheTest {
 protected:
  /// What a call comes to, when all its tasks have run.
  template <class Cache, class Key, class Loader>
  typename Cache::Result load(Cache& cache, const Key& key, Loader loader) {
    TaskQueue tasks;
    std::optional<typename Cache::Result> result;
    cache.get_or_compute_async(key, std::move(loader), tasks.executor(),
                               [&](typename Cache::Result came) { result = std::move(came); });
    tasks.run();
    return result.value();
  }
};

TEST_F(TypedAsyncTest, AMissIsLoaded) {
  const auto result = load(scores_, GameKey{.game = 3}, score_of());
  EXPECT_EQ(result.status, LoadStatus::kLoaded);
  EXPECT_THAT(result.value, Optional(Score{3, 0}));
}

TEST_F(TypedAsyncTest, AHitIsNotLoaded) {
  EXPECT_TRUE(scores_.get_or_compute({.game = 3}, score_of()));
  EXPECT_EQ(load(scores_, GameKey{.game = 3}, score_of()).status, LoadStatus::kHit);
}

TEST_F(TypedAsyncTest, AValueOfAnotherFormatIsLoadedAnew) {
  cache_.set("score:3:1x2", "3:2");
  EXPECT_EQ(load(scores_, GameKey{.game = 3}, score_of()).status, LoadStatus::kLoaded);
  EXPECT_EQ(load(scores_, GameKey{.game = 3}, score_of()).status, LoadStatus::kHit);
}

TEST_F(TypedAsyncTest, AKeyThatIsTooLongFails) {
  EXPECT_EQ(load(scores_, too_long_, score_of()).error->message, "the key is too long");
}

TEST_F(TypedAsyncTest, AnExecutorOfItsOwnMayDeliver) {
  TaskQueue loads;
  TaskQueue deliveries;
  std::vector<LoadStatus> came;
  const auto ask = [&](const GameKey& key) {
    scores_.get_or_compute_async(
        key, score_of(), loads.executor(),
        [&](const Scores::Result& result) { came.push_back(result.status); }, {},
        deliveries.executor());
  };
  ask(too_long_);
  ask({.game = 3});
  deliveries.run();
  EXPECT_THAT(came, ElementsAre(LoadStatus::kFailed));
  loads.run();
  deliveries.run();
  EXPECT_THAT(came, ElementsAre(LoadStatus::kFailed, LoadStatus::kLoaded));
}

TEST_F(TypedAsyncTest, TheLoaderAndItsKeyAreKept) {
  TypedLoadingCache<std::string_view, std::string, StringCodec<>> strings(cache_);
  TaskQueue tasks;
  std::optional<std::string> value;
  {
    const std::string key = "a key of some length, too long to be kept in place";
    strings.get_or_compute_async(
        key, [key](Key of) { return std::string(of.bytes() == key ? "its own" : "another's"); },
        tasks.executor(), [&](const auto& result) { value = result.value; });
  }
  tasks.run();
  EXPECT_THAT(value, Optional(std::string("its own")));
}

TEST_F(TypedAsyncTest, ACodecThatThrowsWhileItEncodesFailsTheLoad) {
  const auto result = load(texts_, 7, [](int) { return 13; });
  EXPECT_EQ(result.status, LoadStatus::kFailed);
  EXPECT_EQ(result.error->message, "unlucky");
}

TEST_F(TypedAsyncTest, WhatItThrowsWhileItDecodesIsAnError) {
  set_text("7", "13");
  const auto result = load(texts_, 7, [](int key) { return key; });
  EXPECT_EQ(result.status, LoadStatus::kFailed);
  EXPECT_THROW(std::rethrow_exception(result.error->exception), std::runtime_error);
}

TEST_F(TypedAsyncTest, WhoGetsAnotherFormatTwiceIsTold) {
  TypedLoadingCache<int, int, NeverCodec> never(cache_);
  const auto result = load(never, 7, [](int key) { return key; });
  EXPECT_EQ(result.status, LoadStatus::kFailed);
  EXPECT_EQ(result.error->message, "others keep storing the key in another format");
}

}  // namespace
}  // namespace libcache
