#include "size_classes.h"

#include <gtest/gtest.h>

namespace libcache {
namespace {

std::size_t size_for(std::size_t bytes) { return kSizeClasses[size_class_of(bytes)].size; }

std::size_t span_bytes(unsigned size_class) {
  return is_large_class(size_class) ? kLargeSpanBytes : kSmallSpanBytes;
}

TEST(SizeClasses, EverySizeGetsTheSmallestClassThatHoldsIt) {
  for (std::size_t bytes = 1; bytes <= kLargestObject; ++bytes) {
    const unsigned size_class = size_class_of(bytes);
    ASSERT_GE(kSizeClasses[size_class].size, bytes);
    if (size_class > 0) {
      ASSERT_LT(kSizeClasses[size_class - 1].size, bytes);
    }
  }
}

TEST(SizeClasses, NoOtherChoiceOfSizesWouldPutMoreSmallObjectsIntoASpan) {
  for (std::size_t bytes = 32; bytes <= kLargestSmall; ++bytes) {
    const std::size_t aligned = (bytes + 3) / 4 * 4;
    ASSERT_EQ(kSmallSpanBytes / size_for(bytes), kSmallSpanBytes / aligned) << bytes;
  }
}

TEST(SizeClasses, RoundingCostsAtMostThreeBytesUpTo196) {
  for (std::size_t bytes = 32; bytes <= 196; ++bytes) ASSERT_LE(size_for(bytes), bytes + 3);
}

TEST(SizeClasses, RoundingCostsAtMostAnEighthOfALargeObject) {
  for (std::size_t bytes = kLargestSmall + 1; bytes <= kLargestObject; ++bytes) {
    ASSERT_LE((size_for(bytes) - bytes) * 8, bytes) << bytes;
  }
}

TEST(SizeClasses, TheEndOfASpanThatIsPaidForButTooShortForASlotIsLessThanSixPercent) {
  for (unsigned size_class = 0; size_class < kClasses; ++size_class) {
    const SizeClass& row = kSizeClasses[size_class];
    const std::size_t used = std::size_t{row.size} * row.slots;
    const std::size_t touched = (used + 4095) / 4096 * 4096;
    EXPECT_LE((touched - used) * 100, touched * 6) << row.size;
  }
}

TEST(SizeClasses, SlotsAreWholeUnitsOfFourBytesAndFillTheSpan) {
  for (unsigned size_class = 0; size_class < kClasses; ++size_class) {
    const SizeClass& row = kSizeClasses[size_class];
    EXPECT_EQ(row.size % 4, 0);
    EXPECT_LE(row.slots, kMostSlots);
    EXPECT_EQ(row.slots, span_bytes(size_class) / row.size);
  }
}

TEST(SizeClasses, TheInverseFindsEverySlotByItsOffset) {
  for (const SizeClass& row : kSizeClasses) {
    for (std::uint64_t slot = 0; slot < row.slots; ++slot) {
      ASSERT_EQ(slot * (row.size / 4) * row.inverse >> 32, slot) << row.size;
    }
  }
}

TEST(SizeClasses, ASpanWithAFreeSlotFillsOneOfFourQuarters) {
  for (const SizeClass& row : kSizeClasses) {
    EXPECT_EQ(row.quarters >> 16, 4U / row.slots) << row.size;
    EXPECT_LT((row.slots - 1U) * row.quarters >> 16, 4U) << row.size;
  }
}

TEST(SizeClasses, AnIndexBucketIsACacheLineOfASmallSpan) {
  EXPECT_EQ(kSizeClasses[kBucketClass].size, 64);
  EXPECT_FALSE(is_large_class(kBucketClass));
  EXPECT_EQ(size_for(64), 64);
}

}  // namespace
}  // namespace libcache
