#include "arena.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <new>

#include "poison.h"

namespace libcache {
namespace {

// Less would not hold a cache worth having.
constexpr std::size_t kSmallestRegion = std::size_t{16} << 20;

std::size_t reservation_bytes(std::size_t region_bytes) {
  const std::size_t spans = region_bytes / kSmallSpanBytes + region_bytes / kLargeSpanBytes;
  return spans * sizeof(SpanInfo) + 2 * region_bytes + HugePages::kBytes;  // for its alignment
}

}  // namespace

// --- Address space ------------------------------------------------------------------------------

std::size_t Arena::region_bytes_for(std::size_t arenas) {
  std::size_t region_bytes = kLargestRegion;
  while (region_bytes > kSmallestRegion &&
         Reservation(2 * arenas * reservation_bytes(region_bytes)).data() == nullptr) {
    region_bytes /= 2;
  }
  return region_bytes;
}

Arena::Arena(Budget& budget, std::size_t region_bytes)
    : budget_(budget), reservation_(reservation_bytes(region_bytes)) {
  if (reservation_.data() == nullptr) throw std::bad_alloc();
  lay_out(region_bytes);
}

Arena::~Arena() {
  for (const Region& region : regions_) {
    unpoison(at(first_ref(region.begin)), (region.next - region.begin) * region.span_bytes);
  }
  reservation_ = Reservation();
  budget_.release(span_bytes_ + overhead_bytes());
}

void Arena::lay_out(std::size_t region_bytes) {
  const std::size_t small_infos = region_bytes / kSmallSpanBytes * sizeof(SpanInfo);
  const std::size_t large_infos = region_bytes / kLargeSpanBytes * sizeof(SpanInfo);
  static_assert(kSmallestRegion / kLargeSpanBytes % kInfosPerPage == 0, "both are whole pages");
  const auto end_of_infos =
      reinterpret_cast<std::uintptr_t>(reservation_.data()) + small_infos + large_infos;
  const std::size_t padding =
      (HugePages::kBytes - end_of_infos % HugePages::kBytes) % HugePages::kBytes;
  std::byte* const infos = reservation_.data() + padding;
  base_ = infos + small_infos + large_infos;
  spans_ = reinterpret_cast<SpanInfo*>(infos);
  large_id_ = static_cast<SpanId>(region_bytes / kSmallSpanBytes);
  large_ref_ = static_cast<Ref>(region_bytes / 4);

  Region& small = regions_[kSmall];
  small.memory = Window(base_, region_bytes);
  small.huge = HugePages(base_, region_bytes);
  // The span of ref 0, which nobody uses: so the first block can be full.
  small.huge.added(base_, kSmallSpanBytes / kPageBytes);
  small.infos = Window(infos, small_infos);
  small.span_bytes = kSmallSpanBytes;
  small.begin = small.next = 1;  // id 0 is none, as is ref 0, which lies in its span
  small.end = large_id_;

  Region& large = regions_[kLarge];
  large.memory = Window(base_ + region_bytes, region_bytes);
  large.huge = HugePages(base_ + region_bytes, region_bytes);
  large.infos = Window(infos + small_infos, large_infos);
  large.span_bytes = kLargeSpanBytes;
  large.begin = large.next = large_id_;
  const std::size_t refs = std::min<std::size_t>(region_bytes / 4, kFirstReservedRef - large_ref_);
  large.end = large_id_ + static_cast<SpanId>(refs * 4 / kLargeSpanBytes);

  // All that they can ever need, so that they do not fail later: 80 KiB, touched as they fill.
  for (Region& region : regions_) {
    const std::size_t pages = (region.end - region.begin) / kInfosPerPage + 1;
    region.mapped.resize(pages);
    region.given_back.reserve(pages);
  }
}

// --- Objects ------------------------------------------------------------------------------------

Ref Arena::allocate_in(unsigned size_class) {
  const SpanId span = span_with_room(size_class);
  if (span == 0) [[unlikely]]
    return kNullRef;
  SpanInfo& info = spans_[span];
  const unsigned slot = info.take_lowest_free();
  ++info.live;
  --classes_[size_class].free_slots;
  if (info.full()) {
    unlink(span);
  } else {
    relink_if_quarter_changed(span);
  }
  update_spare(size_class);
  const Ref object = first_ref(span) + slot * (kSizeClasses[size_class].size / 4U);
  unpoison(at(object), kSizeClasses[size_class].size);
  return object;
}

void Arena::free(Ref object) {
  const SpanId span = span_of(object);
  SpanInfo& info = spans_[span];
  const unsigned size_class = info.size_class;
  const std::uint64_t offset = object - first_ref(span);
  const bool was_full = info.full();
  poison(at(object), kSizeClasses[size_class].size);
  info.set_free(static_cast<unsigned>(offset * kSizeClasses[size_class].inverse >> 32));
  --info.live;
  if (info.state == SpanState::kRetired) {
    if (info.live == 0) put_back(span);
    return;
  }
  ++classes_[size_class].free_slots;
  if (info.live == 0) [[unlikely]] {
    if (!was_full) unlink(span);
    withdraw(span);
    put_back(span);
  } else if (was_full) {
    link(span);
  } else {
    relink_if_quarter_changed(span);
  }
  update_spare(size_class);
}

SpanId Arena::span_with_room(unsigned size_class) {
  const std::array<SpanId, kQuarters>& lists = classes_[size_class].lists;
  for (unsigned quarter = kQuarters; quarter-- > 0;) {
    if (lists[quarter] != 0) return lists[quarter];
  }
  const SpanId growing = classes_[size_class].growing;
  if (growing != 0) return grow(growing) ? growing : 0;
  return open_span(size_class);
}

// Whether so many bytes would be refused, seen without taking a span for them: in a full cache each
// insert asks before it evicts.
bool Arena::must_refuse(std::size_t bytes) const {
  return overdraft_ == Overdraft::kNo && budget_.available() < bytes && ahead_bytes_ == 0 &&
         std::ranges::all_of(regions_, [](const Region& r) { return r.kept_count == 0; });
}

SpanId Arena::open_span(unsigned size_class) {
  const bool large = is_large_class(size_class);
  if (must_refuse(large ? kPageBytes : kSmallSpanBytes)) return 0;
  const SpanId span = take_span(regions_[large ? kLarge : kSmall]);
  if (span == 0) return 0;
  SpanInfo& info = spans_[span];
  info.free = {};
  info.live = 0;
  info.slots = 0;
  info.size_class = static_cast<std::uint8_t>(size_class);
  if (!grow(span)) {
    put_back(span);
    return 0;
  }
  info.state = SpanState::kInUse;
  if (size_class == kBucketClass) index_bytes_ += kSmallSpanBytes;
  return span;
}

// Gives a full span memory for one more slot at least, and for those that fit into the same pages.
// A small one gets all of its own: one that waits for its second page would keep its block from
// becoming a huge page, and with many sizes there is one of each class.
bool Arena::grow(SpanId span) {
  SpanInfo& info = spans_[span];
  const SizeClass& size_class = kSizeClasses[info.size_class];
  const std::size_t bytes = is_large_class(info.size_class)
                                ? round_up_to_page((info.slots + std::size_t{1}) * size_class.size)
                                : kSmallSpanBytes;
  if (!commit(span, bytes / kPageBytes)) return false;
  const std::size_t fitting = info.pages * kPageBytes / size_class.size;
  const unsigned old_slots = info.slots;
  info.slots = static_cast<std::uint16_t>(std::min<std::size_t>(fitting, size_class.slots));
  for (unsigned slot = old_slots; slot < info.slots; ++slot) info.set_free(slot);

  ClassState& state = classes_[info.size_class];
  state.slots += info.slots - old_slots;
  state.free_slots += info.slots - old_slots;
  state.growing = info.slots < size_class.slots ? span : 0;
  link(span);
  return true;
}

// --- The index's pages --------------------------------------------------------------------------

Ref Arena::allocate_page() {
  const SpanId span = take_span(regions_[kSmall]);
  if (span == 0) return kNullRef;
  SpanInfo& info = spans_[span];
  const bool used_before = info.pages != 0;
  if (!commit(span, kIndexPageBytes / kPageBytes)) {
    put_back(span);
    return kNullRef;
  }
  info.state = SpanState::kIndexPage;
  index_bytes_ += kIndexPageBytes;
  const Ref page = first_ref(span);
  unpoison(at(page), kIndexPageBytes);
  if (used_before) std::memset(at(page), 0, kIndexPageBytes);
  return page;
}

void Arena::free_page(Ref page) {
  const SpanId span = span_of(page);
  assert(spans_[span].state == SpanState::kIndexPage && page == first_ref(span));
  poison(at(page), kIndexPageBytes);
  index_bytes_ -= kIndexPageBytes;
  put_back(span);
}

// --- Emptying -----------------------------------------------------------------------------------

std::optional<SpanId> Arena::sparse_span() const {
  std::size_t most_bytes = 0;
  const ClassState* most = nullptr;
  for (unsigned word = 0; word < spare_.size(); ++word) {
    for (std::uint64_t bits = spare_[word]; bits != 0; bits &= bits - 1) {
      const unsigned size_class = word * 64 + static_cast<unsigned>(std::countr_zero(bits));
      const ClassState& state = classes_[size_class];
      const std::size_t bytes = std::size_t{state.free_slots} * kSizeClasses[size_class].size;
      if (bytes <= most_bytes) continue;
      most_bytes = bytes;
      most = &state;
    }
  }
  if (most == nullptr) return std::nullopt;
  return *std::ranges::find_if(most->lists, [](SpanId first) { return first != 0; });
}

void Arena::retire_span(SpanId span) {
  SpanInfo& info = spans_[span];
  assert(info.state == SpanState::kInUse);
  if (!info.full()) unlink(span);
  withdraw(span);
  info.state = SpanState::kRetired;
  update_spare(info.size_class);
}

void Arena::resume_span(SpanId span) {
  SpanInfo& info = spans_[span];
  assert(info.state == SpanState::kRetired);
  info.state = SpanState::kInUse;
  ClassState& state = classes_[info.size_class];
  state.slots += info.slots;
  state.free_slots += info.free_count();
  if (state.growing == 0 && info.slots < kSizeClasses[info.size_class].slots) state.growing = span;
  if (!info.full()) link(span);
  update_spare(info.size_class);
}

Ref Arena::first_object(SpanId span) const {
  const SpanInfo& info = spans_[span];
  if (info.state != SpanState::kRetired) return kNullRef;
  return first_ref(span) + info.first_live() * (kSizeClasses[info.size_class].size / 4U);
}

// --- A class's lists and counts -----------------------------------------------------------------

void Arena::link(SpanId span) {
  SpanInfo& info = spans_[span];
  info.list = quarter(info);
  SpanId& head = classes_[info.size_class].lists[info.list];
  info.prev = 0;
  info.next = head;
  if (head != 0) spans_[head].prev = span;
  head = span;
}

void Arena::unlink(SpanId span) {
  const SpanInfo& info = spans_[span];
  if (info.prev != 0) {
    spans_[info.prev].next = info.next;
  } else {
    classes_[info.size_class].lists[info.list] = info.next;
  }
  if (info.next != 0) spans_[info.next].prev = info.prev;
}

void Arena::relink_if_quarter_changed(SpanId span) {
  if (quarter(spans_[span]) == spans_[span].list) return;
  unlink(span);
  link(span);
}

// Takes a span that is on no list out of its class's counts.
void Arena::withdraw(SpanId span) {
  const SpanInfo& info = spans_[span];
  ClassState& state = classes_[info.size_class];
  state.slots -= info.slots;
  state.free_slots -= info.free_count();
  if (state.growing == span) state.growing = 0;
  if (info.size_class == kBucketClass) index_bytes_ -= kSmallSpanBytes;
}

void Arena::update_spare(unsigned size_class) {
  if (size_class == kBucketClass) return;
  const ClassState& state = classes_[size_class];
  const bool spare = state.free_slots >= kSizeClasses[size_class].spare_slots;
  std::uint64_t& word = spare_[size_class / 64];
  const unsigned bit = size_class % 64;
  word = (word & ~(std::uint64_t{1} << bit)) | std::uint64_t{spare} << bit;
}

}  // namespace libcache
