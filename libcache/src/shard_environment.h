#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include <libcache/clock.h>

#include "budget.h"
#include "curve_estimator.h"
#include "default_ttl.h"
#include "extent_pool.h"
#include "prefix_rules.h"
#include "removal_notifier.h"
#include "tag_epochs.h"

namespace libcache {

class Shard;

/// What a shard asks of the cache it belongs to. Called with the shard's lock held.
class Surroundings {
 public:
  virtual ~Surroundings() = default;
  /// Frees memory in the fullest other shard that nobody else has locked: `held_together` are those
  /// whose locks the calling thread holds. False if none could.
  virtual bool make_room_elsewhere(const Shard& asking, std::uint64_t held_together) = 0;
  /// Whether the others hold so much more than `asking` that they should give first.
  [[nodiscard]] virtual bool others_hold_more(const Shard& asking) const = 0;
  /// A deadline was set that maintenance may have to wake up for.
  virtual void deadline_added(std::int64_t deadline_ms) = 0;
  /// There is something for maintenance to do now.
  virtual void work_added() = 0;
};

/// What the shards of one cache share.
struct ShardEnvironment {
  std::shared_ptr<Budget> budget;
  std::shared_ptr<ExtentPool> extents;
  TagEpochs* tag_epochs;
  const Clock* clock;
  std::uint64_t hash_seed;
  const DefaultTtl* default_ttl;
  Surroundings* surroundings;
  std::size_t arena_region_bytes;  ///< address space that each shard's arena may try to reserve
  unsigned shard_count;
  const PrefixRules* prefix_rules = nullptr;  ///< null: no figures by prefix
  RemovalNotifier* removals = nullptr;        ///< null: nobody is told
  bool miss_reasons = false;
  CurveEstimator* curve = nullptr;  ///< null: nothing is estimated
};

}  // namespace libcache
