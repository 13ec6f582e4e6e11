#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

#include <libcache/key_lock.h>

#include "engine.h"
#include "shard_read.h"

// The thread-safety analysis cannot follow a set of locks taken in a loop. It is off in this file;
// place_of() asserts in its place that the lock of a key's shard is among them.

namespace libcache {

/// Where a key that is locked belongs.
struct KeyLock::Place {
  Shard& shard;
  KeyHash hash;
};

KeyLock::KeyLock(Engine& engine, const HashedKey& key) ABSL_NO_THREAD_SAFETY_ANALYSIS
    : engine_(&engine),
      only_shard_(&engine.shard_of(KeyHash{key.hash})),
      only_hash_(key.hash) {
  only_shard_->mutex().lock();
}

KeyLock::KeyLock(Engine& engine, std::uint64_t shards) ABSL_NO_THREAD_SAFETY_ANALYSIS
    : engine_(&engine),
      shards_(shards) {
  for (std::uint64_t rest = shards_; rest != 0; rest &= rest - 1) {
    engine_->shard(static_cast<unsigned>(std::countr_zero(rest))).mutex().lock();
  }
  if (holds_several()) tell_shards(shards_);
}

void KeyLock::tell_shards(std::uint64_t held_together) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  for (std::uint64_t rest = shards_; rest != 0; rest &= rest - 1) {
    engine_->shard(static_cast<unsigned>(std::countr_zero(rest))).set_held_together(held_together);
  }
}

KeyLock::KeyLock(KeyLock&& other) noexcept
    : engine_(std::exchange(other.engine_, nullptr)),
      shards_(std::exchange(other.shards_, 0)),
      only_shard_(std::exchange(other.only_shard_, nullptr)),
      only_hash_(other.only_hash_) {}

KeyLock::~KeyLock() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  if (only_shard_ != nullptr) {
    only_shard_->mutex().unlock();
    return;
  }
  if (holds_several()) tell_shards(0);
  for (std::uint64_t rest = shards_; rest != 0; rest &= rest - 1) {
    engine_->shard(static_cast<unsigned>(std::countr_zero(rest))).mutex().unlock();
  }
}

KeyLock::Place KeyLock::place_of(Key key) const {
  if (only_shard_ != nullptr) {
    assert(only_hash_ == engine_->hash(key).bits);
    return {*only_shard_, KeyHash{only_hash_}};
  }
  const KeyHash hash = engine_->hash(key);
  assert((shards_ >> hash.shard(engine_->shard_count()) & 1U) != 0);
  return {engine_->shard_of(hash), hash};
}

std::optional<KeyLock::View> KeyLock::view(Key key,
                                           ReadOptions options) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const auto [shard, hash] = place_of(key);
  return shard.view(key, hash, options);
}

std::optional<Value> KeyLock::get(Key key, ReadOptions options) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const auto [shard, hash] = place_of(key);
  return shard.get(key, hash, options);
}

bool KeyLock::exists(Key key, ReadOptions options) { return view(key, options).has_value(); }

std::optional<EntryInfo> KeyLock::info(Key key,
                                       ReadOptions options) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const auto [shard, hash] = place_of(key);
  return shard.info(key, hash, options);
}

SetResult KeyLock::set(Key key, std::string_view value,
                       const SetOptions& options) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const auto [shard, hash] = place_of(key);
  return shard.set(key, hash, value, options);
}

Status KeyLock::set_many(std::span<const KeyValue> entries) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  std::size_t bytes = 0;
  for (const auto& [key, value] : entries) {
    const auto shape = ItemShape::of(key.bytes().size(), value.size(), /*expires=*/true);
    if (engine_->shard(0).is_too_large(shape)) return Status::kTooLarge;
    bytes += Arena::slot_size(shape.bytes) + shape.extent_bytes();
  }
  // Half of the overdraft: the other half is for spans that fill only in part.
  const Budget& budget = engine_->budget();
  const std::size_t overdrawn = bytes - std::min(bytes, budget.available());
  if (engine_->policy() == Policy::kNoEviction &&
      overdrawn > Budget::overdraft_of(budget.limit()) / 2) {
    return Status::kOutOfMemory;
  }
  Overdraft overdraft = Overdraft::kNo;  // whether there is memory at all is for the first to find
  for (const auto& [key, value] : entries) {
    const auto [shard, hash] = place_of(key);
    const Status status = shard.set(key, hash, value, {}, overdraft).status;
    if (status != Status::kOk) return status;
    overdraft = Overdraft::kAllowed;
  }
  return Status::kOk;
}

Status KeyLock::rename(Key from, Key to) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  if (from == to) return exists(from, {false, false}) ? Status::kOk : Status::kNotFound;
  const Place source = place_of(from);
  const Place target = place_of(to);
  return source.shard.rename(from, source.hash, target.shard, to, target.hash);
}

Status KeyLock::compare_and_set(Key key, std::string_view expected,
                                std::string_view desired) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const auto [shard, hash] = place_of(key);
  return shard.compare_and_set(key, hash, expected, desired);
}

bool KeyLock::erase(Key key) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const auto [shard, hash] = place_of(key);
  return shard.erase(key, hash);
}

Status KeyLock::increment(Key key, std::int64_t delta,
                          std::int64_t& result) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const auto [shard, hash] = place_of(key);
  return shard.increment(key, hash, delta, result);
}

Status KeyLock::increment_float(Key key, long double delta,
                                std::string& result) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const auto [shard, hash] = place_of(key);
  return shard.increment_float(key, hash, delta, result);
}

Status KeyLock::append(Key key, std::string_view suffix,
                       std::size_t& size) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const auto [shard, hash] = place_of(key);
  return shard.splice(key, hash, std::nullopt, suffix, size);
}

Status KeyLock::set_range(Key key, std::size_t offset, std::string_view bytes,
                          std::size_t& size) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const auto [shard, hash] = place_of(key);
  return shard.splice(key, hash, offset, bytes, size);
}

bool KeyLock::touch(Key key) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const auto [shard, hash] = place_of(key);
  return shard.touch(key, hash);
}

Status KeyLock::expire_at(Key key, std::int64_t deadline_ms) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const auto [shard, hash] = place_of(key);
  return shard.expire_at(key, hash, deadline_ms);
}

Status KeyLock::persist(Key key) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const auto [shard, hash] = place_of(key);
  return shard.persist(key, hash);
}

std::optional<std::int64_t> KeyLock::deadline(Key key) {
  const auto found = info(key);
  return found ? std::optional(found->deadline_ms) : std::nullopt;
}

}  // namespace libcache
