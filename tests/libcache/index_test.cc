#include "index.h"

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

// --- Lookup --------------------------------------------------------------------------------------

TEST_F(IndexTest, ANewIndexHasNoBucketsAndNoMemory) {
  EXPECT_EQ(index_.size(), 0);
  EXPECT_EQ(index_.buckets(), 0);
  EXPECT_EQ(budget_.used(), 0);
}

TEST_F(IndexTest, NothingIsFoundInAnIndexWithoutBuckets) {
  EXPECT_FALSE(find("key"));
  EXPECT_FALSE(index_.find_ref(hash("key"), 1));
  index_.prefetch_bucket(hash("key"));
  EXPECT_FALSE(index_.prefetch_item(hash("key")));
  index_.prefetch_overflow_item(hash("key"));
  index_.prefetch_chain(0);
}

TEST_F(IndexTest, AnEntryIsFoundByItsKey) {
  const Ref ref = insert("key");
  EXPECT_EQ(find("key").ref(), ref);
}

TEST_F(IndexTest, FetchingTellsWhichKeysAreNotInTheirFirstBucket) {
  insert_many(Bucket::kSlots + 5);
  const Slot first = find(name(0));
  for (std::size_t i = 0; i < Bucket::kSlots + 5; ++i) {
    const bool overflown = &find(name(i)).bucket() != &first.bucket();
    EXPECT_EQ(index_.prefetch_item(hash(name(i))), overflown) << i;
    index_.prefetch_overflow_item(hash(name(i)));
  }
}

TEST_F(IndexTest, AMissLooksBeyondTheFirstBucketOnlyIfATagThereIsLikeItsOwn) {
  insert_many(Bucket::kSlots + 2);
  const Bucket& first = find(name(0)).bucket();
  ASSERT_TRUE(first.linked());
  for (int i = 0; i < 256; ++i) {
    const KeyHash absent = hash("absent:" + std::to_string(i));
    bool like = false;
    for (std::size_t j = 0; j < Bucket::kSlots + 2; ++j) {
      const bool beyond = &find(name(j)).bucket() != &first;
      like |= beyond && hash(name(j)).tag() % 8 == absent.tag() % 8;
    }
    EXPECT_EQ(first.may_be_beyond(absent.tag()), like) << i;
    EXPECT_FALSE(find("absent:" + std::to_string(i)));
  }
}

TEST_F(IndexTest, AnEntryIsFoundByItsPlaceInTheArena) {
  const Ref ref = insert("key");
  EXPECT_EQ(index_.find_ref(hash("key"), ref).ref(), ref);
  EXPECT_FALSE(index_.find_ref(hash("key"), ref + 1));
}

TEST_F(IndexTest, AKeyOfTheSameHashIsNotMistakenForAnother) {
  insert("key");
  EXPECT_FALSE(index_.find(hash("key"), "yek"));
}

TEST_F(IndexTest, TheEmptyKeyIsAKey) {
  const Ref ref = insert("");
  EXPECT_EQ(find("").ref(), ref);
}

TEST_F(IndexTest, AnErasedEntryIsNotFound) {
  insert("stays");
  insert("goes");
  erase("goes");
  EXPECT_FALSE(find("goes"));
  EXPECT_TRUE(find("stays"));
  EXPECT_EQ(index_.size(), 1);
}

TEST_F(IndexTest, MarkAndExpiryStayWithTheirEntry) {
  insert("a", 7, true);
  insert("b", 200, false);
  EXPECT_EQ(find("a").mark(), 7);
  EXPECT_TRUE(find("a").expires());
  EXPECT_EQ(find("b").mark(), 200);
  EXPECT_FALSE(find("b").expires());
}

TEST_F(IndexTest, ASlotChangesItsEntryAndNoOther) {
  insert("a", 1, false);
  insert("b", 1, false);
  const Ref longer = create_item("a", true);
  const Slot slot = find("a");
  const Ref shorter = slot.ref();
  slot.set_ref(longer);
  slot.set_mark(9);
  slot.set_expires(true);
  arena_.free(shorter);
  EXPECT_EQ(find("a").ref(), longer);
  EXPECT_EQ(find("a").mark(), 9);
  EXPECT_TRUE(find("a").expires());
  EXPECT_EQ(find("b").mark(), 1);
  EXPECT_FALSE(find("b").expires());
}

// --- Overflow buckets ----------------------------------------------------------------------------

TEST_F(IndexTest, TenEntriesFitIntoOneBucket) {
  insert_many(10);
  EXPECT_EQ(buckets_of(0).size(), 1);
}

TEST_F(IndexTest, TheEleventhEntryTakesAnotherBucketAndTheTenthWithIt) {
  insert_many(11);
  EXPECT_EQ(buckets_of(0).size(), 2);
  EXPECT_NE(&find(name(9)).bucket(), &find(name(0)).bucket());
  EXPECT_EQ(&find(name(9)).bucket(), &find(name(10)).bucket());
}

TEST_F(IndexTest, EveryEntryOfAChainOfSeveralBucketsIsFound) {
  insert_many(50);
  EXPECT_EQ(buckets_of(0).size(), 6) << "five of nine, and the rest";
  EXPECT_EQ(present(50), 50);
}

TEST_F(IndexTest, TwoChainsShareABucketForTheirOverflow) {
  grow_to(2);
  fill_chain(0, 14, 0);
  fill_chain(1, 11, 0);
  EXPECT_EQ(buckets_of(0).at(1), buckets_of(1).at(1));
  EXPECT_EQ(keys_of(0).size(), 14);
  EXPECT_EQ(keys_of(1).size(), 11);
  EXPECT_EQ(index_.check_invariants(), "");
}

TEST_F(IndexTest, AHalfThatIsFullGrowsWhereItIsIfTheOtherIsFree) {
  grow_to(2);
  fill_chain(0, 14, 0);
  const Bucket* const half = buckets_of(0).at(1);
  fill_chain(0, 19, 1000);
  EXPECT_EQ(buckets_of(0), (std::vector<const Bucket*>{buckets_of(0).at(0), half}));
  fill_chain(1, 11, 0);
  EXPECT_NE(buckets_of(1).at(1), half);
}

TEST_F(IndexTest, AHalfThatIsFullMovesToAWholeBucketIfTheOtherIsNotFree) {
  grow_to(2);
  fill_chain(0, 14, 0);
  fill_chain(1, 14, 0);
  const Bucket* const shared = buckets_of(1).at(1);
  fill_chain(0, 15, 1000);
  EXPECT_NE(buckets_of(0).at(1), shared);
  EXPECT_EQ(buckets_of(1).at(1), shared);
  fill_chain(1, 15, 2000);
  EXPECT_EQ(buckets_of(1).at(1), shared) << "which nobody shares any more";
  EXPECT_EQ(index_.check_invariants(), "");
}

TEST_F(IndexTest, ABucketOfFewEntriesIsSharedAgain) {
  grow_to(2);
  fill_chain(0, 19, 0);
  fill_chain(1, 19, 0);
  const std::vector<std::string> keys_0 = keys_of(0);
  const std::vector<std::string> keys_1 = keys_of(1);
  EXPECT_NE(buckets_of(0).at(1), buckets_of(1).at(1));
  for (std::size_t i = 0; i < 6; ++i) {
    erase(keys_0.at(i));
    erase(keys_1.at(i));
  }
  EXPECT_EQ(buckets_of(0).at(1), buckets_of(1).at(1));
  EXPECT_EQ(keys_of(0).size(), 13);
  EXPECT_EQ(keys_of(1).size(), 13);
}

TEST_F(IndexTest, ABucketWhoseHalvesBecomeEmptyOneAfterTheOtherIsGivenBack) {
  grow_to(8);
  for (std::uint32_t chain = 0; chain < 8; ++chain) fill_chain(chain, 11, 0);
  const std::size_t with_overflow = arena_.page_bytes();
  // First one chain of each pair, then the others: halves leave the list from its middle too.
  for (const std::uint32_t chain : {0U, 3U, 4U, 7U, 2U, 5U, 1U, 6U}) {
    erase(keys_of(chain).front());
    EXPECT_EQ(index_.check_invariants(), "");
    EXPECT_EQ(buckets_of(chain).size(), 1);
  }
  EXPECT_LE(arena_.page_bytes(), with_overflow);
}

TEST_F(IndexTest, MarksOfChainsThatShareABucketAreTranslatedOnce) {
  grow_to(2);
  for (std::size_t i = 0; keys_of(0).size() < 12 || keys_of(1).size() < 12; ++i) insert(name(i), 7);
  while (keys_of(0).size() > 12) erase(keys_of(0).front());
  while (keys_of(1).size() > 12) erase(keys_of(1).front());
  ASSERT_EQ(buckets_of(0).at(1), buckets_of(1).at(1));
  renumber(7, 70);
  epoch_.translation[70] = 100;
  index_.refresh_marks(0);
  index_.refresh_marks(1);
  for (const std::uint32_t chain : {0U, 1U}) {
    for (const std::string& key : keys_of(chain)) EXPECT_EQ(find(key).mark(), 70);
  }
}

TEST_F(IndexTest, AnEntryKeepsItsMarkInABucketThatAnotherChainHasNotTranslatedYet) {
  grow_to(2);
  for (std::size_t i = 0; keys_of(0).size() < 11; ++i) {
    if (index_.chain_of(hash(name(i)).bucket()) == 0) insert(name(i), 7);
  }
  renumber(7, 70);
  for (std::size_t i = 0; keys_of(1).size() < 11; ++i) {
    if (index_.chain_of(hash(name(i)).bucket()) == 1) insert(name(i), 7);
  }
  ASSERT_EQ(buckets_of(0).at(1), buckets_of(1).at(1));
  for (const std::string& key : keys_of(0)) EXPECT_EQ(find(key).mark(), 70);
  for (const std::string& key : keys_of(1)) EXPECT_EQ(find(key).mark(), 7);
}

TEST_F(IndexTest, AChainIsNeverLongerThanItMustBeWhoeverIsErasedFirst) {
  constexpr std::size_t kEntries = 31;
  for (std::size_t first = 0; first < kEntries; ++first) {
    insert_many(kEntries);
    for (std::size_t i = 0; i < kEntries; ++i) {
      erase(name((first + i * 7) % kEntries));
      ASSERT_EQ(index_.check_invariants(), "") << first << ' ' << i;
      ASSERT_EQ(present(kEntries), kEntries - 1 - i);
    }
  }
}

TEST_F(IndexTest, OverflowBucketsThatAreNotNeededAreGivenBack) {
  insert_many(10);
  const std::size_t before = arena_.page_bytes();
  for (std::size_t i = 10; i < 3000; ++i) insert(name(i));
  EXPECT_GT(arena_.page_bytes(), before + kSmallSpanBytes);
  for (std::size_t i = 10; i < 3000; ++i) erase(name(i));
  EXPECT_EQ(arena_.page_bytes(), before);
}

TEST_F(IndexTest, EachEntryOfAChainIsVisitedOnce) {
  insert_many(25);
  std::vector<std::string> all;
  for (std::size_t i = 0; i < 25; ++i) all.push_back(name(i));
  EXPECT_THAT(keys_of(0), UnorderedElementsAreArray(all));
}

TEST_F(IndexTest, AVisitEndsWhenTheVisitorSaysSo) {
  insert_many(25);
  int visits = 0;
  index_.for_each(0, [&](const Slot&) { return ++visits < 12; });
  EXPECT_EQ(visits, 12);
}

// --- Dismantling ---------------------------------------------------------------------------------

TEST_F(IndexTest, IsDismantledChainByChain) {
  insert_many(500);
  grow();
  std::size_t dropped = 0;
  while (index_.buckets() != 0) {
    const std::uint32_t before = index_.buckets();
    dropped += drop_last_chain();
    ASSERT_EQ(index_.buckets(), before - 1);
    ASSERT_EQ(index_.size(), 500 - dropped);
    ASSERT_EQ(index_.check_invariants(), "");
  }
  EXPECT_EQ(dropped, 500);
}

TEST_F(IndexTest, WhatIsNotDismantledYetIsStillFound) {
  insert_many(100);
  grow();
  const std::size_t dropped = drop_last_chain();
  EXPECT_EQ(present(100), 100 - dropped);
}

TEST_F(IndexTest, StartsAnewAfterItWasDismantled) {
  insert_many(100);
  while (index_.buckets() != 0) drop_last_chain();
  const Ref ref = insert("key");
  EXPECT_EQ(find("key").ref(), ref);
}

TEST(Index, GivesAllItsMemoryBack) {
  Budget budget(0);
  Arena arena(budget);
  const MarkEpoch epoch;
  {
    Index index(arena, epoch, kSeed);
    EXPECT_TRUE(index.prepare_insert());
    index.drop_last_chain([](Ref) {});
  }
  EXPECT_EQ(arena.page_bytes(), 0);
}

// --- Renumbered marks ----------------------------------------------------------------------------

TEST_F(IndexTest, MarksAreTranslatedWhenTheChainIsVisited) {
  insert("key", 7);
  insert("other", 9);
  renumber(7, 70);
  index_.for_each(0, [](const Slot&) { return true; });
  EXPECT_EQ(find("key").mark(), 70);
  EXPECT_EQ(find("other").mark(), 9);
}

TEST_F(IndexTest, MarksAreTranslatedOnce) {
  insert("key", 7);
  renumber(7, 70);
  epoch_.translation[70] = 100;
  index_.refresh_marks(0);
  index_.refresh_marks(0);
  EXPECT_EQ(find("key").mark(), 70);
}

TEST_F(IndexTest, MarksAreTranslatedInOverflowBucketsToo) {
  for (std::size_t i = 0; i < 30; ++i) insert(name(i), 7);
  renumber(7, 70);
  index_.refresh_marks(0);
  for (std::size_t i = 0; i < 30; ++i) EXPECT_EQ(find(name(i)).mark(), 70);
}

TEST_F(IndexTest, ANewEntryKeepsItsMarkInAChainThatWasNotTranslatedYet) {
  insert("old", 7);
  renumber(7, 70);
  insert("new", 7);
  EXPECT_EQ(find("old").mark(), 70);
  EXPECT_EQ(find("new").mark(), 7);
}

TEST_F(IndexTest, MarksAreTranslatedWhenAChainIsSplit) {
  for (std::size_t i = 0; i < 20; ++i) insert(name(i), 7);
  renumber(7, 70);
  index_.grow_step();
  for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(find(name(i)).mark(), 70);
}

TEST_F(IndexTest, MarksAreTranslatedWhenAChainOfTheOldEpochIsJoinedWithOneOfTheNew) {
  for (std::size_t i = 0; i < 20; ++i) insert(name(i), 7);
  grow();
  renumber(7, 70);
  index_.refresh_marks(0);
  std::size_t left = 20;
  while (left * 2 > 3) erase(name(--left));
  while (index_.shrink_step() != 0) {
  }
  for (std::size_t i = 0; i < left; ++i) EXPECT_EQ(find(name(i)).mark(), 70);
}

TEST_F(IndexTest, AnEntryThatFillsAHoleIsTranslatedFirst) {
  for (std::size_t i = 0; i < 12; ++i) insert(name(i), 7);
  renumber(7, 70);
  erase(name(0));
  index_.refresh_marks(0);
  for (std::size_t i = 1; i < 12; ++i) EXPECT_EQ(find(name(i)).mark(), 70);
}

}  // namespace
}  // namespace libcache
