#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "arena.h"

namespace libcache {

/// What the eviction policy remembers of an entry; eviction_policy.h says what it means.
using Mark = std::uint8_t;

/// One index entry taken out of its bucket.
struct IndexEntry {
  Ref ref;
  std::uint8_t tag;
  Mark mark;
  bool expires;
};

/// Ten entries in one cache line.
///
///     0        4               14              24                                        64
///     +--------+---------------+---------------+------------------------------------------+
///     | meta   | tags 10 x 1 B | marks 10 x 1 B| refs 10 x 4 B                             |
///     +--------+---------------+---------------+------------------------------------------+
///
///     meta, from the low bit:  occupied 10 | expires 10 | linked 1 | epoch 1
///
/// When ten are not enough the bucket is linked: refs[9] then names another bucket with the rest,
/// which may be linked in turn. All buckets of a chain but the last are full, and the last of
/// several holds at least two, so a chain is never longer than it must be.
///
/// A tag is 8 bits of the hash that do not choose the bucket: a miss among nine entries looks at
/// an item in 9 / 256 = 3.5 % of all cases.
struct alignas(64) Bucket {
  static constexpr int kSlots = 10;
  static constexpr std::uint32_t kAllOccupied = (1U << kSlots) - 1;
  static constexpr std::uint32_t kLinked = 1U << 20;
  static constexpr std::uint32_t kEpoch = 1U << 21;

  std::uint32_t meta;
  std::array<std::uint8_t, kSlots> tags;
  std::array<Mark, kSlots> marks;
  std::array<Ref, kSlots> refs;

  [[nodiscard]] std::uint32_t occupied() const { return meta & kAllOccupied; }
  [[nodiscard]] bool occupied(int i) const { return (meta >> i & 1U) != 0; }
  [[nodiscard]] bool expires(int i) const { return (meta >> (kSlots + i) & 1U) != 0; }
  [[nodiscard]] bool linked() const { return (meta & kLinked) != 0; }
  [[nodiscard]] bool epoch() const { return (meta & kEpoch) != 0; }
  /// Entries it can hold: the link takes the last place.
  [[nodiscard]] int capacity() const { return linked() ? kSlots - 1 : kSlots; }
  [[nodiscard]] int size() const { return std::popcount(occupied()); }
  [[nodiscard]] bool full() const { return size() == capacity(); }

  void set_expires(int i, bool on) {
    const std::uint32_t bit = 1U << (kSlots + i);
    meta = on ? meta | bit : meta & ~bit;
  }
  void set_epoch(bool on) { meta = on ? meta | kEpoch : meta & ~kEpoch; }

  [[nodiscard]] IndexEntry entry(int i) const {
    const auto at = static_cast<std::size_t>(i);
    return {refs[at], tags[at], marks[at], expires(i)};
  }
  void put(int i, const IndexEntry& entry) {
    const auto at = static_cast<std::size_t>(i);
    meta |= 1U << i;
    set_expires(i, entry.expires);
    tags[at] = entry.tag;
    marks[at] = entry.mark;
    refs[at] = entry.ref;
  }
  void remove(int i) { meta &= ~(1U << i | 1U << (kSlots + i)); }
  /// Precondition: not full.
  [[nodiscard]] int free_slot() const { return std::countr_one(occupied()); }

  /// Precondition: the last slot is free, or linked() already.
  void link(Ref next) {
    meta |= kLinked;
    refs[kSlots - 1] = next;
  }
  void unlink() { meta &= ~kLinked; }
  [[nodiscard]] Ref next() const { return refs[kSlots - 1]; }

  /// Slots that are occupied by an entry with a deadline, as bits.
  [[nodiscard]] std::uint32_t expiring() const { return meta >> kSlots & kAllOccupied; }

  /// Slots that are occupied and have a mark from `first` to `last`, as bits. Precondition: first
  /// <= last.
  [[nodiscard]] std::uint32_t marked(Mark first, Mark last) const {
#if defined(__SSE2__)
    return marked_by_vector(first, last);
#else
    return marked_one_by_one(first, last);
#endif
  }

  /// Slots that are occupied and have this tag, as bits. May contain a few that have another tag.
  [[nodiscard]] std::uint32_t matches(std::uint8_t tag) const {
#if defined(__SSE2__)  // every x86-64; a fifth of the instructions
    return matches_by_vector(tag);
#else
    return matches_by_words(tag);
#endif
  }

#if defined(__SSE2__)
  [[nodiscard]] std::uint32_t matches_by_vector(std::uint8_t tag) const {
    // Sixteen bytes: the meta word, the tags, and two marks, which occupied() drops.
    const __m128i bytes = _mm_load_si128(reinterpret_cast<const __m128i*>(this));
    const __m128i equal = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(static_cast<char>(tag)));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(equal)) >> sizeof meta & occupied();
  }
  [[nodiscard]] std::uint32_t marked_by_vector(Mark first, Mark last) const {
    // Sixteen bytes: the marks, and six of the references, which occupied() drops.
    const auto* const begin = reinterpret_cast<const std::byte*>(this) + offsetof(Bucket, marks);
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(begin));
    // Those below `first` wrap round to the highest numbers.
    const __m128i above = _mm_sub_epi8(bytes, _mm_set1_epi8(static_cast<char>(first)));
    const __m128i most = _mm_set1_epi8(static_cast<char>(last - first));
    const __m128i within = _mm_cmpeq_epi8(_mm_min_epu8(above, most), above);
    return static_cast<std::uint32_t>(_mm_movemask_epi8(within)) & occupied();
  }
#endif
  [[nodiscard]] std::uint32_t marked_one_by_one(Mark first, Mark last) const {
    std::uint32_t marked = 0;
    for (int i = 0; i < kSlots; ++i) {
      const Mark mark = marks[static_cast<std::size_t>(i)];
      marked |= std::uint32_t{mark >= first && mark <= last} << i;
    }
    return marked & occupied();
  }
  [[nodiscard]] std::uint32_t matches_by_words(std::uint8_t tag) const {
    // Compares eight tags at once, then two: a byte of x is zero where the tag is equal, and the
    // subtraction borrows out of zero bytes. A borrow may also mark the byte above a match: such a
    // false match costs a look at the item, nothing else.
    constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101;
    constexpr std::uint64_t kTops = 0x8080'8080'8080'8080;
    std::uint64_t low;
    std::uint16_t high;
    std::memcpy(&low, tags.data(), 8);
    std::memcpy(&high, tags.data() + 8, 2);
    const std::uint64_t pattern = kOnes * tag;
    low ^= pattern;
    const std::uint64_t rest = (high ^ (pattern & 0xFFFF)) | ~std::uint64_t{0xFFFF};
    const std::uint64_t zero_low = (low - kOnes) & ~low & kTops;
    const std::uint64_t zero_high = (rest - kOnes) & ~rest & kTops;
    // Gathers the top bit of each byte into one bit each.
    constexpr std::uint64_t kGather = 0x0102'0408'1020'4080;
    const auto bits_low = static_cast<std::uint32_t>((zero_low >> 7) * kGather >> 56);
    const auto bits_high = static_cast<std::uint32_t>((zero_high >> 7) * kGather >> 56) & 0x3U;
    return (bits_low | bits_high << 8) & occupied();
  }
};
static_assert(sizeof(Bucket) == 64);
static_assert(std::endian::native == std::endian::little, "matches() and Ref layouts assume it");

}  // namespace libcache
