#include "extent_pool.h"

#include <array>
#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "poison.h"
#include "resident_pages.h"

namespace libcache {
namespace {

constexpr std::size_t kKiB = 1024;
constexpr std::size_t kMiB = 1024 * kKiB;
constexpr std::size_t kPage = kPageBytes;
constexpr std::size_t kDescriptor = 64;
constexpr std::size_t kChunk = 512;
constexpr std::size_t kBookkeeping = kDescriptor + kChunk;  // of an extent alone in its chunk

void fill(const Extent& extent, std::size_t bytes, std::uint32_t seed) {
  for (std::size_t i = 0; i < bytes; i += 64) std::memcpy(extent.data + i, &seed, sizeof(seed));
}

bool holds(const void* data, std::size_t bytes, std::uint32_t seed) {
  for (std::size_t i = 0; i < bytes; i += 64) {
    if (std::memcmp(static_cast<const std::byte*>(data) + i, &seed, sizeof(seed)) != 0)
      return false;
  }
  return true;
}

class ExtentPoolTest : public testing::Test {
 protected:
  void TearDown() override {
    EXPECT_EQ(pool_->check_invariants(), "");
    EXPECT_EQ(budget_->used(), pool_->charged_bytes());
    EXPECT_TRUE(budget_->limit() == 0 || budget_->peak() <= budget_->limit());
  }

  void set_limit(std::size_t bytes) { budget_->set_limit(bytes); }
  /// What so many calls of trim_idle() give back.
  std::size_t trim_idle_for(std::uint32_t calls) {
    std::size_t bytes = 0;
    for (; calls != 0; --calls) bytes += pool_->trim_idle();
    return bytes;
  }

  std::shared_ptr<Budget> budget_ = std::make_shared<Budget>(4 * kMiB);
  std::shared_ptr<ExtentPool> pool_ = std::make_shared<ExtentPool>(budget_);
};

// --- What an extent takes -----------------------------------------------------------------------

TEST_F(ExtentPoolTest, AValueOf16KiBCommitsFourPages) {
  Extent* const extent = pool_->allocate(16 * kKiB);
  ASSERT_NE(extent, nullptr);
  EXPECT_EQ(extent->committed, 4 * kPage);
  EXPECT_EQ(extent->capacity, 32 * kKiB);
  EXPECT_EQ(pool_->charged_bytes(), 4 * kPage + kBookkeeping);
  std::memset(extent->data, 1, 16 * kKiB);
  EXPECT_EQ(resident_pages(extent->data, extent->data + extent->capacity), 4);
  pool_->drop(extent);
}

TEST_F(ExtentPoolTest, AByteMoreCommitsAPageMore) {
  Extent* const extent = pool_->allocate(16 * kKiB + 1);
  ASSERT_NE(extent, nullptr);
  EXPECT_EQ(extent->committed, 5 * kPage);
  pool_->drop(extent);
}

TEST_F(ExtentPoolTest, ExtentsOfEverySizeKeepTheirBytesApart) {
  set_limit(0);
  std::vector<Extent*> extents;
  for (std::size_t bytes = 1; bytes <= 32 * kMiB; bytes = bytes * 3 / 2 + 1) {
    for (int i = 0; i < 2; ++i) {
      extents.push_back(pool_->allocate(bytes));
      ASSERT_NE(extents.back(), nullptr);
      ASSERT_GE(extents.back()->committed, bytes);
      fill(*extents.back(), extents.back()->committed, static_cast<std::uint32_t>(extents.size()));
    }
  }
  for (std::uint32_t i = 0; i < extents.size(); ++i) {
    EXPECT_TRUE(holds(extents[i]->data, extents[i]->committed, i + 1));
    pool_->drop(extents[i]);
  }
}

TEST_F(ExtentPoolTest, KeyAndValueOf512MiBEachFitAndNoMore) {
  set_limit(0);
  Extent* const extent = pool_->allocate(1024 * kMiB);
  ASSERT_NE(extent, nullptr);
  extent->data[1024 * kMiB - 1] = std::byte{1};
  EXPECT_EQ(resident_pages(extent->data + 1000 * kMiB, extent->data + 1024 * kMiB), 1);
  EXPECT_EQ(pool_->allocate(1024 * kMiB + 1), nullptr);
  pool_->drop(extent);
}

TEST_F(ExtentPoolTest, TheBudgetRefusesWhatIsTooLarge) {
  EXPECT_EQ(pool_->allocate(budget_->limit()), nullptr);
  EXPECT_LE(budget_->used(), kBookkeeping);
  EXPECT_EQ(pool_->check_invariants(), "");
}

// --- Changing the size in place -----------------------------------------------------------------

TEST_F(ExtentPoolTest, ResizingKeepsTheBytesAndChargesThePages) {
  Extent* const extent = pool_->allocate(20 * kKiB);
  ASSERT_NE(extent, nullptr);
  fill(*extent, 20 * kKiB, 7);
  ASSERT_TRUE(pool_->resize(*extent, 32 * kKiB));
  EXPECT_EQ(pool_->charged_bytes(), 8 * kPage + kBookkeeping);
  EXPECT_TRUE(holds(extent->data, 20 * kKiB, 7));
  std::memset(extent->data + 20 * kKiB, 1, 12 * kKiB);
  ASSERT_TRUE(pool_->resize(*extent, 5 * kKiB));
  EXPECT_EQ(pool_->charged_bytes(), 2 * kPage + kBookkeeping);
  EXPECT_TRUE(holds(extent->data, 5 * kKiB, 7));
  EXPECT_EQ(resident_pages(extent->data, extent->data + extent->capacity), 2);
  pool_->drop(extent);
}

TEST_F(ExtentPoolTest, AnExtentDoesNotGrowBeyondItsAddressSpaceOrTheBudget) {
  Extent* const small = pool_->allocate(20 * kKiB);
  Extent* const large = pool_->allocate(3 * kMiB);
  ASSERT_TRUE(small != nullptr && large != nullptr);
  EXPECT_FALSE(pool_->resize(*small, 32 * kKiB + 1));
  EXPECT_FALSE(pool_->resize(*large, 4 * kMiB));
  EXPECT_EQ(large->committed, 3 * kMiB);
  pool_->drop(small);
  pool_->drop(large);
}

// --- Reuse --------------------------------------------------------------------------------------

TEST_F(ExtentPoolTest, AFreedExtentIsReusedAndCommitsWhatIsNeeded) {
  Extent* extent = pool_->allocate(32 * kKiB);
  ASSERT_NE(extent, nullptr);
  std::byte* const data = extent->data;
  std::memset(data, 1, 32 * kKiB);
  pool_->drop(extent);
  EXPECT_EQ(resident_pages(data, data + 32 * kKiB), 8) << "kept with its memory";
  extent = pool_->allocate(16 * kKiB);
  ASSERT_NE(extent, nullptr);
  EXPECT_EQ(extent->data, data);
  EXPECT_EQ(extent->committed, 4 * kPage);
  EXPECT_EQ(resident_pages(data, data + 32 * kKiB), 4);
  pool_->drop(extent);
}

TEST_F(ExtentPoolTest, A64thOfTheLimitIsKeptForReuse) {
  std::array<Extent*, 10> extents{};
  for (Extent*& extent : extents) extent = pool_->allocate(16 * kKiB);
  for (Extent* const extent : extents) pool_->drop(extent);
  EXPECT_EQ(pool_->charged_bytes(), 64 * kKiB + 4 * kDescriptor + kChunk)
      << "4 of 16 KiB, and their bookkeeping";
}

TEST_F(ExtentPoolTest, WhatIsNoLongerAskedForIsNotKeptForEver) {
  std::array<Extent*, 4> old{};
  for (Extent*& extent : old) extent = pool_->allocate(16 * kKiB);
  for (Extent* const extent : old) pool_->drop(extent);
  Extent* const extent = pool_->allocate(40 * kKiB);
  ASSERT_NE(extent, nullptr);
  std::byte* const data = extent->data;
  std::memset(data, 1, 40 * kKiB);
  pool_->drop(extent);
  EXPECT_EQ(resident_pages(data, data + 40 * kKiB), 10);
}

TEST_F(ExtentPoolTest, TrimGivesEverythingKeptBack) {
  Extent* const extent = pool_->allocate(32 * kKiB);
  ASSERT_NE(extent, nullptr);
  std::byte* const data = extent->data;
  std::memset(data, 1, 32 * kKiB);
  pool_->drop(extent);
  EXPECT_EQ(pool_->trim(), 32 * kKiB + kDescriptor);
  EXPECT_EQ(resident_pages(data, data + 32 * kKiB), 0);
  EXPECT_EQ(pool_->charged_bytes(), kChunk) << "a chunk of address space";
}

TEST_F(ExtentPoolTest, WhatNobodyReusesIsGivenBackAfterAWhile) {
  std::array<Extent*, 2> extents{};
  for (Extent*& extent : extents) extent = pool_->allocate(16 * kKiB);
  for (Extent* const extent : extents) pool_->drop(extent);
  EXPECT_EQ(trim_idle_for(ExtentPool::kPatience), 0) << "they came since it looked";
  EXPECT_EQ(trim_idle_for(ExtentPool::kPatience - 1), 0);
  EXPECT_EQ(pool_->trim_idle(), 2 * (16 * kKiB + kDescriptor));
  EXPECT_EQ(pool_->charged_bytes(), kChunk);
}

TEST_F(ExtentPoolTest, WhatIsReusedNowAndThenIsKeptWhateverLiesBeside) {
  Extent* const other = pool_->allocate(40 * kKiB);
  ASSERT_NE(other, nullptr);
  pool_->drop(other);
  std::size_t given_back = 0;
  for (int times = 0; times < 4; ++times) {
    Extent* const extent = pool_->allocate(16 * kKiB);
    ASSERT_NE(extent, nullptr);
    pool_->drop(extent);
    given_back += trim_idle_for(ExtentPool::kPatience);
  }
  EXPECT_EQ(given_back, 40 * kKiB + kDescriptor);
}

TEST_F(ExtentPoolTest, ManyThatAreIdleAreGivenBackInSteps) {
  set_limit(64 * kMiB);
  std::array<Extent*, ExtentPool::kMostAtOnce + 1> extents{};
  for (Extent*& extent : extents) extent = pool_->allocate(16 * kKiB);
  for (Extent* const extent : extents) pool_->drop(extent);
  EXPECT_EQ(trim_idle_for(ExtentPool::kPatience), 0);
  EXPECT_EQ(trim_idle_for(ExtentPool::kPatience),
            ExtentPool::kMostAtOnce * (16 * kKiB + kDescriptor));
  EXPECT_EQ(trim_idle_for(ExtentPool::kPatience), 16 * kKiB + kDescriptor);
}

TEST_F(ExtentPoolTest, WhatIsKeptIsGivenUpBeforeAnythingIsRefused) {
  Extent* const small = pool_->allocate(32 * kKiB);
  ASSERT_NE(small, nullptr);
  pool_->drop(small);
  Extent* const large = pool_->allocate(budget_->limit() - 2 * kChunk - kDescriptor - kPage);
  EXPECT_NE(large, nullptr);
  pool_->drop(large);
}

TEST_F(ExtentPoolTest, NothingIsKeptAboveTheLimit) {
  Extent* const small = pool_->allocate(16 * kKiB);
  Extent* const large = pool_->allocate(2 * kMiB);
  ASSERT_TRUE(small != nullptr && large != nullptr);
  set_limit(kMiB + kMiB / 2);
  pool_->drop(small);
  EXPECT_EQ(pool_->charged_bytes(), 2 * kMiB + kDescriptor + 2 * kChunk);
  pool_->drop(large);
  set_limit(64 * kMiB);
}

TEST_F(ExtentPoolTest, AddressSpaceThatIsNoLongerUsedIsGivenBack) {
  set_limit(0);
  std::array<Extent*, 3> extents{};
  for (Extent*& extent : extents) extent = pool_->allocate(40 * kMiB);
  EXPECT_EQ(pool_->charged_bytes(), 3 * (40 * kMiB + kBookkeeping));
  for (Extent* const extent : extents) pool_->drop(extent);
  EXPECT_EQ(pool_->charged_bytes(), kChunk) << "one chunk stays for the next one";
}

// --- Pins ---------------------------------------------------------------------------------------

TEST_F(ExtentPoolTest, APinKeepsTheBytesAndTheirCharge) {
  Extent* const extent = pool_->allocate(200 * kKiB);
  ASSERT_NE(extent, nullptr);
  fill(*extent, 200 * kKiB, 5);
  std::shared_ptr<const void> pin = pool_->pin(extent);
  EXPECT_EQ(pin.get(), extent->data);
  pool_->drop(extent);
  EXPECT_TRUE(holds(pin.get(), 200 * kKiB, 5));
  EXPECT_EQ(pool_->charged_bytes(), 200 * kKiB + kBookkeeping);
  pin.reset();
  EXPECT_EQ(pool_->charged_bytes(), kChunk);
}

TEST_F(ExtentPoolTest, ThePinOfALiveExtentLeavesItToItsOwner) {
  Extent* const extent = pool_->allocate(200 * kKiB);
  ASSERT_NE(extent, nullptr);
  for (int i = 0; i < 3; ++i) static_cast<void>(pool_->pin(extent));
  EXPECT_EQ(extent->owners, 1);
  EXPECT_EQ(pool_->charged_bytes(), 200 * kKiB + kBookkeeping);
  pool_->drop(extent);
}

TEST(ExtentPoolEnd, APinOutlivesThePoolsOwnerAndIsDroppedByAnyThread) {
  const auto budget = std::make_shared<Budget>(0);
  auto pool = std::make_shared<ExtentPool>(budget);
  Extent* const extent = pool->allocate(100 * kKiB);
  ASSERT_NE(extent, nullptr);
  fill(*extent, 100 * kKiB, 9);
  std::shared_ptr<const void> pin = pool->pin(extent);
  pool->drop(extent);
  pool.reset();
  EXPECT_TRUE(holds(pin.get(), 100 * kKiB, 9));
  std::thread([pin = std::move(pin)]() mutable { pin.reset(); }).join();
  EXPECT_EQ(budget->used(), 0);
}

#ifdef LIBCACHE_ADDRESS_SANITIZER
TEST_F(ExtentPoolTest, AddressSanitizerSeesTheUseOfADroppedExtent) {
  Extent* const extent = pool_->allocate(16 * kKiB);
  ASSERT_NE(extent, nullptr);
  std::byte* const data = extent->data;
  pool_->drop(extent);
  EXPECT_DEATH(data[100] = std::byte{1}, "use-after-poison");
}
#endif

// --- All of it ----------------------------------------------------------------------------------

TEST_F(ExtentPoolTest, KeepsEveryByteUnderRandomUse) {
  struct Live {
    Extent* extent;
    std::size_t bytes;
    std::uint32_t seed;
  };
  std::mt19937 random(11);
  std::vector<Live> live;
  const auto drop_one = [&] {
    const std::size_t i = random() % live.size();
    ASSERT_TRUE(holds(live[i].extent->data, live[i].bytes, live[i].seed));
    pool_->drop(live[i].extent);
    live[i] = live.back();
    live.pop_back();
  };
  for (std::uint32_t step = 0; step < 4000; ++step) {
    const std::size_t bytes = 1 + random() % (std::size_t{1} << (14 + random() % 6));
    if (!live.empty() && random() % 4 == 0) {
      Live& resized = live[random() % live.size()];
      if (pool_->resize(*resized.extent, bytes)) {
        ASSERT_TRUE(holds(resized.extent->data, std::min(bytes, resized.bytes), resized.seed));
        resized.bytes = bytes;
        fill(*resized.extent, bytes, resized.seed);
      }
    } else {
      Extent* extent = pool_->allocate(bytes);
      for (; extent == nullptr && !live.empty(); extent = pool_->allocate(bytes)) drop_one();
      ASSERT_NE(extent, nullptr);
      fill(*extent, bytes, step);
      live.push_back({extent, bytes, step});
    }
    ASSERT_LE(budget_->used(), budget_->limit());
    if (step % 100 == 0) {
      ASSERT_EQ(pool_->check_invariants(), "");
    }
  }
  while (!live.empty()) drop_one();
}

TEST_F(ExtentPoolTest, ThreadsMayAllocatePinAndDropAtTheSameTime) {
  const auto churn = [this](std::uint32_t seed) {
    std::mt19937 random(seed);
    std::vector<std::shared_ptr<const void>> pins;
    for (std::uint32_t step = 0; step < 1500; ++step) {
      const std::size_t bytes = 1 + random() % (100 * kKiB);
      Extent* const extent = pool_->allocate(bytes);
      if (extent == nullptr) {
        pins.clear();
        continue;
      }
      fill(*extent, bytes, step);
      pins.push_back(pool_->pin(extent));
      pool_->drop(extent);
      EXPECT_TRUE(holds(pins.back().get(), bytes, step));
      if (random() % 8 == 0) pins.clear();
      if (random() % 64 == 0) pool_->trim();
    }
  };
  std::vector<std::thread> threads;
  for (std::uint32_t seed = 1; seed <= 3; ++seed) threads.emplace_back(churn, seed);
  for (std::thread& thread : threads) thread.join();
  pool_->trim();
  EXPECT_LE(pool_->charged_bytes(), 3 * kChunk);
}

TEST_F(ExtentPoolTest, AnExtentMayBeDroppedByOwnersOfSeveralThreads) {
  for (std::uint32_t round = 0; round < 200; ++round) {
    Extent* const extent = pool_->allocate(20 * kKiB);
    ASSERT_NE(extent, nullptr);
    fill(*extent, 20 * kKiB, round);
    std::thread reader(
        [pin = pool_->pin(extent), round] { EXPECT_TRUE(holds(pin.get(), 20 * kKiB, round)); });
    pool_->drop(extent);
    reader.join();
  }
}

}  // namespace
}  // namespace libcache
