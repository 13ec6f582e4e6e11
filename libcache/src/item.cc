#include "item.h"

namespace libcache {

void Item::create(const ItemShape& shape, std::string_view key, int database, Encoding encoding,
                  Extent* extent) {
  std::uint32_t header = static_cast<std::uint32_t>(database) << kDatabaseShift |
                         static_cast<std::uint32_t>(Type::kString) << kTypeShift;
  if (shape.expires) header |= kExpires;
  if (shape.tags != 0) header |= kTagged;
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

std::byte* Item::tagging_at() const {
  const std::size_t key = key_size() > ItemShape::kMaxInlineKey ? 0 : key_size();
  const std::size_t value = in_extent() ? 0 : value_size();
  return reinterpret_cast<std::byte*>(inline_data()) + key + value;
}

Tagging Item::tagging() const {
  Tagging tagging;
  if (!is_tagged()) return tagging;
  const std::byte* at = tagging_at();
  tagging.born = load<Epoch>(at);
  tagging.tags.count_ = load<std::uint8_t>(at + sizeof(Epoch));
  std::memcpy(tagging.tags.ids_.data(), at + sizeof(Epoch) + 1,
              tagging.tags.count_ * sizeof(std::uint32_t));
  return tagging;
}

void Item::write_tagging(const Tagging& tagging) {
  std::byte* at = tagging_at();
  store(at, tagging.born);
  store(at + sizeof(Epoch), tagging.tags.count_);
  std::memcpy(at + sizeof(Epoch) + 1, tagging.tags.ids_.data(),
              tagging.tags.count_ * sizeof(std::uint32_t));
}

void Item::set_value_size(std::size_t size) {
  if (long_lengths()) {
    store(sizes_at() + 4, static_cast<std::uint32_t>(size));
  } else {
    set_header((header() & ~kMaxShortValue) | static_cast<std::uint32_t>(size));
  }
}

}  // namespace libcache
