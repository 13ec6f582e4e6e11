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
           int database = 0)
      : shape_(ItemShape::of(key.size(), value.size(), expires)), words_(shape_.bytes / 4 + 1) {
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
  EXPECT_EQ(ItemShape::of(255, 4095, false).bytes, 4 + 255 + 4095);
  EXPECT_EQ(ItemShape::of(256, 0, false).bytes, 4 + 8 + 256);
  EXPECT_EQ(ItemShape::of(0, 4096, false).bytes, 4 + 8 + 4096);
}

TEST(Item, NoShapeIsLargerThanAnObjectMayBe) {
  for (std::size_t key = 0; key < 20'000; key += 1 + key / 300) {
    for (std::size_t value = 0; value < 20'000; value += 1 + value / 300) {
      for (const bool expires : {false, true}) {
        const ItemShape shape = ItemShape::of(key, value, expires);
        ASSERT_LE(shape.bytes, Arena::kMaxObject) << key << " " << value;
        ASSERT_TRUE(shape.in_extent || key <= ItemShape::kMaxInlineKey) << key << " " << value;
      }
    }
  }
}

TEST(Item, HoldsItsPartsWhateverTheirSizes) {
  for (const std::size_t key_size : {0U, 1U, 255U, 256U, 16'348U, 16'349U, 20'000U}) {
    for (const std::size_t value_size : {0U, 1U, 4095U, 4096U, 16'380U, 50'000U}) {
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

TEST(Item, ItsValueSizeChangesInPlace) {
  TestItem item("key", "value", true, Encoding::kNumber);
  item->set_value_size(3);
  EXPECT_EQ(item->value(), "val");
  EXPECT_EQ(item->key(), "key");
  EXPECT_EQ(item->encoding(), Encoding::kNumber);
}

}  // namespace
}  // namespace libcache
