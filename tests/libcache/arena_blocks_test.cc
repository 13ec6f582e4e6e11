// Arena::grow_by_blocks(): memory that is taken 2 MiB ahead of the objects.

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

#include <gtest/gtest.h>

#include "arena.h"
#include "resident_pages.h"

namespace libcache {
namespace {

constexpr std::size_t kBlock = HugePages::kBytes;
constexpr std::size_t kObject = 512;  // 16 in a span of two pages

class ArenaBlocksTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_huge_pages()) GTEST_SKIP() << "this kernel has no huge pages";
    fill(kBlock / kObject - 16);  // the first block, whose first span nobody uses
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
  /// Objects all of whose bytes are written.
  void fill(std::size_t count, std::size_t bytes = kObject) {
    for (; count != 0; --count) {
      objects_.push_back(arena_.allocate(bytes));
      ASSERT_NE(objects_.back(), kNullRef);
      std::memset(arena_.at(objects_.back()), mark(objects_.size()), bytes);
      sizes_.push_back(bytes);
    }
  }
  void expect_all_bytes_kept() const {
    for (std::size_t i = 0; i < objects_.size(); ++i) {
      const std::byte* const at = arena_.at(objects_[i]);
      ASSERT_TRUE(std::all_of(at, at + sizes_[i],
                              [&](std::byte byte) { return byte == std::byte{mark(i + 1)}; }));
    }
  }
  void free_last(std::size_t count) {
    for (; count != 0; --count) {
      arena_.free(objects_.back());
      objects_.pop_back();
      sizes_.pop_back();
    }
  }
  /// Of both regions. The span of ref 0 is not touched.
  [[nodiscard]] std::size_t resident_bytes() const {
    const std::byte* const large = arena_.at(kLarge);
    return (resident_pages(arena_.at(0), arena_.at(0) + 12 * kBlock) +
            resident_pages(large, large + 12 * kBlock)) *
           kPageBytes;
  }
  [[nodiscard]] std::size_t used_bytes() const {
    return arena_.object_bytes() + arena_.page_bytes();
  }

  static unsigned char mark(std::size_t number) { return static_cast<unsigned char>(number % 251); }

  static constexpr std::size_t kRegion = std::size_t{64} << 20;
  static constexpr Ref kLarge = kRegion / 4;

  Budget budget_{std::size_t{32} << 20};
  Arena arena_{budget_, kRegion};
  std::vector<Ref> objects_;
  std::vector<std::size_t> sizes_;
};

TEST_F(ArenaBlocksTest, ABlockIsChargedBeforeItIsUsed) {
  const std::size_t before = budget_.used();
  fill(1);
  EXPECT_GE(budget_.used(), before + kBlock);
  EXPECT_LE(budget_.used(), before + kBlock + kPageBytes) << "a page of infos";
}

TEST_F(ArenaBlocksTest, AFullBlockIsChargedOnce) {
  const std::size_t before = arena_.object_bytes();
  const std::size_t ahead_before = arena_.overhead_bytes();
  fill(kBlock / kObject);
  EXPECT_EQ(arena_.object_bytes(), before + kBlock);
  fill(1);  // begins the next one
  EXPECT_GE(arena_.overhead_bytes(), ahead_before + kBlock - kPageBytes);
  EXPECT_NE(arena_.take_full_block(), nullptr);
  EXPECT_NE(arena_.take_full_block(), nullptr) << "the kernel may have had no huge page for it";
  EXPECT_EQ(arena_.take_full_block(), nullptr) << "the third one is not full";
}

TEST_F(ArenaBlocksTest, WhatIsNotUsedIsGivenBack) {
  fill(48);  // three spans
  EXPECT_GE(resident_bytes(), used_bytes());
  EXPECT_EQ(arena_.grow_by_pages(), kBlock - 3 * kSmallSpanBytes);
  EXPECT_EQ(resident_bytes(), used_bytes());
  expect_all_bytes_kept();
  EXPECT_EQ(arena_.grow_by_pages(), 0);
  const std::size_t before = budget_.used();
  fill(8);
  EXPECT_EQ(budget_.used(), before + kSmallSpanBytes) << "by pages again";
}

TEST_F(ArenaBlocksTest, WhatPartsOfSpansDoNotUseIsGivenBack) {
  fill(kBlock / 1024, 1024);  // spans of 64 KiB: the first block of their region
  fill(1, 1024);
  fill(1, 2048);
  fill(1, 16384);
  EXPECT_EQ(arena_.grow_by_pages(), kBlock - 2 * kPageBytes - 16384) << "a page, a page, four";
  EXPECT_EQ(resident_bytes(), used_bytes());
  expect_all_bytes_kept();
}

TEST_F(ArenaBlocksTest, BlocksThatNeverFillDoNotPileUp) {
  fill(4 * 32 * 6, 13'000);  // four of them are 13 of a span's 16 pages: six blocks
  EXPECT_LE(arena_.overhead_bytes(), 2 * kBlock + 16 * kPageBytes);
  arena_.grow_by_pages();
  EXPECT_EQ(resident_bytes(), used_bytes());
  expect_all_bytes_kept();
}

TEST_F(ArenaBlocksTest, ABlockThatLosesAPageIsAheadNoLonger) {
  fill(16 * 100);
  free_last(16 * 40);  // more than are kept
  EXPECT_EQ(arena_.check_invariants(), "");
  EXPECT_EQ(arena_.grow_by_pages(), 0);
  EXPECT_EQ(resident_bytes(), used_bytes());
  expect_all_bytes_kept();
  fill(16 * 600);
}

TEST_F(ArenaBlocksTest, ABlockIsBegunAnew) {
  fill(1);
  free_last(1);
  arena_.trim();  // the infos of its spans go too, and the region ends before it
  const std::size_t before = budget_.used();
  arena_.grow_by_blocks();
  fill(1);
  EXPECT_EQ(budget_.used(), before + kBlock + kPageBytes) << "and a page of infos";
}

TEST_F(ArenaBlocksTest, NoBlockIsBegunOfTheLastEighth) {
  fill((budget_.limit() / 8 * 7 - kBlock) / kObject);
  arena_.grow_by_pages();
  arena_.grow_by_blocks();
  fill(kBlock / kObject);
  EXPECT_EQ(arena_.grow_by_pages(), 0);
}

TEST_F(ArenaBlocksTest, WithoutALimitToo) {
  Budget budget(0);
  Arena arena(budget, kRegion);
  arena.grow_by_blocks();
  for (std::size_t i = 0; i < 3 * kBlock / kObject; ++i)
    ASSERT_NE(arena.allocate(kObject), kNullRef);
  EXPECT_EQ(arena.check_invariants(), "");
}

TEST_F(ArenaBlocksTest, AllOfTheLimitCanBeUsed) {
  while (arena_.allocate(kObject) != kNullRef) {
  }
  EXPECT_GT(budget_.used(), budget_.limit() - kPageBytes * 2);
}

}  // namespace
}  // namespace libcache
