#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <libcache/clock.h>
#include <libcache/removal.h>

namespace libcache {

/// Who has to go when memory is short. The names are those of Redis's `maxmemory-policy`, which has
/// all but the S3-FIFO ones; the `kVolatile` ones take only entries that have a deadline.
enum class Policy : std::uint8_t {
  kNoEviction,  ///< nobody: writes that need memory fail with Status::kOutOfMemory
  kAllKeysLru,
  kAllKeysLfu,
  kAllKeysRandom,
  kVolatileLru,
  kVolatileLfu,
  kVolatileRandom,
  kVolatileTtl,  ///< the entry with the nearest deadline
  /// New entries first, unless they were used twice meanwhile or were known before (Yang et al.,
  /// SOSP 2023): a scan pushes out nothing that is in use. Takes 2 bytes more an entry than LRU.
  kAllKeysS3Fifo,
  kVolatileS3Fifo,
};

/// Who does the work that no request asks for: reclaiming what expires, freeing what was cleared,
/// shrinking to a lowered limit.
enum class Maintenance : std::uint8_t {
  kThread,  ///< a thread of the cache's own; sleeps until the next deadline
  kManual,  ///< nobody but calls of Cache::maintain()
};

/// Figures that cost something: none by default.
struct StatisticsOptions {
  /// Counts misses by reason. Remembers of the last to leave why they left, 2 bytes for each of so
  /// many that it takes a 256th to a 128th of the limit (without a limit 128 KiB a shard); another
  /// limit forgets them. One in 16384 misses of what never was there is told a wrong reason.
  bool miss_reasons = false;

  /// Counts hits, misses, sets, entries, bytes and loads apart for keys that begin with each of
  /// these: at most 64, no two the same. A key counts for the longest one; "" stands for all
  /// others.
  std::vector<std::string> prefixes = {};

  /// Estimates what the hit ratio would be under other limits and policies: Stats::curve. Takes a
  /// 64th of the limit that the cache is made with, but 100 KB at least and 1 MB at most, and less
  /// than a percent of the time. Nothing comes of it without a limit.
  bool miss_ratio_curve = false;
};

/// How a cache is made. Plain data; Cache's constructor checks it.
struct Options {
  /// Bytes that the cache may hold in memory, everything counted: keys, values, index, policy,
  /// expiry. 0 means no limit. At least 1 MiB otherwise.
  std::size_t max_memory = std::size_t{256} << 20;

  Policy policy = Policy::kAllKeysLru;

  /// Lifetime of what is stored without naming one: by set(), and by an increment(), append() or
  /// the like of an absent key. At least 1 ms. Cache::set_default_ttl() changes it.
  std::optional<std::chrono::milliseconds> default_ttl = {};

  /// Independently locked parts: a power of two from 1 to 64. 0 chooses by processors and
  /// max_memory.
  int shards = 0;

  Maintenance maintenance = Maintenance::kThread;

  /// Seed of the key hash. None: a random one, so that nobody can choose keys that collide.
  std::optional<std::uint64_t> hash_seed = {};

  /// Must outlive the cache.
  const Clock* clock = &Clock::system();

  /// Is told what the cache does not have any more; see removal.h. None: nobody is.
  RemovalListener on_removal = {};

  StatisticsOptions statistics = {};
};

}  // namespace libcache
