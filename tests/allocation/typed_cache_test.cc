#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <libcache/typed_cache.h>

#include "counted_new.h"

namespace libcache {
namespace {

struct GameKey {
  std::uint64_t game;
};

void append_key(KeyBuilder& out, const GameKey& key) { out.add("a key of some length:", key.game); }

using Odds = std::array<double, 50>;
using OddsCache = TypedCache<GameKey, Odds, TrivialCodec<Odds, Format("Odds", 1)>>;

class TypedCacheAllocation : public ::testing::Test {
 protected:
  Cache cache{{.max_memory = 8 << 20, .maintenance = Maintenance::kManual}};
  OddsCache odds{cache};
};

TEST_F(TypedCacheAllocation, IsCounted) {
  EXPECT_EQ(allocations_of([] { const std::string some(100, 'x'); }), 1);
}

TEST_F(TypedCacheAllocation, AHitOnATriviallyCopyableValueTakesNone) {
  odds.set({17}, {1.5, 4.0});
  bool hit = false;
  EXPECT_EQ(allocations_of([&] { hit = odds.get({17}) == Odds{1.5, 4.0}; }), 0);
  EXPECT_TRUE(hit);
}

TEST_F(TypedCacheAllocation, AMissTakesNone) {
  EXPECT_EQ(allocations_of([&] { EXPECT_FALSE(odds.get({18})); }), 0);
  cache.set("a key of some length:18", "plain");
  EXPECT_EQ(allocations_of([&] { EXPECT_FALSE(odds.get({18})); }), 0);
}

TEST_F(TypedCacheAllocation, OverwritingASmallValueTakesNone) {
  odds.set({17}, {1.5, 4.0});
  EXPECT_EQ(allocations_of([&] { odds.set({17}, {1.6, 3.8}); }), 0);
}

TEST_F(TypedCacheAllocation, AHitOnAStringTakesTheStringsOwn) {
  TypedCache<std::string_view, std::string, StringCodec<>> strings(cache);
  strings.set("k", std::string(1000, 'x'));
  EXPECT_EQ(allocations_of([&] { EXPECT_EQ(strings.get("k")->size(), 1000U); }), 1);
}

}  // namespace
}  // namespace libcache
