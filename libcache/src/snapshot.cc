#include <libcache/snapshot.h>

#include "engine.h"

namespace libcache {
namespace {

// Eight chains of ten entries.
constexpr int kChainsALock = 8;
constexpr std::size_t kBytesALock = std::size_t{32} << 10;

std::array<int, kDatabases> numbers_of(Shard& shard) {
  // Databases are swapped in all shards at once.
  const MutexLock lock(shard.mutex());
  return shard.numbers();
}

}  // namespace

Snapshot::Snapshot(Cache& cache)
    : engine_(*cache.engine_), numbers_(numbers_of(engine_.shard(0))) {}

bool Snapshot::step(Visitor visit) {
  if (database_ == kDatabases) return false;
  const int number = numbers_[static_cast<std::size_t>(database_)];
  std::size_t bytes = 0;
  const auto count = [&](const Entry& entry) {
    bytes += entry.key.bytes().size() + entry.value.size();
    visit(entry);
  };
  Shard& shard = engine_.shard(shard_);
  {
    const MutexLock lock(shard.mutex());
    for (int i = 0; i < kChainsALock && bytes < kBytesALock; ++i) {
      position_ = shard.walk(number, database_, position_, count);
      if (position_ == 0) break;
    }
  }
  if (position_ == 0) shard_ = (shard_ + 1) % engine_.shard_count();
  if (position_ == 0 && shard_ == 0) ++database_;
  return true;
}

}  // namespace libcache
