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

/// Which slots of a bucket.
enum class Share : std::uint8_t { kWhole, kLowerHalf, kUpperHalf };

/// Names a BucketPart: the Ref of its bucket, which is a multiple of 16, and below that the share.
struct PartRef {
  static constexpr Ref kShareBits = 3;

  Ref bits = kNullRef;  // that is none

  [[nodiscard]] static PartRef of(Ref bucket, Share share) {
    return {bucket | static_cast<Ref>(share)};
  }

  explicit operator bool() const { return bits != kNullRef; }
  [[nodiscard]] Ref bucket() const { return bits & ~kShareBits; }
  [[nodiscard]] Share share() const { return static_cast<Share>(bits & kShareBits); }
  /// Precondition: it is a half.
  [[nodiscard]] PartRef other_half() const {
    return of(bucket(), share() == Share::kLowerHalf ? Share::kUpperHalf : Share::kLowerHalf);
  }
};

/// Ten entries in one cache line.
///
///     0        4               14              24                                        64
///     +--------+---------------+---------------+------------------------------------------+
///     | meta   | tags 10 x 1 B | marks 10 x 1 B| refs 10 x 4 B                             |
///     +--------+---------------+---------------+------------------------------------------+
///
///     meta, from the low bit:  occupied 10 | expires 10 | linked 1 | epoch 1 | beyond 8
///
/// When ten are not enough the bucket is linked: refs[9] then names the BucketPart with the rest:
/// half of another bucket, or a whole one, which may be linked in turn. In a chain's first bucket
/// `beyond` is a filter of the tags of that rest, by their low three bits: a miss looks at a second
/// line in 23 % of all cases (Poisson) where it would in 48 %.
///
/// A tag is 8 bits of the hash that do not choose the bucket: a miss among ten entries looks at
/// an item in 10 / 256 = 3.9 % of all cases.
struct alignas(64) Bucket {
  static constexpr int kSlots = 10;
  static constexpr std::uint32_t kAllOccupied = (1U << kSlots) - 1;
  static constexpr std::uint32_t kLinked = 1U << 20;
  static constexpr std::uint32_t kEpoch = 1U << 21;
  static constexpr int kBeyondShift = 22;
  static constexpr std::uint32_t kBeyond = 0xFFU << kBeyondShift;
  /// The one of kBeyond that stands for a tag.
  [[nodiscard]] static std::uint32_t beyond_bit(std::uint8_t tag) {
    return 1U << (kBeyondShift + (tag & 7));
  }

  std::uint32_t meta;
  std::array<std::uint8_t, kSlots> tags;
  std::array<Mark, kSlots> marks;
  std::array<Ref, kSlots> refs;

  [[nodiscard]] std::uint32_t occupied() const { return meta & kAllOccupied; }
  [[nodiscard]] bool occupied(int i) const { return (meta >> i & 1U) != 0; }
  [[nodiscard]] bool expires(int i) const { return (meta >> (kSlots + i) & 1U) != 0; }
  [[nodiscard]] bool linked() const { return (meta & kLinked) != 0; }
  [[nodiscard]] bool epoch() const { return (meta & kEpoch) != 0; }
  /// Whether the parts after a chain's first bucket may have this tag. False if there are none.
  [[nodiscard]] bool may_be_beyond(std::uint8_t tag) const { return (meta & beyond_bit(tag)) != 0; }

  void set_expires(int i, bool on) {
    const std::uint32_t bit = 1U << (kSlots + i);
    meta = on ? meta | bit : meta & ~bit;
  }
  void set_epoch(bool on) { meta = on ? meta | kEpoch : meta & ~kEpoch; }
  void add_beyond(std::uint8_t tag) { meta |= beyond_bit(tag); }
  void clear_beyond() { meta &= ~kBeyond; }

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

  /// Precondition: the last slot is free, or linked() already.
  void link(PartRef next) {
    meta |= kLinked;
    refs[kSlots - 1] = next.bits;
  }
  void unlink() { meta &= ~(kLinked | kBeyond); }  // and nothing is beyond it
  [[nodiscard]] PartRef next() const { return {refs[kSlots - 1]}; }

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
static_assert(PartRef::kShareBits < alignof(Bucket) / sizeof(Ref), "the Ref of a bucket has room");

/// The slots of a bucket that are one chain's: all of them, or five while the other five may be
/// another chain's. A bucket that is shared is never linked.
class BucketPart {
 public:
  static constexpr int kHalf = Bucket::kSlots / 2;

  BucketPart(Bucket& of, Share share)
      : bucket_(&of), slots_(kSlotsOf[static_cast<std::size_t>(share)]) {}

  [[nodiscard]] Bucket& bucket() const { return *bucket_; }
  [[nodiscard]] bool whole() const { return slots_ == Bucket::kAllOccupied; }

  // As those of Bucket, of these slots alone.
  [[nodiscard]] std::uint32_t occupied() const { return bucket_->occupied() & slots_; }
  [[nodiscard]] std::uint32_t expiring() const { return bucket_->expiring() & slots_; }
  [[nodiscard]] std::uint32_t marked(Mark first, Mark last) const {
    return bucket_->marked(first, last) & slots_;
  }
  [[nodiscard]] std::uint32_t matches(std::uint8_t tag) const {
    return bucket_->matches(tag) & slots_;
  }

  [[nodiscard]] int size() const { return std::popcount(occupied()); }
  [[nodiscard]] bool empty() const { return occupied() == 0; }
  /// Precondition: not empty.
  [[nodiscard]] bool has_one() const { return (occupied() & (occupied() - 1)) == 0; }
  /// The link takes the last place.
  [[nodiscard]] bool full() const {
    const std::uint32_t taken = bucket_->occupied() | std::uint32_t{bucket_->linked()}
                                                          << (Bucket::kSlots - 1);
    return (~taken & slots_) == 0;
  }

  /// Precondition: not full.
  void put(const IndexEntry& entry) const {
    bucket_->put(std::countr_zero(~bucket_->occupied() & slots_), entry);
  }
  /// Takes an entry out. Precondition: not empty.
  [[nodiscard]] IndexEntry take() const {
    const int lowest = std::countr_zero(occupied());
    const IndexEntry entry = bucket_->entry(lowest);
    bucket_->remove(lowest);
    return entry;
  }
  /// Moves all entries to another part, which has room for them.
  void move_to(const BucketPart& other) const {
    while (!empty()) other.put(take());
  }

  /// Two references, 0 and 1, for whoever keeps the part in a list while it is empty.
  [[nodiscard]] Ref& link_while_empty(int which) const {
    return bucket_->refs[static_cast<std::size_t>(std::countr_zero(slots_) + which)];
  }

 private:
  static constexpr std::uint32_t kLowerSlots = (1U << kHalf) - 1;
  static constexpr std::array<std::uint32_t, 3> kSlotsOf = {Bucket::kAllOccupied, kLowerSlots,
                                                            Bucket::kAllOccupied & ~kLowerSlots};

  Bucket* bucket_;
  std::uint32_t slots_;  // as bits
};

static_assert(std::endian::native == std::endian::little, "matches() and Ref layouts assume it");

}  // namespace libcache
