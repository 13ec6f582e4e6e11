#include "huge_pages.h"

#include <sys/mman.h>

#include <utility>

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
  // Though it was ahead, the kernel may have had no huge page to spare.
  const bool was_ahead = std::exchange(block.ahead, false);
  if (was_ahead) std::erase(ahead_, of);
  if (block.waits || (block.advised && !was_ahead)) return;
  block.waits = true;
  full_.push_back(static_cast<std::uint32_t>(of));
}

void HugePages::removing(const std::byte* at, std::size_t pages) {
  const std::size_t of = number(at);
  Block& block = blocks_[of];
  block.pages = static_cast<std::uint16_t>(block.pages - pages);
  if (!block.advised) return;
  block.advised = false;
  ::madvise(begin_ + of * kBytes, kBytes, MADV_NOHUGEPAGE);
}

bool HugePages::begin_ahead(const std::byte* at) {
  const std::size_t of = number(at);
  if (::madvise(begin_ + of * kBytes, kBytes, MADV_HUGEPAGE) != 0) return false;
  blocks_[of].ahead = blocks_[of].advised = true;
  ahead_.push_back(static_cast<std::uint32_t>(of));
  return true;
}

void HugePages::end_ahead(const std::byte* at) {
  const std::size_t of = number(at);
  blocks_[of].ahead = blocks_[of].advised = false;
  std::erase(ahead_, of);
  ::madvise(begin_ + of * kBytes, kBytes, MADV_NOHUGEPAGE);
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
    block.advised = ::madvise(begin, kBytes, MADV_HUGEPAGE) == 0;
    if (block.advised) return begin;
  }
  return nullptr;
}

void HugePages::join(std::byte* block) {
  // If it is refused (no free huge page now), the kernel may still do it in the background.
  ::madvise(block, kBytes, MADV_COLLAPSE);
}

}  // namespace libcache
