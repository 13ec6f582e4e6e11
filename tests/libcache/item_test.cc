#include "item.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace libcache {
namespace {

/// An item in memory of its own, and an extent if it needs one.
class TestItem {
 public:
  TestItem(const std::string& key, const std::string& value, bool expires, Encoding encoding,
           int database = 0, std::size_t tags = 0)
      : shape_(ItemShape::of(key.size(), value.size(), expires, tags)),
        words_(shape_.bytes / 4 + 1) {
    if (shape_.in_extent) {
      bytes_.resize(shape_.extent_bytes());
      extent_.data = bytes_.data();
    }
    at_.emplace(reinterpret_cast<std::byte*>(words_.data()));
    at_->create(shape_, key, database, encoding, shape_.in_extent ? &extent_ : nullptr);
    value.copy(at_->value_data(), value.size());
  }
  Item* operator->() { return &*at_; }
  [[nodiscard]] const ItemShape& shape() const { return shape_; }

 private:
  ItemShape shape_;
  std::vector<std::uint32_t> words_;
  std::vector<std::byte> bytes_;
  Extent extent_;
  std::optional<Item> at_;
};

TEST(Item, AShortOneHasFourBytesMoreThanKeyAndValue) {
  EXPECT_EQ(ItemShape::of(16, 64, false).bytes, 84);
  EXPECT_EQ(ItemShape::of(16, 64, true).bytes, 100);
}

TEST(Item, LengthsThatDoNotFitTheHeaderTakeEightBytes) {
  EXPECT_EQ(ItemShape::of(255, 2047, false).bytes, 4 + 255 + 2047);
  EXPECT_EQ(ItemShape::of(256, 0, false).bytes, 4 + 8 + 256);
  EXPECT_EQ(ItemShape::of(0, 2048, false).bytes, 4 + 8 + 2048);
}

TEST(Item, TagsTakeNineBytesAndFourEach) {
  EXPECT_EQ(ItemShape::of(16, 64, false, 1).bytes, 84 + 9 + 4);
  EXPECT_EQ(ItemShape::of(16, 64, true, Tags::kMost).bytes, 100 + 9 + 32);
}

TEST(Item, NoShapeIsLargerThanAnObjectMayBe) {
  for (std::size_t key = 0; key < 20'000; key += 1 + key / 300) {
    for (std::size_t value = 0; value < 20'000; value += 1 + value / 300) {
      for (const bool expires : {false, true}) {
        for (const std::size_t tags : {std::size_t{0}, Tags::kMost}) {
          const ItemShape shape = ItemShape::of(key, value, expires, tags);
          ASSERT_LE(shape.bytes, Arena::kMaxObject) << key << " " << value;
          ASSERT_TRUE(shape.in_extent || key <= ItemShape::kMaxInlineKey) << key << " " << value;
        }
      }
    }
  }
}

TEST(Item, HoldsItsPartsWhateverTheirSizes) {
  for (const std::size_t key_size : {0U, 1U, 255U, 256U, 16'307U, 16'308U, 20'000U}) {
    for (const std::size_t value_size : {0U, 1U, 2047U, 2048U, 16'380U, 50'000U}) {
      for (const bool expires : {false, true}) {
        const std::string key(key_size, 'k');
        const std::string value(value_size, 'v');
        TestItem item(key, value, expires, Encoding::kEdited, 13);
        ASSERT_TRUE(item->key() == key) << key_size << " " << value_size;
        ASSERT_TRUE(item->value() == value) << key_size << " " << value_size;
        ASSERT_EQ(item->expires(), expires);
        ASSERT_EQ(item->database(), 13);
        ASSERT_EQ(item->encoding(), Encoding::kEdited);
        ASSERT_TRUE(item->shape().same_layout(item.shape()));
      }
    }
  }
}

TEST(Item, HoldsItsTagsWhateverTheSizes) {
  const Tagging three{{"a", "b", "c"}, 12'345'678'901};
  for (const std::size_t key_size : {0U, 255U, 256U, 16'307U, 16'308U}) {
    for (const std::size_t value_size : {0U, 2047U, 2048U, 50'000U}) {
      for (const bool expires : {false, true}) {
        const std::string key(key_size, 'k');
        const std::string value(value_size, 'v');
        TestItem item(key, value, expires, Encoding::kWhole, 0, 3);
        item->set_tagging(three);
        ASSERT_TRUE(item->tagging() == three);
        ASSERT_TRUE(item->key() == key && item->value() == value);
        ASSERT_TRUE(item->shape().same_layout(item.shape()));
      }
    }
  }
}

TEST(Item, MostHaveNoTags) {
  TestItem item("key", "value", true, Encoding::kWhole);
  EXPECT_FALSE(item->is_tagged());
  EXPECT_TRUE(item->tagging().tags.empty());
}

TEST(Item, ItsValueSizeChangesInPlace) {
  TestItem item("key", "value", true, Encoding::kNumber);
  item->set_value_size(3);
  EXPECT_EQ(item->value(), "val");
  EXPECT_EQ(item->key(), "key");
  EXPECT_EQ(item->encoding(), Encoding::kNumber);
}

}  // namespace
}  // namespace libcache
