#include "server/command/observe/space_saving.h"

#include <new>
#include <string>

#include <gtest/gtest.h>

#include "counted_new.h"

namespace sideline::command {
namespace {

const std::string kLong(100, 'k');  // which no string holds in itself

void expect_no_room(SpaceSaving& sketch, std::uint64_t hash) {
  libcache::fail_allocation(1);
  EXPECT_THROW(sketch.add(hash, kLong, 0, 1), std::bad_alloc);
  libcache::fail_allocation(0);
}

TEST(SpaceSavingAllocation, WithoutMemoryForAKeyNoneIsAdded) {
  SpaceSaving sketch;
  sketch.add(1, "a", 0, 5);
  expect_no_room(sketch, 2);
  EXPECT_EQ(sketch.size(), 1U);
  sketch.add(2, kLong, 0, 3);
  EXPECT_EQ(sketch.size(), 2U);
  EXPECT_EQ(sketch.count(1), 3);
  EXPECT_EQ(sketch.counter(1).error, 0);
}

TEST(SpaceSavingAllocation, WithoutMemoryForAKeyTheCounterStaysWhoseItIs) {
  SpaceSaving sketch;
  for (std::uint64_t i = 0; i < SpaceSaving::kCounters; ++i) sketch.add(i, "k", 3, i == 7 ? 2 : 5);
  expect_no_room(sketch, 1000);
  EXPECT_EQ(sketch.hash(7), 7U);
  EXPECT_EQ(sketch.count(7), 2);
  EXPECT_EQ(sketch.counter(7).key, "k");
  EXPECT_EQ(sketch.counter(7).database, 3);
  EXPECT_EQ(sketch.most_missed(), 2);
}

}  // namespace
}  // namespace sideline::command
