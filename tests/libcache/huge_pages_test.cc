#include "huge_pages.h"

#include <cstring>

#include <gtest/gtest.h>

#include "address_space.h"

namespace libcache {
namespace {

constexpr std::size_t kPages = HugePages::kBytes / kPageBytes;

class HugePagesTest : public testing::Test {
 protected:
  static constexpr std::size_t kBlocks = 3;

  HugePagesTest() {
    if (!Window(memory_.data(), memory_.size()).reach(memory_.size())) throw std::bad_alloc();
  }
  std::byte* block(std::size_t i) {
    const auto at = reinterpret_cast<std::uintptr_t>(memory_.data());
    return memory_.data() + (HugePages::kBytes - at % HugePages::kBytes) % HugePages::kBytes +
           i * HugePages::kBytes;
  }
  void fill(std::size_t i) { pages_.added(block(i), kPages); }

  Reservation memory_{(kBlocks + 1) * HugePages::kBytes};
  HugePages pages_{block(0), kBlocks* HugePages::kBytes};
};

TEST_F(HugePagesTest, ABlockWaitsOnceAllItsPagesAreInUse) {
  pages_.added(block(1), kPages - 1);
  EXPECT_FALSE(pages_.waiting());
  pages_.added(block(1) + (kPages - 1) * kPageBytes, 1);
  EXPECT_TRUE(pages_.waiting());
}

TEST_F(HugePagesTest, ABlockThatIsNoLongerFullIsPassedOver) {
  fill(0);
  pages_.removing(block(0), 1);
  EXPECT_EQ(pages_.take_full(), nullptr);
  EXPECT_FALSE(pages_.waiting());
}

TEST_F(HugePagesTest, ABlockWaitsOnlyOnceHoweverOftenItFills) {
  fill(0);
  pages_.removing(block(0), 1);
  pages_.added(block(0), 1);
  static_cast<void>(pages_.take_full());
  EXPECT_FALSE(pages_.waiting());
}

TEST_F(HugePagesTest, JoiningKeepsTheBytes) {
  std::memset(block(2), 7, HugePages::kBytes);
  fill(2);
  std::byte* const full = pages_.take_full();
  if (full == nullptr) GTEST_SKIP() << "this kernel has no huge pages";
  EXPECT_EQ(full, block(2));
  HugePages::join(full);
  EXPECT_EQ(block(2)[0], std::byte{7});
  EXPECT_EQ(block(2)[HugePages::kBytes - 1], std::byte{7});
}

TEST_F(HugePagesTest, ABlockBegunAheadIsAheadUntilItIsFull) {
  if (!pages_.begin_ahead(block(1))) GTEST_SKIP() << "this kernel has no huge pages";
  pages_.added(block(1), kPages - 1);
  EXPECT_TRUE(pages_.is_ahead(block(1) + kPageBytes));
  EXPECT_EQ(pages_.oldest_ahead(), block(1));
  EXPECT_EQ(pages_.unused_bytes(block(1)), kPageBytes);
  pages_.added(block(1) + (kPages - 1) * kPageBytes, 1);
  EXPECT_FALSE(pages_.is_ahead(block(1)));
  EXPECT_EQ(pages_.blocks_ahead(), 0);
  EXPECT_TRUE(pages_.waiting()) << "the kernel may have had no huge page to spare";
}

TEST_F(HugePagesTest, ABlockWhoseStartWasEndedIsOneOfSmallPages) {
  if (!pages_.begin_ahead(block(1))) GTEST_SKIP() << "this kernel has no huge pages";
  pages_.added(block(1), 1);
  pages_.end_ahead(block(1));
  EXPECT_EQ(pages_.blocks_ahead(), 0);
  pages_.added(block(1) + kPageBytes, kPages - 1);
  EXPECT_TRUE(pages_.waiting());
}

}  // namespace
}  // namespace libcache
