#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace libcache {

/// The sizes in which the arena hands out objects.
///
/// Small classes lie in spans of 8 KiB. For every n from 256 to 16 there is the largest multiple of
/// 4 of which n fit into a span: 32, 36, 40, ... 196, 204, 208, ... 480, 512. So no choice of
/// classes could put more objects of a size into a span: rounding costs at most 3 bytes up to 196,
/// and what remains at the end of a span is less than 4 bytes a slot.
///
/// Large classes lie in spans of 64 KiB and are eighths of a power of two: 576, 640, ... 1024,
/// 1152,
/// ... 16384. Rounding costs at most 12.5 %. The span's end that is too short for a slot is not
/// touched, so not charged, but for the rest of its page: at most 3,584 of 61,952 bytes (5632: 11
/// slots).
struct SizeClass {
  std::uint16_t size;         // bytes of a slot, a multiple of 4
  std::uint16_t slots;        // of a span: 4 to kMostSlots
  std::uint16_t spare_slots;  // free slots from which on the class has a span to spare: see arena.h
  // ceil(2^32 / (size / 4)): slot = offset * inverse >> 32, for an offset in units of 4 bytes.
  // Exact: the error, offset / 2^32, is less than 2^14 / 2^32, and a slot's offset is a whole
  // multiple.
  std::uint32_t inverse;
  std::uint32_t quarters;  // 2^16 * 4 / slots: live * quarters >> 16 tells the quarter it fills
};

inline constexpr std::size_t kSmallSpanBytes = std::size_t{8} << 10;
inline constexpr std::size_t kLargeSpanBytes = std::size_t{64} << 10;
inline constexpr std::size_t kSmallestSize = 32;
inline constexpr std::size_t kLargestSmall = 512;
inline constexpr std::size_t kLargestObject = std::size_t{16} << 10;
inline constexpr std::size_t kMostSlots = kSmallSpanBytes / kSmallestSize;  // 256 of a span

inline constexpr unsigned kSmallClasses = 67;
inline constexpr unsigned kLargeClasses = 40;  // 8 for each of 512..1 Ki, ... 8 Ki..16 Ki
inline constexpr unsigned kObjectClasses = kSmallClasses + kLargeClasses;
/// 64 bytes like the class of objects of 64 bytes, but of the index: its spans are never emptied.
inline constexpr unsigned kBucketClass = kObjectClasses;
inline constexpr unsigned kClasses = kObjectClasses + 1;

namespace detail {

constexpr SizeClass make_size_class(std::size_t size, std::size_t span_bytes) {
  const std::size_t slots = span_bytes / size;
  return {
      .size = static_cast<std::uint16_t>(size),
      .slots = static_cast<std::uint16_t>(slots),
      .spare_slots = static_cast<std::uint16_t>(slots + (slots + 3) / 4),
      .inverse = static_cast<std::uint32_t>(((std::uint64_t{1} << 32) + size / 4 - 1) / (size / 4)),
      .quarters = static_cast<std::uint32_t>((std::size_t{4} << 16) / slots)};
}

constexpr bool is_small_class(std::size_t size) {
  return kSmallSpanBytes / size != kSmallSpanBytes / (size + 4);
}

constexpr std::array<SizeClass, kClasses> make_size_classes() {
  std::array<SizeClass, kClasses> classes{};
  std::size_t n = 0;
  for (std::size_t size = kSmallestSize; size <= kLargestSmall; size += 4) {
    if (is_small_class(size)) classes.at(n++) = make_size_class(size, kSmallSpanBytes);
  }
  for (std::size_t power = kLargestSmall; power < kLargestObject; power *= 2) {
    for (std::size_t eighths = 9; eighths <= 16; ++eighths) {
      classes.at(n++) = make_size_class(power * eighths / 8, kLargeSpanBytes);
    }
  }
  classes.at(n) = make_size_class(64, kSmallSpanBytes);
  return classes;
}

// For a small object by its size in units of 4 bytes, rounded up: the first class that holds it.
constexpr std::array<std::uint8_t, kLargestSmall / 4 + 1> make_small_index(
    const std::array<SizeClass, kClasses>& classes) {
  std::array<std::uint8_t, kLargestSmall / 4 + 1> index{};
  unsigned c = 0;
  for (std::size_t units = 0; units < index.size(); ++units) {
    if (classes.at(c).size < units * 4) ++c;
    index.at(units) = static_cast<std::uint8_t>(c);
  }
  return index;
}

}  // namespace detail

inline constexpr std::array<SizeClass, kClasses> kSizeClasses = detail::make_size_classes();
inline constexpr auto kSmallIndex = detail::make_small_index(kSizeClasses);
static_assert(kSizeClasses[kSmallClasses - 1].size == kLargestSmall);
static_assert(kSizeClasses[kObjectClasses - 1].size == kLargestObject);

/// The class of an object. Precondition: 1 <= bytes <= kLargestObject.
[[nodiscard]] constexpr unsigned size_class_of(std::size_t bytes) {
  if (bytes <= kLargestSmall) return kSmallIndex[(bytes + 3) / 4];
  // 512 * 2^k < bytes <= 1024 * 2^k; the three bits below the leading one count the eighths.
  const unsigned log = static_cast<unsigned>(std::bit_width(bytes - 1)) - 1;
  const auto eighths = static_cast<unsigned>((bytes - 1) >> (log - 3)) & 7U;
  return kSmallClasses + (log - 9) * 8 + eighths;
}

[[nodiscard]] constexpr bool is_large_class(unsigned size_class) {
  return size_class >= kSmallClasses && size_class < kObjectClasses;
}

}  // namespace libcache
