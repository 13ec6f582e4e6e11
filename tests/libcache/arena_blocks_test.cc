// Arena::grow_by_blocks(): memory that is taken 2 MiB ahead of the objects.

#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

#include "arena.h"
#include "resident_pages.h"

namespace libcache {
namespace {

constexpr std::size_t kBlock = HugePages::kBytes;
constexpr std::size_t kObject = 512;  // eight in a span of one page

class ArenaBlocksTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_huge_pages()) GTEST_SKIP() << "this kernel has no huge pages";
    fill(kBlock / kObject - 8);  // the first block, whose first page nobody uses
    arena_.grow_by_blocks();
  }
  void TearDown() override {
    EXPECT_EQ(arena_.check_invariants(), "");
    EXPECT_EQ(budget_.used(),
              arena_.object_bytes() + arena_.page_bytes() + arena_.overhead_bytes());
  }

  static bool has_huge_pages() {
    const Reservation memory(2 * kBlock);
    HugePages pages(memory.data(), kBlock);
    return pages.begin_ahead(memory.data());
  }
  void fill(std::size_t count, std::size_t bytes = kObject) {
    for (; count != 0; --count) objects_.push_back(arena_.allocate(bytes));
  }
  void free_last(std::size_t count) {
    for (; count != 0; --count) {
      arena_.free(objects_.back());
      objects_.pop_back();
    }
  }
  [[nodiscard]] std::size_t resident_bytes() const {
    return resident_pages(arena_.at(0), arena_.at(0) + 4 * kBlock) * Arena::kPage;
  }

  Budget budget_{std::size_t{32} << 20};
  Arena arena_{budget_};
  std::vector<Ref> objects_;
};

TEST_F(ArenaBlocksTest, ABlockIsChargedBeforeItIsUsed) {
  const std::size_t before = budget_.used();
  fill(1);
  EXPECT_GE(budget_.used(), before + kBlock);
  EXPECT_LE(budget_.used(), before + kBlock + Arena::kPage) << "a page of infos";
}

TEST_F(ArenaBlocksTest, AFullBlockIsChargedOnce) {
  const std::size_t before = arena_.object_bytes();
  const std::size_t ahead_before = arena_.overhead_bytes();
  fill(kBlock / kObject);
  EXPECT_EQ(arena_.object_bytes(), before + kBlock);
  fill(1);  // begins the next one
  EXPECT_GE(arena_.overhead_bytes(), ahead_before + kBlock - Arena::kPage);
  EXPECT_EQ(arena_.take_full_block(), arena_.at(0)) << "the first one";
  EXPECT_EQ(arena_.take_full_block(), nullptr) << "what was begun ahead is huge already";
}

TEST_F(ArenaBlocksTest, WhatIsNotUsedIsGivenBack) {
  fill(24);  // three pages
  const std::size_t used = arena_.object_bytes() + arena_.page_bytes();
  EXPECT_EQ(arena_.grow_by_pages(), kBlock - 3 * Arena::kPage);
  EXPECT_EQ(arena_.object_bytes() + arena_.page_bytes(), used);
  EXPECT_LE(resident_bytes(), used);
  EXPECT_EQ(arena_.grow_by_pages(), 0);
  const std::size_t before = budget_.used();
  fill(8);
  EXPECT_EQ(budget_.used(), before + Arena::kPage) << "by pages again";
}

TEST_F(ArenaBlocksTest, WhatPartsOfSpansDoNotUseIsGivenBack) {
  fill(kBlock / 1024, 1024);  // spans of 64 KiB: the first block of their region
  fill(1, 1024);
  fill(1, 2048);
  fill(1, 16384);
  const std::size_t used = arena_.object_bytes() + arena_.page_bytes();
  EXPECT_EQ(arena_.grow_by_pages(), kBlock - 2 * Arena::kPage - 16384) << "a page, a page, four";
  EXPECT_EQ(arena_.object_bytes() + arena_.page_bytes(), used);
}

TEST_F(ArenaBlocksTest, ABlockThatLosesAPageIsAheadNoLonger) {
  fill(8 * 100);
  free_last(8 * 40);  // more than are kept
  EXPECT_EQ(arena_.check_invariants(), "");
  EXPECT_EQ(arena_.grow_by_pages(), 0);
  EXPECT_LE(resident_bytes(), arena_.object_bytes() + arena_.page_bytes());
  fill(8 * 600);
}

TEST_F(ArenaBlocksTest, ObjectsKeepTheirBytes) {
  fill(8 * 20);
  for (std::size_t i = 0; i < objects_.size(); ++i) {
    *arena_.at(objects_[i]) = static_cast<std::byte>(i);
  }
  free_last(8);
  arena_.trim();
  for (std::size_t i = 0; i < objects_.size(); ++i) {
    ASSERT_EQ(*arena_.at(objects_[i]), static_cast<std::byte>(i));
  }
}

TEST_F(ArenaBlocksTest, NoBlockIsBegunOfTheLastEighth) {
  fill((budget_.limit() / 8 * 7 - kBlock) / kObject);
  arena_.grow_by_pages();
  arena_.grow_by_blocks();
  fill(kBlock / kObject);
  EXPECT_EQ(arena_.grow_by_pages(), 0);
}

TEST_F(ArenaBlocksTest, AllOfTheLimitCanBeUsed) {
  while (arena_.allocate(kObject) != kNullRef) {
  }
  EXPECT_GT(budget_.used(), budget_.limit() - Arena::kPage * 2);
}

}  // namespace
}  // namespace libcache
