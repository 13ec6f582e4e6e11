#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <absl/base/attributes.h>
#include <libcache/operations.h>

#include "arena.h"
#include "extent_pool.h"
#include "tag_epochs.h"
#include "timing_wheel.h"

namespace libcache {

/// What so many tags take in an item, with the epoch and their number.
constexpr std::size_t tagging_bytes(std::size_t tags) {
  return tags == 0 ? 0 : sizeof(Epoch) + 1 + tags * sizeof(std::uint32_t);
}

/// How an item is laid out: follows from the sizes of key and value, whether it expires and how
/// many tags it has.
struct ItemShape {
  std::size_t key_size;
  std::size_t value_size;
  bool expires;
  std::size_t tags;
  bool long_lengths;  ///< the sizes do not fit the header
  bool in_extent;     ///< the value lies in an extent; the key too if it is over kMaxInlineKey
  std::size_t bytes;  ///< of the object in the arena

  /// A key that an item can hold itself, whatever else it holds: 16 KiB less the fixed parts.
  static constexpr std::size_t kMaxInlineKey =
      Arena::kMaxObject - 4 - 16 - 8 - 8 - tagging_bytes(Tags::kMost);

  static ItemShape of(std::size_t key_size, std::size_t value_size, bool expires,
                      std::size_t tags = 0);

  /// Bytes of the extent; 0 if there is none.
  [[nodiscard]] std::size_t extent_bytes() const {
    return in_extent ? value_size + (key_size > kMaxInlineKey ? key_size : 0) : 0;
  }
  /// Whether an item of `other` shape has its parts at the same places.
  [[nodiscard]] bool same_layout(const ItemShape& other) const {
    return expires == other.expires && tags == other.tags && long_lengths == other.long_lengths &&
           in_extent == other.in_extent;
  }
};

/// An entry as it lies in the arena: one object, aligned to 4 bytes. This is a view: it owns
/// nothing.
///
///     0        4                20          28           36
///     +--------+----------------+-----------+------------+-------+-------+-----------------------+
///     | header | WheelNode      | sizes     | Extent*    | key   | value | born 8, count 1, tags |
///     | 4 B    | 16, if it      | 8, if     | 8, if any  | bytes | bytes | of 4, if it has some  |
///     |        | expires        | long      |            |       |       |                       |
///     +--------+----------------+-----------+------------+-------+-------+-----------------------+
///
///     header, from the low bit:
///     value size 11 | tagged 1 | key size 8 | database 4 | type 3 | other flags 5
///
/// A negative item has both of the flags that tell encodings apart, and no value but what a loader
/// said instead of one; see Shard::set_negative().
///
/// A part that is not there takes no space: the ones behind it move up. A key over 255 bytes or a
/// value over 2047 makes the sizes long: 32 bits each behind the node, and 0 in the header. An item
/// that would be larger than Arena::kMaxObject keeps its value in an extent; one whose key is over
/// kMaxInlineKey keeps both there.
///
/// Bytes beyond key and value: 4, or 20 with a deadline; the size class rounds up by at most 3 (to
/// 196 B; see size_classes.h), and the index adds about 8 (index.h). A 16-byte key and a 64-byte
/// value: 84 + 8 = 92 bytes without, 100 + 8 = 108 with a deadline.
class Item {
 public:
  /// What a value is. Others follow: hash, list, set, sorted set, stream.
  enum class Type : std::uint32_t { kString = 0 };

  explicit Item(std::byte* at) : at_(at) {}

  /// Writes header, sizes and key of a new item; the value is left for the caller to fill. `extent`
  /// if shape.in_extent. The wheel node is not touched.
  void create(const ItemShape& shape, std::string_view key, int database, Encoding encoding,
              Extent* extent);

  [[nodiscard]] bool expires() const { return (header() & kExpires) != 0; }
  [[nodiscard]] bool is_tagged() const { return (header() & kTagged) != 0; }
  /// Whether it may have come to an end by itself: neither is true of most items.
  [[nodiscard]] bool expires_or_is_tagged() const { return (header() & (kExpires | kTagged)) != 0; }
  [[nodiscard]] bool in_extent() const { return (header() & kInExtent) != 0; }
  [[nodiscard]] int database() const { return static_cast<int>(header() >> kDatabaseShift & 0xFU); }
  [[nodiscard]] Encoding encoding() const;
  void set_encoding(Encoding encoding);

  /// Whether it is laid out as an entry without tags is whose value has that size, is in the item,
  /// and short enough for the header.
  [[nodiscard]] bool is_plain(std::size_t value_size, bool expires) const {
    constexpr std::uint32_t kLayout = kMaxShortValue | kTagged | kExpires | kLong | kInExtent;
    return value_size <= kMaxShortValue &&
           (header() & kLayout) == (value_size | (expires ? kExpires : 0U));
  }

  /// Says that the key has no value.
  [[nodiscard]] bool is_negative() const { return (header() & kNegative) == kNegative; }
  void set_negative() { set_header(header() | kNegative); }

  [[nodiscard]] std::size_t key_size() const {
    return long_lengths() ? load<std::uint32_t>(sizes_at()) : header() >> kKeyShift & 0xFFU;
  }
  [[nodiscard]] std::size_t value_size() const {
    return long_lengths() ? load<std::uint32_t>(sizes_at() + 4) : header() & kMaxShortValue;
  }
  /// Precondition: the item with this size has the same layout, and room for it.
  void set_value_size(std::size_t size);

  [[nodiscard]] std::string_view key() const { return {key_data(), key_size()}; }
  [[nodiscard]] bool key_in_extent() const {
    return long_lengths() && key_size() > ItemShape::kMaxInlineKey;
  }
  // Inlined into what a hit takes, as shard_read.h says.
  [[nodiscard]] ABSL_ATTRIBUTE_ALWAYS_INLINE bool has_key(std::string_view key) const {
    return key.size() == key_size() && same_bytes(key.data(), key_data(), key.size());
  }
  [[nodiscard]] ABSL_ATTRIBUTE_ALWAYS_INLINE std::string_view value() const {
    return {value_data(), value_size()};
  }
  [[nodiscard]] ABSL_ATTRIBUTE_ALWAYS_INLINE char* value_data() const {
    if (!long_lengths() || !in_extent()) return inline_data() + key_size();
    char* data = reinterpret_cast<char*>(extent()->data);
    return key_in_extent() ? data + key_size() : data;
  }

  /// Precondition: in_extent().
  [[nodiscard]] Extent* extent() const { return load<Extent*>(extent_at()); }

  /// Precondition: expires().
  [[nodiscard]] std::int64_t deadline() const { return node()->deadline(); }
  /// kNoDeadline if it does not expire.
  [[nodiscard]] std::int64_t deadline_or_none() const {
    return expires() ? deadline() : kNoDeadline;
  }

  /// Its tags; none if it has none.
  [[nodiscard]] Tagging tagging() const;
  /// Precondition: it has as many tags as these are.
  void set_tagging(const Tagging& tagging) {
    if (is_tagged()) write_tagging(tagging);
  }

  [[nodiscard]] ItemShape shape() const {
    return ItemShape::of(key_size(), value_size(), expires(), tag_count());
  }

 private:
  static constexpr std::uint32_t kMaxShortValue = 0x7FF;
  static constexpr std::uint32_t kTagged = 1U << 11;
  static constexpr std::uint32_t kKeyShift = 12;
  static constexpr std::uint32_t kDatabaseShift = 20;
  static constexpr std::uint32_t kTypeShift = 24;
  static constexpr std::uint32_t kExpires = 1U << 27;
  static constexpr std::uint32_t kLong = 1U << 28;
  static constexpr std::uint32_t kInExtent = 1U << 29;
  static constexpr std::uint32_t kEdited = 1U << 30;
  static constexpr std::uint32_t kNumber = 1U << 31;
  static constexpr std::uint32_t kNegative = kEdited | kNumber;
  friend struct ItemShape;
  // Sizes that fit the header are of an item that needs no extent.
  static_assert(4 + 16 + 0xFF + kMaxShortValue + tagging_bytes(Tags::kMost) <= Arena::kMaxObject);

  // The parts behind the header have only 4-byte alignment.
  template <class T>
  static T load(const std::byte* from) {
    T value;
    std::memcpy(&value, from, sizeof value);
    return value;
  }
  template <class T>
  static void store(std::byte* to, T value) {
    std::memcpy(to, &value, sizeof value);
  }

  /// Inline for the sizes that most keys have, without a call and without a loop.
  static bool same_bytes(const char* a, const char* b, std::size_t size) {
    constexpr std::size_t kWord = sizeof(std::uint64_t);
    if (size < kWord || size > 4 * kWord) return size == 0 || std::memcmp(a, b, size) == 0;
    const auto difference = [a, b](std::size_t at) {
      std::uint64_t of_a;
      std::uint64_t of_b;
      std::memcpy(&of_a, a + at, kWord);
      std::memcpy(&of_b, b + at, kWord);
      return of_a ^ of_b;
    };
    // Words that overlap, so that no loop is needed.
    std::uint64_t differences = difference(0) | difference(size - kWord);
    if (size > 2 * kWord) differences |= difference(kWord) | difference(size - 2 * kWord);
    return differences == 0;
  }

  [[nodiscard]] std::uint32_t header() const { return load<std::uint32_t>(at_); }
  void set_header(std::uint32_t header) { store(at_, header); }
  [[nodiscard]] bool long_lengths() const { return (header() & kLong) != 0; }
  [[nodiscard]] const WheelNode* node() const {
    return reinterpret_cast<const WheelNode*>(at_ + 4);
  }
  [[nodiscard]] std::byte* sizes_at() const { return at_ + 4 + (expires() ? 16 : 0); }
  [[nodiscard]] std::byte* extent_at() const { return sizes_at() + (long_lengths() ? 8 : 0); }
  [[nodiscard]] char* inline_data() const {
    // Only sizes that are long come with an extent.
    std::byte* const at = long_lengths() ? extent_at() + (in_extent() ? 8 : 0) : sizes_at();
    return reinterpret_cast<char*>(at);
  }
  [[nodiscard]] std::size_t tag_count() const {
    return is_tagged() ? std::to_integer<std::size_t>(tagging_at()[sizeof(Epoch)]) : 0;
  }
  [[nodiscard]] std::byte* tagging_at() const;
  void write_tagging(const Tagging& tagging);
  [[nodiscard]] const char* key_data() const {
    return key_in_extent() ? reinterpret_cast<char*>(extent()->data) : inline_data();
  }

  std::byte* at_;
};

inline ItemShape ItemShape::of(std::size_t key_size, std::size_t value_size, bool expires,
                               std::size_t tags) {
  ItemShape shape{.key_size = key_size,
                  .value_size = value_size,
                  .expires = expires,
                  .tags = tags,
                  .long_lengths = key_size > 0xFF || value_size > Item::kMaxShortValue,
                  .in_extent = false,
                  .bytes = 0};
  const std::size_t fixed =
      4 + (expires ? 16U : 0U) + (shape.long_lengths ? 8U : 0U) + tagging_bytes(tags);
  shape.bytes = fixed + key_size + value_size;
  if (shape.bytes > Arena::kMaxObject || key_size > kMaxInlineKey) {
    shape.in_extent = true;
    shape.bytes = fixed + 8 + (key_size > kMaxInlineKey ? 0 : key_size);
  }
  return shape;
}

}  // namespace libcache
