#include "generations.h"

#include <array>
#include <vector>

#include <gtest/gtest.h>

namespace libcache {
namespace {

/// `count` entries join, at most `most` a generation.
void join(Generations& generations, int count, std::size_t most) {
  for (int i = 0; i < count; ++i) generations.join(most);
}

/// The new numbers after a merge.
std::vector<unsigned> merge(Generations& generations, const std::vector<std::uint32_t>& held,
                            std::uint64_t most) {
  std::vector<unsigned> renamed(held.size());
  generations.merge(held, most, renamed);
  return renamed;
}

TEST(Generations, EndWhenSoManyHaveJoined) {
  Generations generations(256, 192);
  join(generations, 3, 3);
  EXPECT_EQ(generations.current(), 0);
  join(generations, 1, 3);
  EXPECT_EQ(generations.current(), 1);
  EXPECT_EQ(generations.joined(), 1);
}

TEST(Generations, HoldOneEntryEachWhereThereAreFew) {
  Generations generations(256, 192);
  join(generations, 5, 0);
  EXPECT_EQ(generations.current(), 4);
}

TEST(Generations, TheLastNumberIsKeptUntilAMerge) {
  Generations generations(8, 6);
  join(generations, 100, 1);
  EXPECT_EQ(generations.current(), 7);
  EXPECT_TRUE(generations.wants_merge());
}

TEST(Generations, NeighboursThatAreSmallTogetherAreMerged) {
  Generations generations(8, 6);
  join(generations, 7, 1);
  EXPECT_EQ(merge(generations, {0, 2, 2, 1, 4, 1, 1}, 4),
            (std::vector<unsigned>{0, 0, 0, 1, 2, 3, 4}));
  EXPECT_EQ(generations.current(), 4);
  EXPECT_FALSE(generations.wants_merge());
}

TEST(Generations, TheCurrentOneStaysByItself) {
  Generations generations(8, 6);
  join(generations, 3, 1);
  EXPECT_EQ(merge(generations, {1, 1, 1}, 100), (std::vector<unsigned>{0, 0, 1}));
}

TEST(Generations, AtMostTwiceAsManyAndOneRemainAsPartsOfTheTotal) {
  Generations generations(256, 192);
  join(generations, 250, 1);
  std::vector<std::uint32_t> held;
  std::uint64_t total = 0;
  for (unsigned i = 0; i < 250; ++i) {
    held.push_back(i % 2 == 0 ? 7 : 2);
    total += held.back();
  }
  merge(generations, held, total / 64);
  EXPECT_LE(generations.current() + 1, 2 * 64 + 1);
}

}  // namespace
}  // namespace libcache
