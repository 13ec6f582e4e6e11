// Arena's spans: from address space to memory and back.

#include <algorithm>
#include <span>
#include <utility>

#include "arena.h"

namespace libcache {

// A span that is in nobody's hands, with the pages that it has.
SpanId Arena::take_span(Region& region) {
  if (region.kept_count != 0) return region.kept[--region.kept_count];
  SpanId span = region.unmapped;
  if (span == 0 && !region.given_back.empty()) {
    if (!take_infos_again(region)) return 0;
    span = region.unmapped;
  }
  if (span != 0) {
    unlist_unmapped(region, span);
  } else {
    if (region.next == region.end || !extend(region)) return 0;
    span = region.next++;
  }
  ++mapped_beside(region, span);
  return span;
}

// Prepares the first span beyond those that are in use or on a list.
bool Arena::extend(Region& region) {
  const std::size_t before = region.next - first_id(region);
  const std::size_t begin = before * region.span_bytes;
  if (!region.infos.reach((before + 1) * sizeof(SpanInfo))) return false;
  if (by_blocks_ && begin != 0 && begin % HugePages::kBytes == 0) begin_block(region, begin);
  if (!region.memory.reach(begin + region.span_bytes)) return false;
  const bool first_of_page = region.next % kInfosPerPage == 0 || region.next == region.begin;
  return !first_of_page || charge_infos();
}

// Takes memory for the whole block at this offset of the region if there is plenty.
void Arena::begin_block(Region& region, std::size_t offset) {
  std::byte* const block = first_of(region) + offset;
  if (region.huge.is_ahead(block)) return;
  if (budget_.available() < budget_.limit() / 8 + HugePages::kBytes) return;
  if (!region.memory.reach(offset + HugePages::kBytes)) return;
  // What is left of it then may never be used: spans of many classes end before their last page.
  if (region.huge.blocks_ahead() == HugePages::kMostAhead) {
    end_block(region, region.huge.oldest_ahead());
  }
  if (!budget_.try_charge(HugePages::kBytes)) return;
  if (region.huge.begin_ahead(block)) {
    ahead_bytes_ += HugePages::kBytes;
  } else {
    budget_.release(HugePages::kBytes);
  }
}

// Gives back what the block of `within`, which was begun ahead, does not use.
void Arena::end_block(Region& region, const std::byte* within) {
  region.huge.end_ahead(within);
  const auto offset = static_cast<std::size_t>(within - first_of(region));
  const std::size_t begin = offset / HugePages::kBytes * HugePages::kBytes;
  std::byte* const end = first_of(region) + begin + HugePages::kBytes;
  std::byte* unused = first_of(region) + begin;
  for (auto span = first_id(region) + static_cast<SpanId>(begin / region.span_bytes);
       span < region.next && at(first_ref(span)) != end; ++span) {
    if (spans_[span].pages == 0) continue;
    std::byte* const used = at(first_ref(span));
    if (unused != used) unmap_pages(unused, static_cast<std::size_t>(used - unused));
    unused = used + spans_[span].pages * kPageBytes;
  }
  if (unused != end) unmap_pages(unused, static_cast<std::size_t>(end - unused));
  const std::size_t bytes = region.huge.unused_bytes(within);
  ahead_bytes_ -= bytes;
  budget_.release(bytes);
}

std::size_t Arena::grow_by_pages() {
  by_blocks_ = false;
  const std::size_t before = ahead_bytes_;
  for (Region& region : regions_) {
    while (region.huge.blocks_ahead() != 0) end_block(region, region.huge.oldest_ahead());
  }
  return before - ahead_bytes_;
}

bool Arena::charge_infos() {
  if (!charge(kPageBytes)) return false;
  info_bytes_ += kPageBytes;
  return true;
}

// Lists the spans of a page of SpanInfos that was given back.
bool Arena::take_infos_again(Region& region) {
  if (!charge_infos()) return false;
  const SpanId first = region.given_back.back();
  region.given_back.pop_back();
  const SpanId end = first / kInfosPerPage * kInfosPerPage + kInfosPerPage;
  for (SpanId span = end; span-- > first;) list_unmapped(region, span);
  return true;
}

// Gives back the page with the SpanInfo of this span, which is unmapped, as are all of the page:
// else those of the most that there ever was would be charged for ever, 0.8 % of it.
void Arena::give_infos_back(Region& region, SpanId of) {
  const SpanId page = of / kInfosPerPage * kInfosPerPage;
  const SpanId first = std::max(page, region.begin);
  const SpanId end = std::min(page + kInfosPerPage, region.next);
  for (SpanId span = first; span < end; ++span) unlist_unmapped(region, span);
  unmap_pages(reinterpret_cast<std::byte*>(&spans_[page]), kPageBytes);
  info_bytes_ -= kPageBytes;
  budget_.release(kPageBytes);
  if (page + kInfosPerPage >= region.next) {
    region.next = first;
  } else {
    region.given_back.push_back(first);
  }
}

std::uint8_t& Arena::mapped_beside(Region& region, SpanId span) {
  return region.mapped[span / kInfosPerPage - region.begin / kInfosPerPage];
}

bool Arena::charge(std::size_t bytes) {
  return budget_.try_charge(bytes, overdraft_) ||
         (trim() != 0 && budget_.try_charge(bytes, overdraft_));
}

bool Arena::commit(SpanId span, std::size_t pages) {
  SpanInfo& info = spans_[span];
  if (pages <= info.pages) return true;
  const std::size_t bytes = (pages - info.pages) * kPageBytes;
  HugePages& huge = region_of(span).huge;
  const std::byte* const begin = at(first_ref(span)) + info.pages * kPageBytes;
  if (huge.is_ahead(begin)) {
    ahead_bytes_ -= bytes;
  } else if (!charge(bytes)) {
    return false;
  }
  span_bytes_ += bytes;
  const bool waited = huge.waiting();
  huge.added(begin, pages - info.pages);
  if (huge.waiting() && !waited) news_of_full_blocks_ = true;
  info.pages = static_cast<std::uint8_t>(pages);
  return true;
}

void Arena::put_back(SpanId span) {
  SpanInfo& info = spans_[span];
  Region& region = region_of(span);
  if (info.pages == 0) return push_unmapped(region, span);
  info.state = SpanState::kKept;
  region.kept[region.kept_count++] = span;
  const unsigned most = kKept[&region == &regions_[kLarge] ? kLarge : kSmall];
  if (region.kept_count > most) unmap_kept(region, most / 2);
}

void Arena::push_unmapped(Region& region, SpanId span) {
  spans_[span].state = SpanState::kUnmapped;
  list_unmapped(region, span);
  if (--mapped_beside(region, span) == 0) give_infos_back(region, span);
}

void Arena::list_unmapped(Region& region, SpanId span) {
  spans_[span].prev = 0;
  spans_[span].next = region.unmapped;
  if (region.unmapped != 0) spans_[region.unmapped].prev = span;
  region.unmapped = span;
}

void Arena::unlist_unmapped(Region& region, SpanId span) {
  const SpanInfo& info = spans_[span];
  (info.prev != 0 ? spans_[info.prev].next : region.unmapped) = info.next;
  if (info.next != 0) spans_[info.next].prev = info.prev;
}

// Keeps the lowest ones, so that the memory in use tends to lie together.
void Arena::unmap_kept(Region& region, unsigned remaining) {
  const std::span<SpanId> kept(region.kept.data(), region.kept_count);
  std::ranges::sort(kept);
  std::size_t bytes = 0;
  for (std::size_t i = remaining; i < kept.size();) {
    const SpanId first = kept[i];
    SpanId last = first;
    do {
      last = kept[i];
      bytes += spans_[last].pages * kPageBytes;
      const std::byte* const begin = at(first_ref(last));
      if (region.huge.is_ahead(begin)) end_block(region, begin);
      region.huge.removing(begin, spans_[last].pages);
    } while (++i < kept.size() && kept[i] == last + 1);
    unmap_pages(at(first_ref(first)),
                (last - first) * region.span_bytes + spans_[last].pages * kPageBytes);
    for (SpanId span = last + 1; span-- > first;) {
      spans_[span].pages = 0;
      push_unmapped(region, span);
    }
  }
  region.kept_count = remaining;
  span_bytes_ -= bytes;
  budget_.release(bytes);
}

bool Arena::take_news_of_full_blocks() { return std::exchange(news_of_full_blocks_, false); }

std::byte* Arena::take_full_block() {
  std::byte* const small = regions_[kSmall].huge.take_full();
  return small != nullptr ? small : regions_[kLarge].huge.take_full();
}

std::size_t Arena::trim() {
  const std::size_t before = span_bytes_ + overhead_bytes();
  grow_by_pages();
  for (Region& region : regions_) {
    if (region.kept_count != 0) unmap_kept(region, 0);
  }
  return before - span_bytes_ - overhead_bytes();
}

}  // namespace libcache
