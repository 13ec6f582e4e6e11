#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include <libcache/key.h>

#include "eviction_policy.h"
#include "index.h"

namespace libcache {

/// The entries of one database in one shard.
struct Database {
  Database(Arena& arena, const MarkEpoch& epoch, std::uint64_t hash_seed, int number)
      : index(arena, epoch, hash_seed), logical(number) {}

  Index index;
  int logical;               ///< the number by which it is asked for
  Census census{};           ///< of the entries that the eviction policy may take
  std::size_t expiring = 0;  ///< entries with a deadline
  std::size_t key_bytes = 0;
  std::size_t value_bytes = 0;
  std::size_t tagged = 0;          ///< entries with tags
  std::size_t negative_bytes = 0;  ///< that negative items take in the arena
};

/// By their numbers in the shard; null until first used.
using Databases = std::array<std::unique_ptr<Database>, kDatabases>;

}  // namespace libcache
