#include "server/net/heap.h"

#include <malloc.h>

#include <algorithm>

namespace sideline::net {
namespace {

constexpr std::size_t kWorthIt = std::size_t{4} << 20;

}  // namespace

void Heap::trim() {
  const std::size_t free_now = ::mallinfo2().fordblks;
  free_then_ = std::min(free_then_, free_now);
  if (free_now - free_then_ < kWorthIt) return;
  ::malloc_trim(0);
  free_then_ = free_now;
}

}  // namespace sideline::net
