#include "bucket.h"

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
#endif

TEST(Bucket, NamesNoPlaceWithoutAnEntry) {
  Bucket bucket{};
  EXPECT_EQ(bucket.matches(0), 0) << "the bytes of a new bucket are the tag 0";
  bucket.put(3, {1, 5, 0, false});
  bucket.remove(3);
  EXPECT_EQ(bucket.matches(5), 0);
}

TEST(Bucket, HasRoomForTenOrForNineAndALink) {
  Bucket bucket{};
  for (int i = 0; i < Bucket::kSlots - 1; ++i) bucket.put(i, {1, 0, 0, false});
  EXPECT_FALSE(bucket.full());
  bucket.link(4711);
  EXPECT_TRUE(bucket.full());
  EXPECT_EQ(bucket.next(), 4711);
  bucket.unlink();
  EXPECT_FALSE(bucket.full());
}

}  // namespace
}  // namespace libcache
