#include "item.h"

namespace libcache {

ItemShape ItemShape::of(std::size_t key_size, std::size_t value_size, bool expires) {
  ItemShape shape{.key_size = key_size,
                  .value_size = value_size,
                  .expires = expires,
                  .long_lengths = key_size > 0xFF || value_size > Item::kMaxShortValue,
                  .in_extent = false,
                  .bytes = 0};
  const std::size_t fixed = 4 + (expires ? 16U : 0U) + (shape.long_lengths ? 8U : 0U);
  shape.bytes = fixed + key_size + value_size;
  if (shape.bytes > Arena::kMaxObject || key_size > kMaxInlineKey) {
    shape.in_extent = true;
    shape.bytes = fixed + 8 + (key_size > kMaxInlineKey ? 0 : key_size);
  }
  return shape;
}

void Item::create(const ItemShape& shape, std::string_view key, int database, Encoding encoding,
                  Extent* extent) {
  std::uint32_t header = static_cast<std::uint32_t>(database) << kDatabaseShift |
                         static_cast<std::uint32_t>(Type::kString) << kTypeShift;
  if (shape.expires) header |= kExpires;
  if (shape.in_extent) header |= kInExtent;
  if (shape.long_lengths) {
    header |= kLong;
  } else {
    header |= static_cast<std::uint32_t>(shape.value_size) |
              static_cast<std::uint32_t>(shape.key_size) << kKeyShift;
  }
  set_header(header);
  if (shape.long_lengths) {
    store(sizes_at(), static_cast<std::uint32_t>(shape.key_size));
    store(sizes_at() + 4, static_cast<std::uint32_t>(shape.value_size));
  }
  if (shape.in_extent) store(extent_at(), extent);
  set_encoding(encoding);
  char* key_to = shape.key_size > ItemShape::kMaxInlineKey ? reinterpret_cast<char*>(extent->data)
                                                           : inline_data();
  if (!key.empty()) std::memcpy(key_to, key.data(), key.size());
}

Encoding Item::encoding() const {
  if ((header() & kEdited) != 0) return Encoding::kEdited;
  return (header() & kNumber) != 0 ? Encoding::kNumber : Encoding::kWhole;
}

void Item::set_encoding(Encoding encoding) {
  std::uint32_t header = this->header() & ~(kEdited | kNumber);
  if (encoding == Encoding::kEdited) header |= kEdited;
  if (encoding == Encoding::kNumber) header |= kNumber;
  set_header(header);
}

void Item::set_value_size(std::size_t size) {
  if (long_lengths()) {
    store(sizes_at() + 4, static_cast<std::uint32_t>(size));
  } else {
    set_header((header() & ~kMaxShortValue) | static_cast<std::uint32_t>(size));
  }
}

}  // namespace libcache
