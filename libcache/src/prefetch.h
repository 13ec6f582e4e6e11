#pragma once

namespace libcache {

/// Starts to fetch the cache line at `address`. The empty statement keeps g++ 12 from taking a
/// function that only prefetches for one without effect, and leaving out the calls of it.
inline void prefetch(const void* address) {
  __builtin_prefetch(address);
  asm volatile("");
}

}  // namespace libcache
