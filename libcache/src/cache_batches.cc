// Cache's operations on many keys.

#include <algorithm>
#include <array>
#include <bit>
#include <functional>

#include <libcache/cache.h>

#include "engine.h"
#include "key_group.h"
#include "shard_read.h"

namespace libcache {
namespace {

std::uint64_t shard_bit(const Engine& engine, Key key) {
  return std::uint64_t{1} << engine.hash(key).shard(engine.shard_count());
}

/// Fetches what lookups of the keys will read: first all buckets, which takes as long as one, then
/// the items that they name, then those of the keys (a sixth of them) that may be in a second
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
  for (; overflown != 0; overflown &= overflown - 1) {
    const auto i = static_cast<std::size_t>(std::countr_zero(overflown));
    Shard& shard = group.shard(i);
    if (shard.mutex().is_held()) continue;
    const MutexLock lock(shard.mutex());
    shard.prefetch_overflow_item(group.key(i), group.hash(i));
  }
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

unsigned Cache::shard_count() const { return engine_->shard_count(); }
unsigned Cache::shard_of(Key key) const { return engine_->hash(key).shard(shard_count()); }

std::size_t Cache::erase_many(std::span<const Key> keys) {
  return static_cast<std::size_t>(
      std::count_if(keys.begin(), keys.end(), [this](const Key& key) { return erase(key); }));
}

}  // namespace libcache
