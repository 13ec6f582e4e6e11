// How the index grows and shrinks, and what it does where memory is short.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "index_fixture.h"

namespace libcache {
namespace {

using testing::UnorderedElementsAreArray;

// --- Growing and shrinking -----------------------------------------------------------------------

TEST_F(IndexTest, DoesNotGrowUpToTenEntriesAChain) {
  insert_many(10);
  EXPECT_EQ(index_.grow_step(), 0);
  EXPECT_EQ(index_.buckets(), 1);
}

TEST_F(IndexTest, GrowsByOneChainAStepAboveTenEntriesAChain) {
  insert_many(11);
  EXPECT_EQ(index_.grow_step(), 11) << "all that were in the chain";
  EXPECT_EQ(index_.buckets(), 2);
  EXPECT_EQ(present(11), 11);
}

TEST_F(IndexTest, ShrinksByOneChainAStepBelowSevenEntriesAChain) {
  insert_many(100);
  grow();
  const std::uint32_t before = index_.buckets();
  for (std::size_t i = 0; index_.size() >= before * Index::kMinLoad; ++i) erase(name(i));
  index_.shrink_step();
  EXPECT_EQ(index_.buckets(), before - 1);
}

TEST_F(IndexTest, WhatHasGrownForEntriesToComeMovesNoneOfThem) {
  while (index_.buckets() * Index::kTargetLoad < 1000) index_.grow_step(1000);
  EXPECT_EQ(index_.grow_step(1000), 0);
  EXPECT_EQ(index_.buckets(), 100) << "1000 / 10";
  for (std::size_t i = 0; i < 1000; ++i) {
    insert(name(i));
    ASSERT_EQ(index_.grow_step(), 0);
  }
  EXPECT_EQ(index_.buckets(), 100);
  EXPECT_EQ(present(1000), 1000);
}

TEST_F(IndexTest, GrowsForEntriesToComeBesideThoseThatAreThere) {
  insert_many(100);
  while (index_.buckets() * Index::kTargetLoad < 1000) index_.grow_step(1000);
  EXPECT_EQ(present(100), 100);
}

TEST_F(IndexTest, KeepsOneChainWhenTheLastEntryGoes) {
  insert_many(100);
  grow();
  for (std::size_t i = 0; i < 100; ++i) {
    erase(name(i));
    index_.shrink_step();
  }
  EXPECT_EQ(index_.buckets(), 1);
}

TEST_F(IndexTest, DoesNotFlipBetweenGrowingAndShrinking) {
  insert_many(100);
  grow();
  const std::uint32_t before = index_.buckets();
  for (int i = 0; i < 1000; ++i) {
    erase(name(0));
    EXPECT_EQ(index_.shrink_step(), 0);
    insert(name(0));
    EXPECT_EQ(index_.grow_step(), 0);
  }
  EXPECT_EQ(index_.buckets(), before);
}

TEST_F(IndexTest, NoStepMovesMoreThanOneChain) {
  std::size_t most = 0;
  for (std::size_t i = 0; i < 20'000; ++i) {
    insert(name(i));
    most = std::max(most, index_.grow_step());
  }
  for (std::size_t i = 0; i < 20'000; ++i) {
    erase(name(i));
    most = std::max(most, index_.shrink_step());
  }
  EXPECT_GT(most, 10);
  EXPECT_LT(most, kLongestChain);
}

TEST_F(IndexTest, OneStepAWriteKeepsTheLoadBetweenItsBounds) {
  for (std::size_t i = 0; i < 5000; ++i) {
    insert(name(i));
    index_.grow_step();
    ASSERT_LE(index_.size(), index_.buckets() * Index::kTargetLoad);
  }
  for (std::size_t i = 0; i < 5000; ++i) {
    erase(name(i));
    index_.shrink_step();
    ASSERT_TRUE(index_.buckets() == 1 || index_.size() >= index_.buckets() * Index::kMinLoad);
  }
}

TEST_F(IndexTest, MarksAndExpirySurviveSplitsAndJoins) {
  const auto mark = [](std::size_t i) { return static_cast<Mark>(i % 256); };
  for (std::size_t i = 0; i < 2000; ++i) {
    insert(name(i), mark(i), i % 3 == 0);
    index_.grow_step();
  }
  for (std::size_t i = 200; i < 2000; ++i) {
    erase(name(i));
    index_.shrink_step();
  }
  for (std::size_t i = 0; i < 200; ++i) {
    ASSERT_EQ(find(name(i)).mark(), mark(i));
    ASSERT_EQ(find(name(i)).expires(), i % 3 == 0);
  }
}

TEST_F(IndexTest, IndexMemoryFollowsTheNumberOfEntries) {
  for (std::size_t i = 0; i < 20'000; ++i) {
    insert(name(i));
    index_.grow_step();
  }
  EXPECT_LT(arena_.page_bytes(), 20'000 * 9);
  for (std::size_t i = 0; i < 20'000; ++i) {
    erase(name(i));
    index_.shrink_step();
  }
  EXPECT_LE(arena_.page_bytes(), 3 * Arena::kIndexPageBytes)
      << "one chain, and two buckets in reserve";
}

// --- What a walk through the chains rests on
// ------------------------------------------------------

TEST_F(IndexTest, AllKeysOfAChainAgreeInTheBitsOfItsMask) {
  for (std::size_t i = 0; i < 700; ++i) {
    insert(name(i));
    index_.grow_step();
    for (std::uint32_t chain = 0; chain < index_.buckets(); ++chain) {
      ASSERT_EQ(chain & index_.chain_mask(chain), chain);
    }
  }
  for (std::uint32_t chain = 0; chain < index_.buckets(); ++chain) {
    for (const std::string& key : keys_of(chain)) {
      ASSERT_EQ(hash(key).bucket() & index_.chain_mask(chain), chain);
    }
  }
}

TEST_F(IndexTest, TheChainsTileAllHashes) {
  for (std::size_t i = 0; i < 700; ++i) {
    insert(name(i));
    index_.grow_step();
    std::uint64_t covered = 0;
    for (std::uint32_t chain = 0; chain < index_.buckets(); ++chain) {
      covered += std::uint64_t{1} << 32 >> std::popcount(index_.chain_mask(chain));
    }
    ASSERT_EQ(covered, std::uint64_t{1} << 32);
  }
}

TEST_F(IndexTest, AChainThatIsSplitLeavesItsEntriesInItselfAndInOneWithTheNextBit) {
  insert_many(200);
  while (index_.size() > index_.buckets() * Index::kTargetLoad) {
    const std::uint32_t added = index_.buckets();
    const std::uint32_t source = index_.chain_of(added);
    const std::vector<std::string> before = keys_of(source);
    index_.grow_step();
    std::vector<std::string> after = keys_of(source);
    for (const std::string& key : keys_of(added)) after.push_back(key);
    ASSERT_THAT(after, UnorderedElementsAreArray(before));
  }
}

// --- Without memory ------------------------------------------------------------------------------

TEST_F(IndexTest, WithoutMemoryAnInsertIsRefusedBeforehand) {
  use_up_memory();
  EXPECT_FALSE(index_.prepare_insert());
  EXPECT_EQ(index_.size(), 0);
  EXPECT_FALSE(find("key"));
  allow_memory();
  EXPECT_TRUE(index_.prepare_insert());
}

TEST_F(IndexTest, AnInsertThatWasPreparedNeedsNoMemory) {
  insert_many(10);
  const Ref ref = create_item("eleventh");
  ASSERT_TRUE(index_.prepare_insert());
  use_up_memory();
  index_.insert(hash("eleventh"), ref, 0, false);
  EXPECT_EQ(find("eleventh").ref(), ref);
  EXPECT_FALSE(index_.prepare_insert()) << "the reserve was used";
}

TEST_F(IndexTest, ASplitWithinAPageNeedsNoMemory) {
  insert_many(300);
  use_up_memory();
  EXPECT_EQ(index_.grow_step(), 300);
  EXPECT_EQ(index_.buckets(), 2);
  EXPECT_EQ(present(300), 300);
}

TEST_F(IndexTest, WithoutMemoryForAPageItStaysAsItIsAndGrowsLater) {
  constexpr std::uint32_t kBucketsAPage = Arena::kIndexPageBytes / sizeof(Bucket);
  for (std::size_t i = 0; index_.buckets() < kBucketsAPage; ++i) {
    insert(name(i));
    index_.grow_step();
  }
  const std::size_t before = index_.size();
  for (std::size_t i = before; i < before + 10; ++i) insert(name(i));
  use_up_memory();
  arena_.free(hoard_.back());  // a bucket can be had, and no page
  hoard_.pop_back();
  EXPECT_EQ(index_.grow_step(), 0);
  EXPECT_EQ(index_.buckets(), kBucketsAPage);
  EXPECT_EQ(present(before + 10), before + 10);
  allow_memory();
  EXPECT_GT(index_.grow_step(), 0);
  EXPECT_EQ(present(before + 10), before + 10);
}

TEST_F(IndexTest, ChainsThatShareABucketAreSplitAndJoinedWithoutMemory) {
  grow_to(2);
  fill_chain(0, 14, 0);
  fill_chain(1, 14, 0);
  ASSERT_EQ(buckets_of(0).at(1), buckets_of(1).at(1));
  use_up_memory();
  EXPECT_EQ(index_.grow_step(), 14);
  EXPECT_EQ(index_.grow_step(1000), 14);
  EXPECT_EQ(index_.buckets(), 4);
  EXPECT_EQ(index_.check_invariants(), "");
  while (index_.size() >= 4 * Index::kMinLoad)
    erase(keys_of(0).empty() ? keys_of(1).front() : keys_of(0).front());
  EXPECT_GT(index_.shrink_step(), 0);
  EXPECT_EQ(index_.buckets(), 3);
  EXPECT_EQ(index_.size(), 4 * Index::kMinLoad - 1);
}

TEST_F(IndexTest, EntriesAreErasedAndChainsJoinedWithoutMemory) {
  for (std::size_t i = 0; i < 2000; ++i) {
    insert(name(i));
    index_.grow_step();
  }
  use_up_memory();
  for (std::size_t i = 0; i < 2000; ++i) {
    erase(name(i));
    index_.shrink_step();
    ASSERT_EQ(present(i + 1), 0) << i;
  }
  EXPECT_EQ(index_.buckets(), 1);
}

}  // namespace
}  // namespace libcache
