#pragma once

#include <cstdint>
#include <string_view>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace libcache {

/// The hash of a key, and which of its bits decide what. The database is no part of it: the same
/// key has the same shard in all databases, so one lock serves a copy from one to another.
///
///     63      58           40       32                    0
///     | shard  |            |  tag   |  bucket in the index |
struct KeyHash {
  std::uint64_t bits;

  [[nodiscard]] std::uint32_t bucket() const { return static_cast<std::uint32_t>(bits); }
  [[nodiscard]] std::uint8_t tag() const { return static_cast<std::uint8_t>(bits >> 32); }
  /// `count` is a power of two up to 64.
  [[nodiscard]] unsigned shard(unsigned count) const {
    return static_cast<unsigned>(bits >> 58) & (count - 1);
  }
};

/// XXH3 (https://github.com/Cyan4973/xxHash) with a seed that a peer cannot know.
[[nodiscard]] inline KeyHash hash_key(std::string_view key, std::uint64_t seed) {
  return {XXH3_64bits_withSeed(key.data(), key.size(), seed)};
}

}  // namespace libcache
