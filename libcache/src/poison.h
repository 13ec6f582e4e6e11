#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define LIBCACHE_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LIBCACHE_ADDRESS_SANITIZER
#endif
#endif

#ifdef LIBCACHE_ADDRESS_SANITIZER
// NOLINTBEGIN(bugprone-reserved-identifier): the sanitizer's names.
extern "C" void __asan_poison_memory_region(const volatile void* begin, std::size_t bytes);
extern "C" void __asan_unpoison_memory_region(const volatile void* begin, std::size_t bytes);
// NOLINTEND(bugprone-reserved-identifier)
#endif

namespace libcache {

/// Memory that the arena or the pool has but nobody may touch: AddressSanitizer reports a use of it
/// as it would after free(). Without it these do nothing. It sees units of 8 bytes, so between
/// objects whose border lies inside of one it may overlook 4 bytes; it never reports too much.
inline void poison([[maybe_unused]] const void* begin, [[maybe_unused]] std::size_t bytes) {
#ifdef LIBCACHE_ADDRESS_SANITIZER
  __asan_poison_memory_region(begin, bytes);
#endif
}

inline void unpoison([[maybe_unused]] const void* begin, [[maybe_unused]] std::size_t bytes) {
#ifdef LIBCACHE_ADDRESS_SANITIZER
  __asan_unpoison_memory_region(begin, bytes);
#endif
}

}  // namespace libcache
