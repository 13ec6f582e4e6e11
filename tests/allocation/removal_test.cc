#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <libcache/cache.h>

#include "counted_new.h"

namespace libcache {
namespace {

// Key, value, and the queue that grows.
TEST(RemovalWithoutMemory, IsCountedAndNothingElseFails) {
  for (int failing = 1; failing <= 3; ++failing) {
    std::vector<std::string> told;
    Cache cache({.maintenance = Maintenance::kManual, .on_removal = [&told](Removal removal) {
                   told.push_back(std::move(removal.key));
                 }});
    const std::string key = "a key that a string has on the heap";
    const std::string value(100, 'v');
    EXPECT_EQ(cache.set(key, value).status, Status::kOk);
    fail_allocation(failing);
    const bool erased = cache.erase(key);
    fail_allocation(0);
    EXPECT_TRUE(erased);
    EXPECT_FALSE(cache.exists(key));
    EXPECT_EQ(cache.stats().dropped_removals, 1U) << failing;
    EXPECT_EQ(cache.set(key, value).status, Status::kOk);
    EXPECT_TRUE(cache.erase(key));
    cache.maintain();
    EXPECT_EQ(told, std::vector<std::string>{key});
  }
}

}  // namespace
}  // namespace libcache
