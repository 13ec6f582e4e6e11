#include <array>
#include <cstdint>
#include <string>

#include <gtest/gtest.h>
#include <libcache/typed_loading_cache.h>

#include "counted_new.h"

namespace libcache {
namespace {

using Odds = std::array<double, 50>;
using OddsCache = TypedLoadingCache<std::uint64_t, Odds, TrivialCodec<Odds, Format("Odds", 1)>>;

TEST(TypedLoadingCacheAllocation, AHitOnATriviallyCopyableValueTakesNone) {
  Cache cache({.max_memory = 8 << 20, .maintenance = Maintenance::kManual});
  OddsCache odds(cache);
  const std::string captured(100, 'x');
  const auto load = [captured](std::uint64_t) { return Odds{1.5, 4.0}; };
  EXPECT_EQ(odds.get_or_compute(17, load).status, LoadStatus::kLoaded);
  bool hit = false;
  EXPECT_EQ(allocations_of([&] {
              hit = odds.get_or_compute(17, load).value == Odds{1.5, 4.0};
            }),
            0);
  EXPECT_TRUE(hit);
}

}  // namespace
}  // namespace libcache
