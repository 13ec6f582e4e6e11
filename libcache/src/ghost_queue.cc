#include "ghost_queue.h"

#include <algorithm>
#include <bit>

namespace libcache {

GhostQueue::~GhostQueue() {
  for (const Ref page : pages_) arena_.free_page(page);
}

/// Of hash bits that choose neither the shard nor the line; never 0.
std::uint16_t GhostQueue::fingerprint(KeyHash hash) {
  return static_cast<std::uint16_t>((hash.bits >> 40 & 0xFFFF) % 0xFFFF + 1);
}

GhostQueue::Line& GhostQueue::line(std::uint32_t number) const {
  return reinterpret_cast<Line*>(arena_.at(pages_[number / kLinesAPage]))[number % kLinesAPage];
}

GhostQueue::Line& GhostQueue::line_of(KeyHash hash) const {
  const std::uint32_t mask = std::bit_ceil(line_count_) - 1;
  const std::uint32_t number = hash.bucket() & mask;
  return line(number < line_count_ ? number : number & mask >> 1);
}

void GhostQueue::add(KeyHash hash) {
  if (line_count_ == 0) return;
  Line& line = line_of(hash);
  line.fingerprints[line.oldest] = fingerprint(hash);
  line.oldest = static_cast<std::uint16_t>((line.oldest + 1) % Line::kPlaces);
}

bool GhostQueue::take(KeyHash hash) {
  if (line_count_ == 0) return false;
  auto& fingerprints = line_of(hash).fingerprints;
  const auto found = std::find(fingerprints.begin(), fingerprints.end(), fingerprint(hash));
  if (found == fingerprints.end()) return false;
  *found = 0;
  return true;
}

bool GhostQueue::fit(std::size_t entries) {
  const std::size_t wanted = (entries + Line::kPlaces - 1) / Line::kPlaces;
  if (line_count_ < wanted) append_line();
  // Not at once, so that a number of entries that wavers does not make it forget.
  const bool too_many = line_count_ > wanted + wanted / 8;
  if (too_many) remove_last_line();
  return too_many;
}

void GhostQueue::append_line() {
  const std::uint32_t added = line_count_;
  if (added % kLinesAPage == 0) {
    arena_.set_overdraft(Overdraft::kAllowed);
    const Ref page = arena_.allocate_page();
    arena_.set_overdraft(Overdraft::kNo);
    if (page == kNullRef) return;
    pages_.push_back(page);
  }
  ++line_count_;
  line(added) = added == 0 ? Line{} : line(added & (std::bit_ceil(added + 1) - 1) >> 1);
}

void GhostQueue::remove_last_line() {
  --line_count_;
  if (line_count_ % kLinesAPage != 0) return;
  arena_.free_page(pages_.back());
  pages_.pop_back();
}

}  // namespace libcache
