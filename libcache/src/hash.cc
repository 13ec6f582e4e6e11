#include "hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace libcache {

KeyHash hash_key(std::string_view key, std::uint64_t seed) {
  return {XXH3_64bits_withSeed(key.data(), key.size(), seed)};
}

}  // namespace libcache
