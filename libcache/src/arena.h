#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "address_space.h"
#include "budget.h"
#include "huge_pages.h"
#include "size_classes.h"
#include "span.h"

namespace libcache {

/// Where an object lies in its shard's arena: its offset in units of 4 bytes. 0 is nowhere.
using Ref = std::uint32_t;
inline constexpr Ref kNullRef = 0;
/// Refs from here on never name an object; the expiry wheel uses them to name its slots.
inline constexpr Ref kFirstReservedRef = 0xFFFF'0000U;

/// The memory of one shard: objects of up to 16 KiB in size classes, and index pages of 8 KiB.
///
/// Address space is reserved once (2 x 8 GiB, or less if that cannot be had) so that a 32-bit Ref
/// finds an object by one addition. It becomes memory by pages, or by blocks of 2 MiB, which
/// are charged to the Budget before they are touched:
///
///     | SpanInfos | small region                      | large region                             |
///     |           | spans of 8 KiB: objects up to     | spans of 64 KiB: objects above 512 B;    |
///     |           | 512 B, buckets, index pages       | committed from their start as they fill  |
///     +-----------+-----------------------------------+------------------------------------------+
///                 ^ base: ref 0                       ^ ref 2^31                        ref 2^32 ^
///
/// A span holds objects of one class (size_classes.h); an index page is a whole one. Its
/// bookkeeping lies outside of it, 64 bytes (span.h): 0.8 % of a small span. Objects are allocated
/// in the fullest spans of their class, so that others can become empty; sparse_span() offers one
/// to be emptied by its owner.
///
/// Invariants (check_invariants() visits every span):
///  * A class's four lists have exactly its spans that are in use and have a free slot, each in the
///    list of the quarter of its slots that have objects. Retired and full spans are on no list.
///  * A class's counts are the sums over its spans in use. A span without objects is not in use.
///  * At most one span of a class, its `growing` one, may still be given more pages.
///  * What is charged is the pages of all spans, what blocks begun ahead have beyond those, and the
///    pages of SpanInfos that have a span which is not unmapped. The others, up to the highest span
///    ever used, were given back.
///
/// Not thread-safe: the shard's lock guards it.
class Arena {
 public:
  static constexpr std::size_t kMaxObject = kLargestObject;
  static constexpr std::size_t kIndexPageBytes = kSmallSpanBytes;

  /// Two regions of 8 GiB are the 2^32 refs of 4 bytes.
  static constexpr std::size_t kLargestRegion = std::size_t{8} << 30;

  /// The size of a region that each of `arenas` can have, so that all together take at most half of
  /// the address space that can be had: 8 GiB, or less where it is limited (ulimit -v, valgrind),
  /// but not below 16 MiB.
  [[nodiscard]] static std::size_t region_bytes_for(std::size_t arenas);

  /// `region_bytes`: a power of two from 16 MiB to kLargestRegion. Throws std::bad_alloc if the
  /// address space cannot be had.
  explicit Arena(Budget& budget, std::size_t region_bytes = region_bytes_for(1));
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// The bytes that an object of `bytes` takes: its size class. Precondition: 1 <= bytes <=
  /// kMaxObject.
  [[nodiscard]] static constexpr std::size_t slot_size(std::size_t bytes) {
    return kSizeClasses[size_class_of(bytes)].size;
  }

  /// An uninitialised object of at least `bytes`, aligned to 4 (to 64 if its class is 64 bytes).
  /// kNullRef if that needs memory which the budget refuses or address space that is used up. No
  /// system call unless it takes a new span: then rarely, and page faults.
  [[nodiscard]] Ref allocate(std::size_t bytes) { return allocate_in(size_class_of(bytes)); }
  void free(Ref object);
  /// Whether memory may be taken beyond the limit, from now on.
  void set_overdraft(Overdraft overdraft) { overdraft_ = overdraft; }

  [[nodiscard]] std::byte* at(Ref object) const { return base_ + std::size_t{object} * 4; }
  /// The size class of a live object, in bytes.
  [[nodiscard]] std::size_t capacity(Ref object) const {
    return kSizeClasses[spans_[span_of(object)].size_class].size;
  }

  // --- For the index: never moved, never offered for emptying ----------------------------------

  /// 64 bytes aligned to 64, uninitialised: an overflow bucket. Given back by free(). Not from the
  /// spans of the objects of 64 bytes, because who emptied those could not tell whose a bucket is.
  [[nodiscard]] Ref allocate_bucket() { return allocate_in(kBucketClass); }

  /// kIndexPageBytes of zeros, aligned to that.
  [[nodiscard]] Ref allocate_page();
  void free_page(Ref page);

  // --- Emptying sparse spans: memory must not get stuck in a size class ------------------------

  /// A span that can be emptied into the other spans of its class: one of the sparsest of the class
  /// that has the most bytes to spare. Nothing if no class has enough: free slots for a whole span
  /// and a quarter, so that emptying it leaves room, and it is not taken back at once. A span
  /// gained costs moving less than a span of objects. O(classes with enough), no memory of the
  /// spans is touched.
  [[nodiscard]] std::optional<SpanId> sparse_span() const;
  /// Takes a span out of allocation, so that its objects can be moved elsewhere. It ends by its
  /// last free(), which treats it like any other empty span, or by resume_span().
  void retire_span(SpanId span);
  /// Puts a retired span back. Precondition: it still has an object.
  void resume_span(SpanId span);
  /// The live object of a retired span with the lowest address, or kNullRef if it has been emptied.
  [[nodiscard]] Ref first_object(SpanId span) const;

  /// Takes new memory in blocks of 2 MiB, after the first one and while an eighth of the limit
  /// stays free: for who will fill it soon, as the system hands out a block in less than half the
  /// time.
  void grow_by_blocks() { by_blocks_ = true; }
  /// Takes new memory by pages again, and gives back what blocks do not use yet. Returns the bytes.
  std::size_t grow_by_pages();

  /// Whether a block has become full. The first call after that says so; further ones do not.
  [[nodiscard]] bool take_news_of_full_blocks();
  /// A full block for HugePages::join(), or null.
  [[nodiscard]] std::byte* take_full_block();

  /// As grow_by_pages(), and unmaps the empty spans that are kept for reuse.
  std::size_t trim();

  /// Bytes charged for spans of objects (also the empty ones that are kept), for index pages and
  /// buckets, for SpanInfos and what was begun ahead. Their sum is all that this arena has charged.
  [[nodiscard]] std::size_t object_bytes() const { return span_bytes_ - index_bytes_; }
  [[nodiscard]] std::size_t page_bytes() const { return index_bytes_; }
  [[nodiscard]] std::size_t overhead_bytes() const { return info_bytes_ + ahead_bytes_; }

  /// The first broken invariant, or an empty string. Visits every span.
  [[nodiscard]] std::string check_invariants() const;

 private:
  static constexpr unsigned kQuarters = 4;
  static constexpr SpanId kInfosPerPage = kPageBytes / sizeof(SpanInfo);
  static constexpr unsigned kSmall = 0;
  static constexpr unsigned kLarge = 1;
  static constexpr Ref kSmallSpanRefs = kSmallSpanBytes / 4;
  static constexpr Ref kLargeSpanRefs = kLargeSpanBytes / 4;

  struct alignas(32) ClassState {
    std::array<SpanId, kQuarters> lists{};  // spans with a free slot, by the quarter they fill
    std::uint32_t free_slots = 0;
    std::uint32_t slots = 0;
    SpanId growing = 0;
  };

  // Empty spans kept for reuse: enough that a class which gives a span back and one which takes a
  // span do not go through the system, few enough (8 x 8 KiB + 2 x 64 KiB = 192 KiB) not to
  // matter. Half of them are unmapped when there is one more, so that neighbours go in one system
  // call.
  static constexpr std::array<unsigned, 2> kKept = {8, 2};

  struct Region {
    Window memory;
    Window infos;
    HugePages huge;
    SpanId begin = 0;  // of the ids of this region
    SpanId end = 0;
    SpanId next = 0;      // ids from here on are not in use, nor on a list
    SpanId unmapped = 0;  // list of ids that were in use, and whose SpanInfos have memory
    // By page of SpanInfos, from the one of `begin`: how many of its spans are not unmapped.
    std::vector<std::uint8_t> mapped;
    std::vector<SpanId> given_back;  // pages of SpanInfos before `next` without memory: first ids
    std::size_t span_bytes = 0;
    unsigned kept_count = 0;
    std::array<SpanId, kKept[kSmall] + 1> kept{};
  };

  class Checker;

  [[nodiscard]] SpanId span_of(Ref object) const {
    return object < large_ref_ ? object / kSmallSpanRefs
                               : large_id_ + (object - large_ref_) / kLargeSpanRefs;
  }
  [[nodiscard]] Ref first_ref(SpanId span) const {
    return span < large_id_ ? span * kSmallSpanRefs
                            : large_ref_ + (span - large_id_) * kLargeSpanRefs;
  }
  [[nodiscard]] Region& region_of(SpanId span) {
    return regions_[span < large_id_ ? kSmall : kLarge];
  }

  [[nodiscard]] SpanId first_id(const Region& region) const {
    return &region == &regions_[kLarge] ? large_id_ : 0;
  }
  [[nodiscard]] std::byte* first_of(const Region& region) const {
    return at(first_ref(first_id(region)));
  }

  void lay_out(std::size_t region_bytes);

  [[nodiscard]] Ref allocate_in(unsigned size_class);
  [[nodiscard]] SpanId span_with_room(unsigned size_class);
  [[nodiscard]] bool must_refuse(std::size_t bytes) const;
  [[nodiscard]] SpanId open_span(unsigned size_class);
  [[nodiscard]] bool grow(SpanId span);

  [[nodiscard]] SpanId take_span(Region& region);
  [[nodiscard]] bool extend(Region& region);
  void begin_block(Region& region, std::size_t offset);
  void end_block(Region& region, const std::byte* within);
  [[nodiscard]] bool charge_infos();
  [[nodiscard]] bool take_infos_again(Region& region);
  void give_infos_back(Region& region, SpanId of);
  [[nodiscard]] bool charge(std::size_t bytes);
  [[nodiscard]] bool commit(SpanId span, std::size_t pages);
  void put_back(SpanId span);
  void push_unmapped(Region& region, SpanId span);
  void list_unmapped(Region& region, SpanId span);
  void unlist_unmapped(Region& region, SpanId span);
  [[nodiscard]] static std::uint8_t& mapped_beside(Region& region, SpanId span);
  void unmap_kept(Region& region, unsigned remaining);

  [[nodiscard]] static std::uint8_t quarter(const SpanInfo& info) {
    return static_cast<std::uint8_t>(info.live * kSizeClasses[info.size_class].quarters >> 16);
  }
  void link(SpanId span);
  void unlink(SpanId span);
  void relink_if_quarter_changed(SpanId span);
  void update_spare(unsigned size_class);
  void withdraw(SpanId span);

  std::byte* base_ = nullptr;
  SpanInfo* spans_ = nullptr;  // by id: the small region's, then the large one's
  Ref large_ref_ = 0;          // where the large region begins
  SpanId large_id_ = 0;
  std::array<ClassState, kClasses> classes_;
  std::array<std::uint64_t, 2> spare_{};  // bit c: class c has enough free slots for sparse_span()
  static_assert(kClasses <= 128, "a bit each");
  std::array<Region, 2> regions_;
  Budget& budget_;
  Overdraft overdraft_ = Overdraft::kNo;
  bool news_of_full_blocks_ = false;
  bool by_blocks_ = false;
  std::size_t span_bytes_ = 0;
  std::size_t index_bytes_ = 0;
  std::size_t info_bytes_ = 0;
  std::size_t ahead_bytes_ = 0;  // of blocks begun ahead, beyond the pages of their spans
  Reservation reservation_;
};

}  // namespace libcache
