#include <algorithm>
#include <array>
#include <sstream>
#include <string>

#include "arena.h"

namespace libcache {

/// Visits every span once, then every list, and compares what it counted with what the arena keeps.
/// The first violation stays in `error_`.
class Arena::Checker {
 public:
  explicit Checker(const Arena& arena) : arena_(arena) {}

  std::string run() {
    for (const Region& region : arena_.regions_) check_region(region);
    for (unsigned c = 0; c < kClasses; ++c) check_class(c);
    expect(pages_ * kPageBytes == arena_.span_bytes_, "span_bytes_ is not the spans' pages");
    expect(index_pages_ * kPageBytes == arena_.index_bytes_,
           "index_bytes_ is not the index's pages");
    expect(info_pages_ * kPageBytes == arena_.info_bytes_, "info_bytes_ is not the infos'");
    expect(ahead_bytes_ == arena_.ahead_bytes_,
           "ahead_bytes_ is not what blocks have beyond spans");
    return error_;
  }

 private:
  struct Counts {
    std::uint32_t free_slots = 0;
    std::uint32_t slots = 0;
    std::uint32_t listed = 0;  // spans that must be on a list
  };

  void expect(bool holds, const char* what, SpanId span = 0, unsigned size_class = kClasses) {
    if (holds || !error_.empty()) return;
    std::ostringstream text;
    text << "arena: " << what;
    if (span != 0) text << ", span " << span;
    if (size_class < kClasses) text << ", class of " << kSizeClasses[size_class].size << " bytes";
    error_ = text.str();
  }

  void check_region(const Region& region) {
    expect(region.next <= region.end, "a region is longer than its address space");
    std::uint32_t kept = 0;
    std::uint32_t unmapped = 0;
    for (SpanId first = region.begin; first < region.next;) {
      const SpanId end =
          std::min(first / kInfosPerPage * kInfosPerPage + kInfosPerPage, region.next);
      std::uint32_t mapped = 0;
      for (SpanId span = first; span < end; ++span) {
        const SpanState state = arena_.spans_[span].state;
        if (state == SpanState::kKept) ++kept;
        if (state != SpanState::kUnmapped) ++mapped;
        check_span(span);
      }
      const SpanId page = first / kInfosPerPage - region.begin / kInfosPerPage;
      expect(mapped == region.mapped[page], "the mapped spans of a page are miscounted", first);
      const bool given_back = std::ranges::count(region.given_back, first) == 1;
      expect(given_back == (mapped == 0), "a page of infos is given back, or is not", first);
      if (!given_back) ++info_pages_;
      if (!given_back) unmapped += end - first - mapped;
      first = end;
    }
    check_ahead(region);
    check_kept(region, kept);
    check_unmapped(region, unmapped);
  }

  void check_ahead(const Region& region) {
    const auto spans = static_cast<SpanId>(HugePages::kBytes / region.span_bytes);
    std::size_t ahead = 0;
    for (SpanId first = arena_.first_id(region); first < region.next; first += spans) {
      if (!region.huge.is_ahead(arena_.at(arena_.first_ref(first)))) continue;
      ++ahead;
      ahead_bytes_ += HugePages::kBytes;
      for (SpanId span = first; span < std::min(first + spans, region.next); ++span) {
        ahead_bytes_ -= arena_.spans_[span].pages * kPageBytes;
      }
    }
    expect(ahead == region.huge.blocks_ahead(), "blocks are ahead where no spans are");
  }

  void check_unmapped(const Region& region, std::uint32_t unmapped) {
    SpanId prev = 0;
    for (SpanId span = region.unmapped; span != 0 && error_.empty();) {
      const SpanInfo& info = arena_.spans_[span];
      expect(info.state == SpanState::kUnmapped, "an unmapped span is in use", span);
      expect(info.prev == prev, "a broken link of unmapped spans", span);
      expect(unmapped-- != 0, "the list of unmapped spans is too long", span);
      prev = span;
      span = info.next;
    }
    expect(unmapped == 0, "the list of unmapped spans is too short");
  }

  void check_kept(const Region& region, std::uint32_t kept) {
    expect(kept == region.kept_count, "the count of kept spans is wrong");
    for (unsigned i = 0; i < region.kept_count; ++i) {
      const SpanId span = region.kept[i];
      expect(arena_.spans_[span].state == SpanState::kKept, "a kept span is in use", span);
    }
  }

  void check_span(SpanId span) {
    const SpanInfo& info = arena_.spans_[span];
    const bool large = span >= arena_.large_id_;
    pages_ += info.pages;
    expect(info.pages <= kLargeSpanBytes / kPageBytes, "more pages than the span has", span);
    expect(large || info.pages == 0 || info.pages * kPageBytes == kSmallSpanBytes,
           "a small span without some of its pages", span);
    switch (info.state) {
      case SpanState::kUnmapped:
        return expect(info.pages == 0, "an unmapped span has pages", span);
      case SpanState::kKept:
        return expect(info.pages != 0, "a kept span has no pages", span);
      case SpanState::kIndexPage:
        index_pages_ += info.pages;
        return expect(info.pages != 0 && !large, "an index page is not a small span", span);
      case SpanState::kInUse:
      case SpanState::kRetired:
        return check_slots(span);
    }
    expect(false, "unknown state", span);
  }

  void check_slots(SpanId span) {
    const SpanInfo& info = arena_.spans_[span];
    const unsigned c = info.size_class;
    if (c >= kClasses) return expect(false, "unknown class", span);
    const SizeClass& size_class = kSizeClasses[c];
    expect(is_large_class(c) == (span >= arena_.large_id_), "the class is of the other region",
           span);
    expect(info.live != 0, "no objects, but in use", span);
    expect(info.live + info.free_count() == info.slots, "live and free are not all slots", span);
    expect(info.slots <= size_class.slots, "more slots than the class has", span);
    expect(std::size_t{info.slots} * size_class.size <= info.pages * kPageBytes,
           "slots without memory", span);
    for (unsigned slot = info.slots; slot < kMostSlots; ++slot) {
      expect(!info.is_free(slot), "a slot beyond the last is free", span);
    }
    if (c == kBucketClass) index_pages_ += info.pages;
    if (info.state == SpanState::kRetired) {
      return expect(arena_.classes_[c].growing != span, "a retired span is growing", span);
    }
    counts_[c].slots += info.slots;
    counts_[c].free_slots += info.free_count();
    if (!info.full()) ++counts_[c].listed;
  }

  void check_class(unsigned c) {
    const ClassState& state = arena_.classes_[c];
    expect(state.slots == counts_[c].slots, "the count of slots is wrong", 0, c);
    expect(state.free_slots == counts_[c].free_slots, "the count of free slots is wrong", 0, c);
    std::uint32_t listed = 0;
    for (unsigned quarter = 0; quarter < kQuarters; ++quarter) {
      SpanId prev = 0;
      for (SpanId span = state.lists[quarter]; span != 0 && error_.empty();) {
        const SpanInfo& info = arena_.spans_[span];
        expect(info.state == SpanState::kInUse && info.size_class == c && !info.full(),
               "a span is on a list that it does not belong to", span, c);
        expect(info.list == quarter && Arena::quarter(info) == quarter, "wrong quarter", span, c);
        expect(info.prev == prev, "a broken link", span, c);
        ++listed;
        prev = span;
        span = info.next;
      }
    }
    expect(listed == counts_[c].listed, "a span with a free slot is on no list", 0, c);
    check_growing_and_spare(c);
  }

  void check_growing_and_spare(unsigned c) {
    const ClassState& state = arena_.classes_[c];
    if (state.growing != 0) {
      const SpanInfo& info = arena_.spans_[state.growing];
      expect(info.state == SpanState::kInUse && info.size_class == c, "growing is of no class",
             state.growing, c);
    }
    const bool spare = c < kObjectClasses && state.free_slots >= kSizeClasses[c].spare_slots;
    expect(spare == ((arena_.spare_[c / 64] >> c % 64 & 1) != 0), "the spare bit is wrong", 0, c);
  }

  const Arena& arena_;
  std::array<Counts, kClasses> counts_{};
  std::size_t pages_ = 0;
  std::size_t index_pages_ = 0;
  std::size_t info_pages_ = 0;
  std::size_t ahead_bytes_ = 0;
  std::string error_;
};

std::string Arena::check_invariants() const { return Checker(*this).run(); }

}  // namespace libcache
