#include "bucket.h"

#include <cstdint>

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
