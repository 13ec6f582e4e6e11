#include "arena.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <memory>
#include <new>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "poison.h"
#include "resident_pages.h"

namespace libcache {
namespace {

using testing::Each;

constexpr std::size_t kPage = kPageBytes;
constexpr std::size_t kSpan512 = 16;   // objects of 512 bytes in a span
constexpr std::size_t kSpan1024 = 64;  // of 1024

bool is_aligned(const std::byte* p, std::size_t alignment) {
  return reinterpret_cast<std::uintptr_t>(p) % alignment == 0;
}

class ArenaTest : public testing::Test {
 protected:
  void TearDown() override {
    EXPECT_EQ(arena_.check_invariants(), "");
    EXPECT_EQ(budget_.used(),
              arena_.object_bytes() + arena_.page_bytes() + arena_.overhead_bytes());
  }

  std::vector<Ref> allocate(std::size_t count, std::size_t bytes) {
    std::vector<Ref> objects(count);
    for (Ref& object : objects) object = arena_.allocate(bytes);
    return objects;
  }
  /// Objects all of whose bytes are written.
  std::vector<Ref> allocate_written(std::size_t count, std::size_t bytes) {
    const std::vector<Ref> objects = allocate(count, bytes);
    for (const Ref object : objects) std::memset(arena_.at(object), 1, bytes);
    return objects;
  }
  void free(const std::vector<Ref>& objects) {
    for (const Ref object : objects) arena_.free(object);
  }

  Budget budget_{0};
  Arena arena_{budget_};
};

TEST_F(ArenaTest, ANewArenaHasNoMemory) { EXPECT_EQ(budget_.used(), 0); }

TEST_F(ArenaTest, ObjectsOfEverySizeKeepTheirBytesApart) {
  std::vector<Ref> objects;
  for (std::size_t bytes = 1; bytes <= Arena::kMaxObject; bytes += 1 + bytes / 64) {
    for (int i = 0; i < 3; ++i) {
      objects.push_back(arena_.allocate(bytes));
      ASSERT_NE(objects.back(), kNullRef);
      ASSERT_LT(objects.back(), kFirstReservedRef);
      ASSERT_EQ(arena_.capacity(objects.back()), Arena::slot_size(bytes));
      ASSERT_TRUE(is_aligned(arena_.at(objects.back()), 4));
      std::memset(arena_.at(objects.back()), static_cast<int>(objects.size() % 251),
                  arena_.capacity(objects.back()));
    }
  }
  for (std::size_t i = 0; i < objects.size(); ++i) {
    const std::byte* const at = arena_.at(objects[i]);
    const auto pattern = static_cast<std::byte>((i + 1) % 251);
    ASSERT_TRUE(std::all_of(at, at + arena_.capacity(objects[i]),
                            [pattern](std::byte b) { return b == pattern; }));
  }
}

TEST_F(ArenaTest, AnObjectOf64BytesIsACacheLine) {
  for (const Ref object : allocate(200, 64)) EXPECT_TRUE(is_aligned(arena_.at(object), 64));
}

TEST_F(ArenaTest, AFreedSlotIsUsedAgain) {
  const std::vector<Ref> objects = allocate(100, 100);
  const std::size_t before = budget_.used();
  arena_.free(objects[50]);
  EXPECT_EQ(arena_.allocate(100), objects[50]);
  EXPECT_EQ(budget_.used(), before);
}

TEST_F(ArenaTest, TheFullestSpanIsFilledFirst) {
  // Three spans of 64 slots; of the first two, one loses a quarter of its objects, one nearly all.
  const std::vector<Ref> objects = allocate(192, 128);
  for (std::size_t i = 0; i < 60; ++i) arena_.free(objects[i]);
  for (std::size_t i = 64; i < 80; ++i) arena_.free(objects[i]);
  const std::vector<Ref> again = allocate(16, 128);
  EXPECT_THAT(again, testing::UnorderedElementsAreArray(objects.data() + 64, 16));
}

TEST_F(ArenaTest, ASpanWithoutObjectsIsTakenByAnotherClass) {
  free(allocate(40, 100));
  const std::size_t before = budget_.used();
  EXPECT_NE(arena_.allocate(500), kNullRef);
  EXPECT_EQ(budget_.used(), before);
}

TEST_F(ArenaTest, OnlyAFewEmptySpansAreKept) {
  free(allocate(100 * kSpan512, 512));
  EXPECT_LE(arena_.object_bytes(), 8 * kSmallSpanBytes);
  arena_.trim();
  free(allocate(10 * kSpan1024, 1024));
  EXPECT_LE(arena_.object_bytes(), std::size_t{2} * 64 * 1024);
}

TEST_F(ArenaTest, TrimGivesBackTheEmptySpans) {
  free(allocate(100, 512));
  free(allocate(100, 5000));
  const std::size_t before = budget_.used();
  EXPECT_EQ(arena_.trim(), before);
  EXPECT_EQ(budget_.used(), 0);
}

TEST_F(ArenaTest, ALargeSpanTakesOnlyThePagesThatItsObjectsReach) {
  ASSERT_NE(arena_.allocate(10'240), kNullRef);
  EXPECT_EQ(arena_.object_bytes(), 3 * kPage);
  ASSERT_NE(arena_.allocate(10'240), kNullRef);
  EXPECT_EQ(arena_.object_bytes(), 5 * kPage);
  allocate(4, 10'240);
  EXPECT_EQ(arena_.object_bytes(), 15 * kPage) << "6 x 10,240: one page of the span is never used";
}

TEST_F(ArenaTest, ASmallSpanTakesAllItsPagesAtOnce) {
  ASSERT_NE(arena_.allocate(100), kNullRef);
  EXPECT_EQ(budget_.used(), kSmallSpanBytes + kPage) << "and a page of bookkeeping";
  allocate(80, 100);
  EXPECT_EQ(arena_.object_bytes(), kSmallSpanBytes) << "81 x 100";
}

TEST_F(ArenaTest, EverySpanCostsAtMost64BytesOfBookkeeping) {
  allocate(kSpan512 * 1280, 512);
  EXPECT_EQ(arena_.object_bytes(), 1280 * kSmallSpanBytes);
  EXPECT_LE(arena_.overhead_bytes(), 1280 * sizeof(SpanInfo) + kPage);
}

TEST_F(ArenaTest, BookkeepingOfSpansWithoutMemoryIsGivenBack) {
  const std::size_t infos_per_page = kPage / sizeof(SpanInfo);
  const std::vector<Ref> first = allocate(kSpan512 * infos_per_page, 512);
  const std::vector<Ref> rest = allocate(kSpan512 * 10 * infos_per_page, 512);
  EXPECT_GE(arena_.overhead_bytes(), 11 * kPage);
  free(first);  // below what is in use
  arena_.trim();
  EXPECT_EQ(arena_.check_invariants(), "");
  EXPECT_LE(arena_.overhead_bytes(), 11 * kPage);
  free(rest);
  arena_.trim();
  EXPECT_EQ(arena_.overhead_bytes(), 0);
  allocate(kSpan512 * 3 * infos_per_page, 512);
  EXPECT_LE(arena_.overhead_bytes(), 4 * kPage);
}

TEST_F(ArenaTest, GivesEverythingBackInTheEnd) {
  Budget budget(0);
  {
    Arena arena(budget);
    for (std::size_t bytes = 1; bytes < Arena::kMaxObject; bytes += 100) {
      ASSERT_NE(arena.allocate(bytes), kNullRef);
    }
    ASSERT_NE(arena.allocate_page(), kNullRef);
    ASSERT_NE(arena.allocate_bucket(), kNullRef);
    EXPECT_GT(budget.used(), 0);
  }
  EXPECT_EQ(budget.used(), 0);
}

#ifdef LIBCACHE_ADDRESS_SANITIZER
TEST_F(ArenaTest, AddressSanitizerSeesTheUseOfAFreedObject) {
  const std::vector<Ref> objects = allocate(3, 100);
  arena_.free(objects[1]);
  arena_.at(objects[0])[99] = arena_.at(objects[2])[0] = std::byte{1};
  EXPECT_DEATH(arena_.at(objects[1])[50] = std::byte{1}, "use-after-poison");
}
#endif

// --- The limit ----------------------------------------------------------------------------------

TEST_F(ArenaTest, IsRefusedMemoryBeyondTheLimitAndTakesItWhenThereIsSome) {
  budget_.set_limit(21 * kPage);
  std::vector<Ref> objects;
  while (const Ref object = arena_.allocate(512)) objects.push_back(object);
  EXPECT_EQ(objects.size(), 10 * kSpan512) << "one page is bookkeeping";
  EXPECT_EQ(budget_.used(), budget_.limit());
  EXPECT_EQ(arena_.allocate(100), kNullRef);
  EXPECT_EQ(arena_.allocate_page(), kNullRef);
  EXPECT_EQ(arena_.allocate_bucket(), kNullRef);
  EXPECT_EQ(arena_.check_invariants(), "");

  for (std::size_t i = 0; i < kSpan512; ++i) arena_.free(objects[i]);
  EXPECT_NE(arena_.allocate(100), kNullRef);
}

TEST_F(ArenaTest, AFreeSlotIsFoundAlthoughAnotherSpanOfTheClassCannotGrow) {
  std::vector<Ref> objects = allocate(kSpan1024 + 4, 1024);
  budget_.set_limit(budget_.used());
  ASSERT_EQ(arena_.allocate(1024), kNullRef);
  arena_.free(objects[7]);
  EXPECT_EQ(arena_.allocate(1024), objects[7]);
}

TEST_F(ArenaTest, EmptySpansOfTheOtherRegionAreGivenUpBeforeAnythingIsRefused) {
  free(allocate(kSpan512, 512));
  ASSERT_NE(arena_.allocate(1024), kNullRef);
  budget_.set_limit(budget_.used());
  EXPECT_NE(allocate(8, 1024).back(), kNullRef) << "two pages, which a small span gave";
}

TEST_F(ArenaTest, WhatIsResidentIsWhatIsCharged) {
  const std::vector<Ref> objects = allocate(std::size_t{12} * 81, 100);  // full spans
  for (const Ref object : objects) std::memset(arena_.at(object), 1, 100);
  const std::byte* const begin = arena_.at(0);
  const std::byte* const end = begin + 100 * kPage;
  EXPECT_EQ(resident_pages(begin, end) * kPage, arena_.object_bytes());
  free(objects);
  EXPECT_EQ(resident_pages(begin, end) * kPage, arena_.object_bytes());
  arena_.trim();
  EXPECT_EQ(resident_pages(begin, end), 0);
}

TEST_F(ArenaTest, WhatIsResidentIsWhatIsChargedInLargeSpansToo) {
  const std::vector<Ref> objects = allocate(20, 13'000);
  for (const Ref object : objects) std::memset(arena_.at(object), 1, 13'000);
  const std::byte* const begin = arena_.at(objects.front());
  const std::byte* const end = begin + std::size_t{16} * 64 * 1024;
  EXPECT_EQ(resident_pages(begin, end) * kPage, arena_.object_bytes());
  free(objects);
  arena_.trim();
  EXPECT_EQ(resident_pages(begin, end), 0);
}

// --- For the index ------------------------------------------------------------------------------

TEST_F(ArenaTest, AnIndexPageIsZeroAndASpan) {
  free(allocate_written(kSpan512, 512));  // an empty span that is kept, with what lay there
  for (int i = 0; i < 3; ++i) {
    const std::byte* const page = arena_.at(arena_.allocate_page());
    EXPECT_TRUE(is_aligned(page, Arena::kIndexPageBytes));
    EXPECT_THAT(std::vector<std::byte>(page, page + Arena::kIndexPageBytes), Each(std::byte{0}));
  }
  EXPECT_EQ(arena_.page_bytes(), 3 * Arena::kIndexPageBytes);
  EXPECT_EQ(arena_.object_bytes(), 0);
}

TEST_F(ArenaTest, AnIndexPageThatIsUsedAgainIsZero) {
  const Ref page = arena_.allocate_page();
  std::memset(arena_.at(page), 1, Arena::kIndexPageBytes);
  arena_.free_page(page);
  ASSERT_EQ(arena_.allocate_page(), page);
  const std::byte* const begin = arena_.at(page);
  EXPECT_THAT(std::vector<std::byte>(begin, begin + Arena::kIndexPageBytes), Each(std::byte{0}));
}

TEST_F(ArenaTest, AnIndexPageIsRefusedIfOnlyPartOfItCanBeHad) {
  ASSERT_NE(arena_.allocate(100), kNullRef);
  budget_.set_limit(budget_.used() + kPage);
  EXPECT_EQ(arena_.allocate_page(), kNullRef);
  EXPECT_EQ(arena_.check_invariants(), "");
  budget_.set_limit(budget_.used() + Arena::kIndexPageBytes);
  EXPECT_NE(arena_.allocate_page(), kNullRef);
}

TEST_F(ArenaTest, AFreedIndexPageServesObjects) {
  arena_.free_page(arena_.allocate_page());
  EXPECT_EQ(arena_.page_bytes(), 0);
  const std::size_t before = budget_.used();
  ASSERT_NE(arena_.allocate(100), kNullRef);
  EXPECT_EQ(budget_.used(), before);
}

TEST_F(ArenaTest, BucketsAreCacheLinesAndLieApartFromObjectsOf64Bytes) {
  ASSERT_NE(arena_.allocate(64), kNullRef);
  const Ref bucket = arena_.allocate_bucket();
  EXPECT_TRUE(is_aligned(arena_.at(bucket), 64));
  EXPECT_EQ(arena_.capacity(bucket), 64);
  EXPECT_EQ(arena_.page_bytes(), kSmallSpanBytes);
  EXPECT_EQ(arena_.object_bytes(), kSmallSpanBytes);
  arena_.free(bucket);
  EXPECT_EQ(arena_.page_bytes(), 0);
}

TEST_F(ArenaTest, BucketsAreCountedByTheirSpans) {
  std::vector<Ref> buckets(kSmallSpanBytes / 64);
  for (Ref& bucket : buckets) bucket = arena_.allocate_bucket();
  EXPECT_EQ(arena_.page_bytes(), kSmallSpanBytes);
  buckets.push_back(arena_.allocate_bucket());
  EXPECT_EQ(arena_.page_bytes(), 2 * kSmallSpanBytes);
  free(buckets);
  EXPECT_EQ(arena_.page_bytes(), 0);
  EXPECT_EQ(arena_.object_bytes(), 2 * kSmallSpanBytes) << "kept for reuse";
}

// --- Address space ------------------------------------------------------------------------------

// Sanitizers map memory of their own, which a limit on address space would hit.
#if defined(__SANITIZE_THREAD__)
#define LIBCACHE_THREAD_SANITIZER
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define LIBCACHE_THREAD_SANITIZER
#endif
#endif

#if !defined(LIBCACHE_ADDRESS_SANITIZER) && !defined(LIBCACHE_THREAD_SANITIZER)
class AddressSpaceLimit {
 public:
  explicit AddressSpaceLimit(std::size_t more_bytes) {
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    ::getrlimit(RLIMIT_AS, &before_);
    const rlimit limit{.rlim_cur = pages * kPage + more_bytes, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_AS, &limit);
  }
  ~AddressSpaceLimit() { ::setrlimit(RLIMIT_AS, &before_); }
  AddressSpaceLimit(const AddressSpaceLimit&) = delete;
  AddressSpaceLimit& operator=(const AddressSpaceLimit&) = delete;

 private:
  rlimit before_{};
};

TEST(ArenaAddressSpace, ContentsItselfWithLess) {
  const AddressSpaceLimit limit(std::size_t{80} << 20);
  Budget budget(0);
  Arena arena(budget);
  std::size_t objects = 0;
  while (arena.allocate(Arena::kMaxObject) != kNullRef) ++objects;
  EXPECT_EQ(objects, (std::size_t{16} << 20) / Arena::kMaxObject);
  EXPECT_NE(arena.allocate(100), kNullRef) << "the small region has room";
  EXPECT_EQ(arena.check_invariants(), "");
}

TEST(ArenaAddressSpace, IsSharedFairlyByTheArenasOfAProcess) {
  const AddressSpaceLimit limit(std::size_t{2} << 30);
  Budget budget(0);
  std::vector<std::unique_ptr<Arena>> arenas(16);
  const std::size_t region_bytes = Arena::region_bytes_for(16);
  EXPECT_EQ(region_bytes, std::size_t{16} << 20);
  for (auto& arena : arenas) arena = std::make_unique<Arena>(budget, region_bytes);
}

TEST(ArenaAddressSpace, ThrowsIfThereIsNone) {
  const AddressSpaceLimit limit(std::size_t{16} << 20);
  Budget budget(0);
  EXPECT_THROW(Arena arena(budget), std::bad_alloc);
}
#endif

TEST(ArenaAddressSpace, ManyArenasFitIntoAProcess) {
  Budget budget(0);
  std::vector<std::unique_ptr<Arena>> arenas;
  for (int i = 0; i < 64; ++i) {
    arenas.push_back(std::make_unique<Arena>(budget, Arena::region_bytes_for(64)));
    ASSERT_NE(arenas.back()->allocate(100), kNullRef);
  }
  EXPECT_EQ(budget.used(), 64 * (kSmallSpanBytes + kPage));
}

}  // namespace
}  // namespace libcache
