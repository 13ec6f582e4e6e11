#include "huge_pages.h"

#include <sys/mman.h>

#include "address_space.h"

namespace libcache {
namespace {

constexpr std::size_t kPages = HugePages::kBytes / kPageBytes;

#ifndef MADV_COLLAPSE  // glibc 2.36 does not know it yet
constexpr int MADV_COLLAPSE = 25;
#endif

}  // namespace

void HugePages::added(const std::byte* at, std::size_t pages) {
  const std::size_t of = number(at);
  Block& block = blocks_[of];
  block.pages = static_cast<std::uint16_t>(block.pages + pages);
  if (block.pages < kPages) return;
  block.ahead = false;
  if (block.waits || block.huge) return;
  block.waits = true;
  full_.push_back(static_cast<std::uint32_t>(of));
}

void HugePages::removing(const std::byte* at, std::size_t pages) {
  const std::size_t of = number(at);
  Block& block = blocks_[of];
  block.pages = static_cast<std::uint16_t>(block.pages - pages);
  if (!block.huge) return;
  block.huge = false;
  ::madvise(begin_ + of * kBytes, kBytes, MADV_NOHUGEPAGE);
}

bool HugePages::begin_ahead(const std::byte* at) {
  const std::size_t of = number(at);
  Block& block = blocks_[of];
  ahead_.push_back(static_cast<std::uint32_t>(of));
  block.ahead = block.huge = ::madvise(begin_ + of * kBytes, kBytes, MADV_HUGEPAGE) == 0;
  return block.ahead;
}

void HugePages::end_ahead(const std::byte* at) {
  const std::size_t of = number(at);
  blocks_[of].ahead = blocks_[of].huge = false;
  ::madvise(begin_ + of * kBytes, kBytes, MADV_NOHUGEPAGE);
}

const std::byte* HugePages::any_ahead() {
  while (!ahead_.empty() && !blocks_[ahead_.back()].ahead) ahead_.pop_back();
  return ahead_.empty() ? nullptr : begin_ + ahead_.back() * kBytes;
}

std::size_t HugePages::unused_bytes(const std::byte* at) const {
  return kBytes - blocks_[number(at)].pages * kPageBytes;
}

std::byte* HugePages::take_full() {
  while (!full_.empty()) {
    const std::size_t of = full_.back();
    full_.pop_back();
    Block& block = blocks_[of];
    block.waits = false;
    if (block.pages < kPages) continue;
    std::byte* const begin = begin_ + of * kBytes;
    block.huge = ::madvise(begin, kBytes, MADV_HUGEPAGE) == 0;
    if (block.huge) return begin;
  }
  return nullptr;
}

void HugePages::join(std::byte* block) {
  // If it is refused (no free huge page now), the kernel may still do it in the background.
  ::madvise(block, kBytes, MADV_COLLAPSE);
}

}  // namespace libcache
