#include "bucket.h"

#include <algorithm>
#include <cstdint>
#include <random>

#include <gtest/gtest.h>

namespace libcache {
namespace {

TEST(Bucket, NamesEveryPlaceThatHasATag) {
  for (unsigned tag = 0; tag < 256; ++tag) {
    for (int place = 0; place < Bucket::kSlots; ++place) {
      Bucket bucket{};
      for (int i = 0; i < Bucket::kSlots; ++i) {
        const auto other = static_cast<std::uint8_t>(tag + 77);
        bucket.put(i, {1, i == place ? static_cast<std::uint8_t>(tag) : other, 0, false});
      }
      const std::uint32_t matches = bucket.matches(static_cast<std::uint8_t>(tag));
      ASSERT_NE(matches >> place & 1U, 0) << tag << ' ' << place;
    }
  }
}

TEST(Bucket, RemembersWhichTagsAreBeyondIt) {
  Bucket bucket{};
  for (int place = 0; place < Bucket::kSlots - 1; ++place) bucket.put(place, {1, 0, 0, true});
  EXPECT_FALSE(bucket.may_be_beyond(5));
  bucket.link(PartRef::of(16, Share::kWhole));
  bucket.set_epoch(true);
  bucket.add_beyond(5);
  bucket.add_beyond(255);
  for (unsigned tag = 0; tag < 256; ++tag) {
    const bool may = tag % 8 == 5 || tag % 8 == 7;
    EXPECT_EQ(bucket.may_be_beyond(static_cast<std::uint8_t>(tag)), may) << tag;
  }
  EXPECT_TRUE(bucket.linked());
  EXPECT_TRUE(bucket.epoch());
  EXPECT_EQ(bucket.occupied(), Bucket::kAllOccupied >> 1);
  EXPECT_EQ(bucket.expiring(), Bucket::kAllOccupied >> 1);
  bucket.unlink();
  EXPECT_FALSE(bucket.may_be_beyond(5));
  EXPECT_TRUE(bucket.epoch());
}

#if defined(__SSE2__)
// The first is exact; the second, for other processors, may name a few more.
TEST(Bucket, NamesTheSameByVectorAndByWords) {
  std::mt19937 random(1);
  for (int round = 0; round < 10'000; ++round) {
    Bucket bucket{};
    std::uint32_t expected = 0;
    const auto tag = static_cast<std::uint8_t>(random());
    for (int place = 0; place < Bucket::kSlots; ++place) {
      if (random() % 4 == 0) continue;
      const bool same = random() % 2 == 0;
      const auto other = static_cast<std::uint8_t>(tag + 1 + random() % 255);
      bucket.put(place, {1, same ? tag : other, tag, false});
      if (same) expected |= 1U << place;
    }
    ASSERT_EQ(bucket.matches_by_vector(tag), expected);
    ASSERT_EQ(bucket.matches_by_words(tag) & expected, expected);
    ASSERT_EQ(bucket.matches_by_words(tag) & ~bucket.occupied(), 0);
  }
}

TEST(Bucket, FindsMarksByVectorAsOneByOne) {
  std::mt19937 random(3);
  std::uniform_int_distribution<int> byte(0, 255);
  for (int round = 0; round < 10'000; ++round) {
    Bucket bucket{};
    for (int place = 0; place < Bucket::kSlots; ++place) {
      if (byte(random) < 200)
        bucket.put(place, {~Ref{0}, 0, static_cast<Mark>(byte(random)), false});
    }
    const auto [first, last] = std::minmax(
        {static_cast<Mark>(byte(random)), static_cast<Mark>(round % 3 == 0 ? 255 : byte(random))});
    ASSERT_EQ(bucket.marked_by_vector(first, last), bucket.marked_one_by_one(first, last))
        << int{first} << " to " << int{last};
  }
}
#endif

TEST(Bucket, NamesThePlacesWithMarksOfARange) {
  Bucket bucket{};
  bucket.put(0, {1, 0, 5, false});
  bucket.put(1, {1, 0, 6, false});
  bucket.put(3, {1, 0, 7, true});
  bucket.put(9, {1, 0, 8, false});
  EXPECT_EQ(bucket.marked(6, 7), 0b1010);
  EXPECT_EQ(bucket.marked(0, 255), 0b10'0000'1011);
  EXPECT_EQ(bucket.marked(0, 0), 0) << "the bytes of a place without an entry are the mark 0";
  EXPECT_EQ(bucket.expiring(), 0b1000);
}

TEST(Bucket, NamesNoPlaceWithoutAnEntry) {
  Bucket bucket{};
  EXPECT_EQ(bucket.matches(0), 0) << "the bytes of a new bucket are the tag 0";
  bucket.put(3, {1, 5, 0, false});
  bucket.remove(3);
  EXPECT_EQ(bucket.matches(5), 0);
}

TEST(BucketPart, HasRoomForTenOrForNineAndALinkOrForFive) {
  Bucket bucket{};
  const BucketPart whole(bucket, Share::kWhole);
  for (int i = 0; i < Bucket::kSlots - 1; ++i) whole.put({1, 0, 0, false});
  EXPECT_FALSE(whole.full());
  const PartRef next = PartRef::of(4711 * 16, Share::kUpperHalf);
  bucket.link(next);
  EXPECT_TRUE(whole.full());
  EXPECT_EQ(bucket.next().bits, next.bits);
  bucket.unlink();
  EXPECT_FALSE(whole.full());

  Bucket shared{};
  const BucketPart half(shared, Share::kUpperHalf);
  for (int i = 0; i < BucketPart::kHalf; ++i) {
    EXPECT_FALSE(half.full());
    half.put({1, 0, 0, false});
  }
  EXPECT_TRUE(half.full());
}

TEST(BucketPart, HalvesOfABucketHaveNothingOfEachOther) {
  Bucket bucket{};
  const BucketPart lower(bucket, Share::kLowerHalf);
  const BucketPart upper(bucket, Share::kUpperHalf);
  lower.put({1, 5, 9, true});
  lower.put({2, 5, 9, false});
  upper.put({3, 5, 9, true});
  EXPECT_EQ(lower.occupied(), 0b11);
  EXPECT_EQ(upper.occupied(), 0b10'0000);
  EXPECT_EQ(lower.matches(5), 0b11);
  EXPECT_EQ(upper.matches(5), 0b10'0000);
  EXPECT_EQ(lower.marked(9, 9), 0b11);
  EXPECT_EQ(upper.marked(9, 9), 0b10'0000);
  EXPECT_EQ(lower.expiring(), 0b1);
  EXPECT_EQ(upper.expiring(), 0b10'0000);
  const IndexEntry taken = upper.take();
  EXPECT_TRUE(taken.ref == 3 && taken.tag == 5 && taken.mark == 9 && taken.expires);
  EXPECT_TRUE(upper.empty());
  EXPECT_EQ(lower.size(), 2);
  lower.move_to(upper);
  EXPECT_TRUE(lower.empty());
  EXPECT_EQ(upper.occupied(), 0b110'0000);
}

TEST(BucketPart, IsNamedByItsBucketAndItsShare) {
  const PartRef lower = PartRef::of(32, Share::kLowerHalf);
  EXPECT_EQ(lower.bucket(), 32);
  EXPECT_EQ(lower.share(), Share::kLowerHalf);
  EXPECT_EQ(lower.other_half().bucket(), 32);
  EXPECT_EQ(lower.other_half().share(), Share::kUpperHalf);
  EXPECT_EQ(lower.other_half().other_half().bits, lower.bits);
  EXPECT_TRUE(lower);
  EXPECT_FALSE(PartRef());
}

}  // namespace
}  // namespace libcache
