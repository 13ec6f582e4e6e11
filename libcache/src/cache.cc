// Cache's operations on one key, and its own.

#include <algorithm>
#include <chrono>
#include <cstring>

#include <libcache/cache.h>

#include "engine.h"
#include "shard_read.h"

namespace libcache {
namespace {

/// Calls use(value) with the value where it lies, if there is one. Returns whether there is.
template <class Use>
bool read_in_place(Engine& engine, Key key, ReadOptions options, Use use) {
  const KeyHash hash = engine.hash(key);
  Shard& shard = engine.shard_of(hash);
  const MutexLock lock(shard.mutex());
  const auto value = shard.read(key, hash, options);
  if (value) use(*value);
  return value.has_value();
}

}  // namespace

Cache::Cache(const Options& options) : engine_(std::make_unique<Engine>(options)) {}
// The listener may still use the cache while it stops.
Cache::~Cache() { engine_->stop(); }

// ---------------------------------------------------------------------------------------------
// One key: each is its namesake of KeyLock with the lock of that key

HashedKey Cache::hash(Key key) const { return {key, engine_->hash(key).bits}; }

KeyLock Cache::lock(const HashedKey& key) { return {*engine_, key}; }

std::optional<Value> Cache::get(Key key, ReadOptions options) {
  const KeyHash hash = engine_->hash(key);
  Shard& shard = engine_->shard_of(hash);
  const MutexLock lock(shard.mutex());
  return shard.get(key, hash, options);
}

bool Cache::get_into(Key key, std::string& out, ReadOptions options) {
  return read_in_place(*engine_, key, options, [&](std::string_view value) {
    // Many values have one size, and a buffer that is reused has it too: 54 of 355 instructions
    // less.
    if (out.size() == value.size()) {
      std::memcpy(out.data(), value.data(), value.size());
    } else {
      out.assign(value);
    }
  });
}

std::optional<std::string> Cache::get_range(Key key, std::size_t offset, std::size_t length) {
  std::optional<std::string> range;
  read_in_place(*engine_, key, {}, [&](std::string_view value) {
    range.emplace(value.substr(std::min(offset, value.size()), length));
  });
  return range;
}

bool Cache::exists(Key key) { return lock(key).exists(key); }
std::optional<EntryInfo> Cache::info(Key key) { return lock(key).info(key); }
SetResult Cache::set(Key key, std::string_view value, const SetOptions& options) {
  return lock(key).set(key, value, options);
}
Status Cache::compare_and_set(Key key, std::string_view expected, std::string_view desired) {
  return lock(key).compare_and_set(key, expected, desired);
}
bool Cache::erase(Key key) { return lock(key).erase(key); }
Status Cache::increment(Key key, std::int64_t delta, std::int64_t& result) {
  return lock(key).increment(key, delta, result);
}
Status Cache::increment_float(Key key, long double delta, std::string& result) {
  return lock(key).increment_float(key, delta, result);
}
Status Cache::append(Key key, std::string_view suffix, std::size_t& size) {
  return lock(key).append(key, suffix, size);
}
Status Cache::set_range(Key key, std::size_t offset, std::string_view bytes, std::size_t& size) {
  return lock(key).set_range(key, offset, bytes, size);
}
bool Cache::touch(Key key) { return lock(key).touch(key); }
Status Cache::expire_at(Key key, std::int64_t deadline_ms) {
  return lock(key).expire_at(key, deadline_ms);
}
Status Cache::persist(Key key) { return lock(key).persist(key); }
std::optional<std::int64_t> Cache::deadline(Key key) { return lock(key).deadline(key); }

// ---------------------------------------------------------------------------------------------
// Operation

Stats Cache::stats() const {
  const MutexLock totals_lock(engine_->totals_mutex());
  Stats stats;
  for (const std::string& prefix : engine_->prefixes()) stats.prefixes.push_back({prefix});
  for (unsigned i = 0; i < engine_->shard_count(); ++i) {
    const MutexLock lock(engine_->shard(i).mutex());
    stats.shards.push_back(engine_->shard(i).stats());
    stats.total += stats.shards.back();
    const std::vector<PrefixStats> by_prefix = engine_->shard(i).prefix_stats();
    for (std::size_t at = 0; at < by_prefix.size(); ++at) stats.prefixes[at] += by_prefix[at];
  }
  stats.total.large_memory = engine_->extents().charged_bytes();
  stats.total.overhead_memory += engine_->tag_epochs().bytes();
  if (const CurveEstimator* const curve = engine_->curve()) {
    stats.total.overhead_memory += curve->bytes();
    if (max_memory() != 0) {
      stats.curve = curve->curve(Engine::curve_totals(stats.total, memory()));
    }
  }
  stats.load_times = engine_->load_times().times();
  if (engine_->removals() != nullptr) stats.dropped_removals = engine_->removals()->dropped();
  stats.max_memory = max_memory();
  stats.peak_memory = engine_->budget().peak();
  return stats;
}

void Cache::reset_stats() {
  const MutexLock totals_lock(engine_->totals_mutex());
  for (unsigned i = 0; i < engine_->shard_count(); ++i) {
    const MutexLock lock(engine_->shard(i).mutex());
    engine_->shard(i).reset_stats();
  }
  if (engine_->curve() != nullptr) engine_->curve()->reset();
  engine_->load_times().reset();
  if (engine_->removals() != nullptr) engine_->removals()->reset_dropped();
}

void Cache::shrink_to_fit() {
  for (unsigned i = 0; i < engine_->shard_count(); ++i) {
    Shard& shard = engine_->shard(i);
    for (bool more = true; more;) {
      const MutexLock lock(shard.mutex());
      more = shard.shrink_to_fit();
    }
  }
  engine_->extents().trim();
}

const Clock& Cache::clock() const { return engine_->clock(); }

std::size_t Cache::max_memory() const { return engine_->budget().limit(); }
void Cache::set_max_memory(std::size_t bytes) { engine_->set_max_memory(bytes); }
Policy Cache::policy() const { return engine_->policy(); }
void Cache::set_policy(Policy policy) { engine_->set_policy(policy); }
std::optional<std::chrono::milliseconds> Cache::default_ttl() const {
  return engine_->default_ttl();
}
void Cache::set_default_ttl(std::optional<std::chrono::milliseconds> ttl) {
  engine_->set_default_ttl(ttl);
}
std::size_t Cache::memory() const { return engine_->budget().used(); }
std::int64_t Cache::maintain(std::size_t budget) {
  const std::int64_t next = engine_->maintain(budget);
  const bool waits = engine_->removals() != nullptr && engine_->removals()->maintain();
  return waits ? 0 : next;
}
void Cache::set_active_expiry(bool on) { engine_->set_active_expiry(on); }

std::string Cache::check_invariants() const {
  for (unsigned i = 0; i < engine_->shard_count(); ++i) {
    const MutexLock lock(engine_->shard(i).mutex());
    if (std::string broken = engine_->shard(i).check_invariants(); !broken.empty()) return broken;
  }
  if (engine_->curve() != nullptr) return engine_->curve()->check_invariants();
  return {};
}

Clock& Clock::system() {
  class SystemClock final : public Clock {
   public:
    [[nodiscard]] std::int64_t now_ms() const override {
      return std::chrono::duration_cast<std::chrono::milliseconds>(
                 std::chrono::system_clock::now().time_since_epoch())
          .count();
    }
  };
  static SystemClock clock;
  return clock;
}

}  // namespace libcache
