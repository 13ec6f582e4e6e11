// Cache's operations on all entries: of a database, of a tag, or with a prefix.

#include <algorithm>
#include <limits>

#include <libcache/cache.h>

#include "engine.h"

namespace libcache {
namespace {

/// The sum over all shards, of which one at a time is locked.
template <class Count>
std::size_t sum(const Engine& engine, Count count) {
  std::size_t sum = 0;
  for (unsigned i = 0; i < engine.shard_count(); ++i) {
    Shard& shard = engine.shard(i);
    const MutexLock lock(shard.mutex());
    sum += count(shard);
  }
  return sum;
}

}  // namespace

void Cache::reserve(std::size_t entries, int database) {
  constexpr std::size_t kShareOfLimit = 8;
  const std::size_t shards = engine_->shard_count();
  const std::size_t most_bytes = max_memory() == 0 ? std::numeric_limits<std::size_t>::max()
                                                   : max_memory() / kShareOfLimit / shards;
  const std::size_t share = entries / shards;
  for (unsigned i = 0; i < shards; ++i) {
    Shard& shard = engine_->shard(i);
    for (bool more = share != 0; more;) {
      const MutexLock lock(shard.mutex());
      more = shard.reserve(database, share, most_bytes);
    }
  }
}

void Cache::invalidate_tag(std::string_view tag) {
  engine_->tag_epochs().invalidate(tag);
  engine_->wake();
}

std::size_t Cache::invalidate_prefix(Key prefix) {
  constexpr int kChainsALock = 16;
  std::size_t erased = 0;
  for (unsigned number = 0; number < engine_->shard_count(); ++number) {
    Shard& shard = engine_->shard(number);
    std::uint32_t position = 0;
    do {
      const MutexLock lock(shard.mutex());
      for (int i = 0; i < kChainsALock; ++i) {
        erased += shard.erase_prefix(prefix, position);
        if (position == 0) break;
      }
    } while (position != 0);
  }
  return erased;
}

void Cache::clear(int database) { clear_databases(database, database + 1); }
void Cache::clear() { clear_databases(0, kDatabases); }

void Cache::clear_databases(int first, int end) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  {
    const KeyLock all = lock_all();
    for (unsigned i = 0; i < engine_->shard_count(); ++i) {
      for (int database = first; database < end; ++database) engine_->shard(i).clear(database);
    }
    for (int database = first; engine_->curve() != nullptr && database < end; ++database) {
      engine_->curve()->clear(database);
    }
  }
  engine_->wake();
}

void Cache::swap_databases(int a, int b) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const KeyLock all = lock_all();
  for (unsigned i = 0; i < engine_->shard_count(); ++i) engine_->shard(i).swap_databases(a, b);
  if (engine_->curve() != nullptr) engine_->curve()->swap_databases(a, b);
}

std::uint64_t Cache::scan(int database, std::uint64_t cursor, std::size_t count,
                          const KeyVisitor& visit) {
  // A cursor is the position within a shard (shard.h) above the number of the shard.
  constexpr unsigned kShardBits = 6;
  auto number = static_cast<unsigned>(cursor & ((1U << kShardBits) - 1));
  auto position = static_cast<std::uint32_t>(cursor >> kShardBits);
  std::size_t visited = 0;
  count = std::max<std::size_t>(count, 1);
  // Empty chains cost as much as an entry, so that a sparse database does not hold a call up.
  for (std::size_t steps = 0; number < engine_->shard_count() && visited + steps < count;) {
    Shard& shard = engine_->shard(number);
    const MutexLock lock(shard.mutex());
    constexpr std::size_t kChainsALock = 16;
    for (std::size_t i = 0; i < kChainsALock && visited + steps < count; ++i) {
      const std::size_t before = visited;
      position = shard.scan(database, position, visited, visit);
      if (visited == before) ++steps;
      if (position == 0) break;
    }
    if (position == 0) ++number;
  }
  if (number >= engine_->shard_count()) return 0;
  return std::uint64_t{position} << kShardBits | number;
}

std::optional<std::string> Cache::random_key(int database) {
  std::uint64_t random = engine_->random();
  // A shard by its share of the entries, then the others in order.
  const std::size_t entries = size(database);
  if (entries == 0) return std::nullopt;
  std::size_t skip = random % entries;
  unsigned first = 0;
  for (unsigned i = 0; i < engine_->shard_count(); ++i) {
    const MutexLock lock(engine_->shard(i).mutex());
    const std::size_t here = engine_->shard(i).size(database);
    first = i;
    if (skip < here) break;
    skip -= here;
  }
  for (unsigned i = 0; i < engine_->shard_count(); ++i) {
    Shard& shard = engine_->shard((first + i) % engine_->shard_count());
    const MutexLock lock(shard.mutex());
    if (auto key = shard.random_key(database, random)) return key;
  }
  return std::nullopt;
}

std::size_t Cache::size() const {
  return sum(*engine_,
             [](const Shard& shard) ABSL_NO_THREAD_SAFETY_ANALYSIS { return shard.size(); });
}

std::size_t Cache::size(int database) const {
  return sum(*engine_, [database](const Shard& shard)
                           ABSL_NO_THREAD_SAFETY_ANALYSIS { return shard.size(database); });
}

std::size_t Cache::size_with_deadline(int database) const {
  return sum(*engine_, [database](const Shard& shard)
                           ABSL_NO_THREAD_SAFETY_ANALYSIS { return shard.expiring(database); });
}

}  // namespace libcache
