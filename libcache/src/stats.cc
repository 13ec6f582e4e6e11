#include <algorithm>

#include <libcache/stats.h>

namespace libcache {

MissReasons& MissReasons::operator+=(const MissReasons& other) {
  cold += other.cold;
  erased += other.erased;
  expired += other.expired;
  evicted += other.evicted;
  invalidated += other.invalidated;
  absent += other.absent;
  return *this;
}

PrefixStats& PrefixStats::operator+=(const PrefixStats& other) {
  hits += other.hits;
  misses += other.misses;
  miss_reasons += other.miss_reasons;
  sets += other.sets;
  loads += other.loads;
  load_failures += other.load_failures;
  load_ns += other.load_ns;
  entries += other.entries;
  bytes += other.bytes;
  return *this;
}

ShardStats& ShardStats::operator+=(const ShardStats& other) {
  hits += other.hits;
  misses += other.misses;
  miss_reasons += other.miss_reasons;
  sets += other.sets;
  erases += other.erases;
  evictions += other.evictions;
  expiries += other.expiries;
  invalidations += other.invalidations;
  loads += other.loads;
  load_failures += other.load_failures;
  load_ns += other.load_ns;
  moved_entries += other.moved_entries;
  max_moved_by_one_step = std::max(max_moved_by_one_step, other.max_moved_by_one_step);
  max_expiry_lag_ms = std::max(max_expiry_lag_ms, other.max_expiry_lag_ms);
  reclaimed_expiries += other.reclaimed_expiries;
  expiry_lag_ms += other.expiry_lag_ms;
  entries += other.entries;
  entries_with_deadline += other.entries_with_deadline;
  cleared_entries += other.cleared_entries;
  key_bytes += other.key_bytes;
  value_bytes += other.value_bytes;
  negative_memory += other.negative_memory;
  item_memory += other.item_memory;
  large_memory += other.large_memory;
  index_memory += other.index_memory;
  overhead_memory += other.overhead_memory;
  return *this;
}

}  // namespace libcache
