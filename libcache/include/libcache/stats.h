#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <libcache/load_times.h>
#include <libcache/miss_ratio_curve.h>

namespace libcache {

/// Why reads found nothing: the last reason that is remembered. All are 0 unless
/// StatisticsOptions::miss_reasons is set.
struct MissReasons {
  std::uint64_t cold = 0;  ///< never there, cleared, or gone longer ago than is remembered
  std::uint64_t erased = 0;
  std::uint64_t expired = 0;
  std::uint64_t evicted = 0;
  std::uint64_t invalidated = 0;
  std::uint64_t absent = 0;  ///< a negative entry says that there is no such thing (load.h)

  MissReasons& operator+=(const MissReasons& other);
};

/// What happened since the cache was made (or since Cache::reset_stats), and what it holds now.
struct ShardStats {
  // Counters.
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  MissReasons miss_reasons = {};  ///< of the misses; their sum, if they are counted
  std::uint64_t sets = 0;
  std::uint64_t erases = 0;         ///< by request
  std::uint64_t evictions = 0;      ///< to make room
  std::uint64_t expiries = 0;       ///< at their deadline
  std::uint64_t invalidations = 0;  ///< reclaimed after invalidate_tag(), or by invalidate_prefix()
  std::uint64_t loads = 0;          ///< loaders that brought a value (loading_cache.h)
  std::uint64_t load_failures = 0;  ///< loaders that failed
  std::uint64_t load_ns = 0;        ///< nanoseconds that loaders took, those that failed too
  std::uint64_t moved_entries = 0;  ///< entries moved by index growth and by emptying sparse pages
  std::uint64_t max_moved_by_one_step = 0;  ///< the most entries that one operation or step moved
  std::int64_t max_expiry_lag_ms = 0;       ///< the longest time from a deadline to its reclaim
  std::uint64_t reclaimed_expiries = 0;     ///< expiries that no request came upon first
  std::uint64_t expiry_lag_ms = 0;          ///< of these, from deadline to reclaim, added up

  // Gauges.
  std::uint64_t entries = 0;
  std::uint64_t entries_with_deadline = 0;
  std::uint64_t cleared_entries = 0;  ///< gone by clear(), their memory not reclaimed yet
  std::uint64_t key_bytes = 0;
  std::uint64_t value_bytes = 0;
  std::uint64_t negative_memory = 0;  ///< bytes of item_memory that say that a key has no value
  // Memory that is charged, by kind, in bytes. Their sum is what the limit bounds.
  std::uint64_t item_memory = 0;      ///< pages that hold items
  std::uint64_t large_memory = 0;     ///< extents of large values, pinned ones too
  std::uint64_t index_memory = 0;     ///< buckets; what S3-FIFO remembers
  std::uint64_t overhead_memory = 0;  ///< spans, taken ahead, expiry wheel, shard itself

  [[nodiscard]] std::uint64_t memory() const {
    return item_memory + large_memory + index_memory + overhead_memory;
  }
  ShardStats& operator+=(const ShardStats& other);
};

/// What concerns the keys, of all databases, for which one of StatisticsOptions::prefixes is the
/// longest that they begin with.
struct PrefixStats {
  std::string prefix = {};
  // Counters, as those of ShardStats.
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  MissReasons miss_reasons = {};
  std::uint64_t sets = 0;
  std::uint64_t loads = 0;
  std::uint64_t load_failures = 0;
  std::uint64_t load_ns = 0;
  // Gauges; cleared entries count until they are reclaimed.
  std::uint64_t entries = 0;
  std::uint64_t bytes = 0;  ///< of their keys and values

  PrefixStats& operator+=(const PrefixStats& other);
};

/// One consistent snapshot a shard; shards are read one after the other.
struct Stats {
  ShardStats total;
  std::vector<ShardStats> shards;
  std::vector<PrefixStats> prefixes;  ///< in the order of StatisticsOptions::prefixes
  /// Nothing unless StatisticsOptions::miss_ratio_curve is set and there is a limit.
  std::optional<MissRatioCurve> curve;
  LoadTimes load_times;                ///< how long loaders took, those that failed too
  std::uint64_t dropped_removals = 0;  ///< that Options::on_removal was not told of
  std::size_t max_memory = 0;          ///< the limit, 0 for none
  std::size_t peak_memory = 0;         ///< the most that was ever charged
};

}  // namespace libcache
