#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace libcache {

/// How many 4 KiB pages of [begin, end) are in memory, as the kernel sees it. The range must be
/// mapped, at whatever access. Of private memory only, which swapping would falsify.
inline std::size_t resident_pages(const std::byte* begin, const std::byte* end) {
  constexpr std::size_t kPage = 4096;
  // mincore() takes whole pages, and asks for no const.
  auto* const first =
      const_cast<std::byte*>(begin - reinterpret_cast<std::uintptr_t>(begin) % kPage);
  const std::size_t bytes = static_cast<std::size_t>(end - first);
  std::vector<unsigned char> pages((bytes + kPage - 1) / kPage);
  if (::mincore(first, bytes, pages.data()) != 0) return SIZE_MAX;
  return static_cast<std::size_t>(
      std::count_if(pages.begin(), pages.end(), [](unsigned char page) { return page % 2 != 0; }));
}

}  // namespace libcache
