#include <string>

#include <gtest/gtest.h>
#include <libcache/cache.h>

#include "counted_new.h"

namespace libcache {
namespace {

class CacheAllocation : public ::testing::Test {
 protected:
  /// Of a hit by get() on a value of so many bytes.
  int allocations_of_get(std::size_t bytes) {
    const std::string value(bytes, 'v');
    cache.set("k", value);
    return allocations_of([&] { EXPECT_EQ(cache.get("k")->bytes(), value); });
  }

  Cache cache{{.max_memory = 8 << 20, .maintenance = Maintenance::kManual}};
};

TEST_F(CacheAllocation, AHitOnASmallValueTakesNone) {
  EXPECT_EQ(allocations_of_get(0), 0);
  EXPECT_EQ(allocations_of_get(Value::kInlineBytes), 0);
}

TEST_F(CacheAllocation, AHitOnALongerOneTakesThatOfTheCopyOrThePin) {
  EXPECT_EQ(allocations_of_get(Value::kInlineBytes + 1), 1);
  EXPECT_EQ(allocations_of_get(100'000), 1);
}

TEST_F(CacheAllocation, AHitInTheCallersBufferTakesNone) {
  std::string out;
  cache.set("k", std::string(1000, 'v'));
  EXPECT_TRUE(cache.get_into("k", out));
  EXPECT_EQ(allocations_of([&] { EXPECT_TRUE(cache.get_into("k", out)); }), 0);
}

}  // namespace
}  // namespace libcache
