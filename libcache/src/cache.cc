#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <functional>
#include <limits>

#include <libcache/cache.h>

#include "engine.h"
#include "key_group.h"
#include "shard_read.h"

namespace libcache {
namespace {

std::uint64_t shard_bit(const Engine& engine, Key key) {
  return std::uint64_t{1} << engine.hash(key).shard(engine.shard_count());
}

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

/// Fetches what lookups of the keys will read: first all buckets, which takes as long as one, then
/// the items that they name, then those of the keys (a sixth of them) that are in a second
/// bucket. Each lock is held for the time that starting a few fetches takes; where it is held
/// already the lookup itself fetches.
void fetch(const KeyGroup& group) {
  group.for_each_free_shard([&](Shard& shard, std::span<const std::uint8_t> members) {
    const MutexLock lock(shard.mutex());
    for (const std::size_t i : members) shard.prefetch_bucket(group.key(i), group.hash(i));
  });
  std::uint64_t overflown = 0;  // bit i: key i of the group
  group.for_each_free_shard([&](Shard& shard, std::span<const std::uint8_t> members) {
    const MutexLock lock(shard.mutex());
    for (const std::size_t i : members) {
      overflown |= std::uint64_t{shard.prefetch_item(group.key(i), group.hash(i))} << i;
    }
  });
  if (overflown == 0) return;
  group.for_each_free_shard([&](Shard& shard, std::span<const std::uint8_t> members) {
    const MutexLock lock(shard.mutex());
    for (const std::size_t i : members) {
      if ((overflown >> i & 1U) == 0) continue;
      shard.prefetch_overflow_item(group.key(i), group.hash(i));
    }
  });
}

/// Divides `items`, whose key is key_of(item), into groups whose memory is fetched together. Calls
/// use(first, group) for each; its members are the items from number `first` on.
template <class Items, class KeyOf, class Use>
void for_each_group(const Engine& engine, const Items& items, KeyOf key_of, Use use) {
  std::array<HashedKey, KeyGroup::kMost> hashed;
  for (std::size_t first = 0; first < items.size(); first += KeyGroup::kMost) {
    const auto some = items.subspan(first, std::min(KeyGroup::kMost, items.size() - first));
    std::ranges::transform(some, hashed.begin(), [&](const auto& item) {
      const Key key = key_of(item);
      return HashedKey{key, engine.hash(key).bits};
    });
    const KeyGroup group(engine, std::span(hashed).first(some.size()));
    fetch(group);
    use(first, group);
  }
}

}  // namespace

Cache::Cache(const Options& options) : engine_(std::make_unique<Engine>(options)) {}
// The listener may still use the cache while it stops.
Cache::~Cache() { engine_->stop(); }

// ---------------------------------------------------------------------------------------------
// One key: each is its namesake of KeyLock with the lock of that key

std::optional<Value> Cache::get(Key key, ReadOptions options) {
  return lock(key).get(key, options);
}

bool Cache::get_into(Key key, std::string& out, ReadOptions options) {
  return read_in_place(*engine_, key, options, [&](std::string_view value) { out.assign(value); });
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
// Many keys

HashedKey Cache::hash(Key key) const { return {key, engine_->hash(key).bits}; }

KeyLock Cache::lock(const HashedKey& key) { return {*engine_, key}; }

KeyLock Cache::lock(std::span<const Key> keys) {
  std::uint64_t shards = 0;
  for (const Key& key : keys) shards |= shard_bit(*engine_, key);
  return {*engine_, shards};
}

KeyLock Cache::lock_all() { return {*engine_, ~std::uint64_t{0} >> (64 - engine_->shard_count())}; }

void Cache::prefetch(std::span<const HashedKey> keys) {
  while (!keys.empty()) {
    const auto group = keys.first(std::min(keys.size(), KeyGroup::kMost));
    fetch(KeyGroup(*engine_, group));
    keys = keys.subspan(group.size());
  }
}

void Cache::get_many(std::span<const Key> keys, const Visitor& visit, ReadOptions options) {
  for_each_group(*engine_, keys, std::identity(), [&](std::size_t first, const KeyGroup& group) {
    group.for_each_shard([&](Shard& shard, std::span<const std::uint8_t> members) {
      const MutexLock lock(shard.mutex());
      for (const std::size_t i : members) {
        visit(first + i, shard.read(group.key(i), group.hash(i), options));
      }
    });
  });
}

Status Cache::set_many(std::span<const KeyValue> entries) {
  std::uint64_t shards = 0;
  for (const KeyValue& entry : entries) shards |= shard_bit(*engine_, entry.key);
  return shards == 0 ? Status::kOk : KeyLock(*engine_, shards).set_many(entries);
}

Additions Cache::add_many(std::span<const NewEntry> entries) {
  Additions result;
  const auto add = [&](std::size_t first, const KeyGroup& group) {
    group.for_each_shard([&](Shard& shard, std::span<const std::uint8_t> members) {
      const MutexLock lock(shard.mutex());
      for (const std::size_t i : members) {
        const auto& [key, value, deadline_ms] = entries[first + i];
        const Status status =
            shard
                .set(key, group.hash(i), value,
                     {.when = SetOptions::When::kIfAbsent, .deadline_ms = deadline_ms})
                .status;
        result.added += status == Status::kOk;
        result.refused += status == Status::kOutOfMemory || status == Status::kTooLarge;
      }
    });
  };
  for_each_group(*engine_, entries, std::mem_fn(&NewEntry::key), add);
  return result;
}

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

std::size_t Cache::erase_many(std::span<const Key> keys) {
  return static_cast<std::size_t>(
      std::count_if(keys.begin(), keys.end(), [this](const Key& key) { return erase(key); }));
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
  std::size_t sum = 0;
  for (unsigned i = 0; i < engine_->shard_count(); ++i) {
    const MutexLock lock(engine_->shard(i).mutex());
    sum += engine_->shard(i).size();
  }
  return sum;
}

std::size_t Cache::size(int database) const {
  std::size_t sum = 0;
  for (unsigned i = 0; i < engine_->shard_count(); ++i) {
    const MutexLock lock(engine_->shard(i).mutex());
    sum += engine_->shard(i).size(database);
  }
  return sum;
}

std::size_t Cache::size_with_deadline(int database) const {
  std::size_t sum = 0;
  for (unsigned i = 0; i < engine_->shard_count(); ++i) {
    const MutexLock lock(engine_->shard(i).mutex());
    sum += engine_->shard(i).expiring(database);
  }
  return sum;
}

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
