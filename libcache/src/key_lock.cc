#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

#include <libcache/key_lock.h>

#include "engine.h"
#include "shard_read.h"

// The thread-safety analysis cannot follow a set of locks taken in a loop. It is off in this file;
// held_shard() asserts in its place that the lock of a key's shard is among them.

namespace libcache {
namespace {

Shard& held_shard(Engine& engine, [[maybe_unused]] std::uint64_t held, KeyHash hash) {
  assert((held >> hash.shard(engine.shard_count()) & 1U) != 0);
  return engine.shard_of(hash);
}

}  // namespace

KeyLock::KeyLock(Engine& engine, OneKey key) ABSL_NO_THREAD_SAFETY_ANALYSIS
    : engine_(&engine),
      shards_(std::uint64_t{1} << KeyHash{key.hash}.shard(engine.shard_count())),
      one_key_(key) {
  engine.shard_of(KeyHash{key.hash}).mutex().lock();
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
      one_key_(other.one_key_) {}

KeyLock::~KeyLock() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  if (holds_several()) tell_shards(0);
  for (std::uint64_t rest = shards_; rest != 0; rest &= rest - 1) {
    engine_->shard(static_cast<unsigned>(std::countr_zero(rest))).mutex().unlock();
  }
}

std::uint64_t KeyLock::hash(Key key) const {
  assert(!one_key_ || one_key_->hash == engine_->hash(key).bits);
  return one_key_ ? one_key_->hash : engine_->hash(key).bits;
}

std::optional<KeyLock::View> KeyLock::view(Key key,
                                           ReadOptions options) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const KeyHash hash{this->hash(key)};
  return held_shard(*engine_, shards_, hash).view(key, hash, options);
}

std::optional<Value> KeyLock::get(Key key, ReadOptions options) {
  auto found = view(key, options);
  if (!found) return std::nullopt;
  return to_value(*std::move(found));
}

bool KeyLock::exists(Key key, ReadOptions options) { return view(key, options).has_value(); }

std::optional<EntryInfo> KeyLock::info(Key key,
                                       ReadOptions options) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const KeyHash hash{this->hash(key)};
  return held_shard(*engine_, shards_, hash).info(key, hash, options);
}

SetResult KeyLock::set(Key key, std::string_view value,
                       const SetOptions& options) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const KeyHash hash{this->hash(key)};
  return held_shard(*engine_, shards_, hash).set(key, hash, value, options);
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
    const KeyHash hash = engine_->hash(key);
    const Status status =
        held_shard(*engine_, shards_, hash).set(key, hash, value, {}, overdraft).status;
    if (status != Status::kOk) return status;
    overdraft = Overdraft::kAllowed;
  }
  return Status::kOk;
}

Status KeyLock::rename(Key from, Key to) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const KeyHash from_hash = engine_->hash(from);
  if (from == to) return exists(from, {false, false}) ? Status::kOk : Status::kNotFound;
  const KeyHash to_hash = engine_->hash(to);
  return held_shard(*engine_, shards_, from_hash)
      .rename(from, from_hash, held_shard(*engine_, shards_, to_hash), to, to_hash);
}

Status KeyLock::compare_and_set(Key key, std::string_view expected,
                                std::string_view desired) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const KeyHash hash{this->hash(key)};
  return held_shard(*engine_, shards_, hash).compare_and_set(key, hash, expected, desired);
}

bool KeyLock::erase(Key key) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const KeyHash hash{this->hash(key)};
  return held_shard(*engine_, shards_, hash).erase(key, hash);
}

Status KeyLock::increment(Key key, std::int64_t delta,
                          std::int64_t& result) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const KeyHash hash{this->hash(key)};
  return held_shard(*engine_, shards_, hash).increment(key, hash, delta, result);
}

Status KeyLock::increment_float(Key key, long double delta,
                                std::string& result) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const KeyHash hash{this->hash(key)};
  return held_shard(*engine_, shards_, hash).increment_float(key, hash, delta, result);
}

Status KeyLock::append(Key key, std::string_view suffix,
                       std::size_t& size) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const KeyHash hash{this->hash(key)};
  return held_shard(*engine_, shards_, hash).splice(key, hash, std::nullopt, suffix, size);
}

Status KeyLock::set_range(Key key, std::size_t offset, std::string_view bytes,
                          std::size_t& size) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const KeyHash hash{this->hash(key)};
  return held_shard(*engine_, shards_, hash).splice(key, hash, offset, bytes, size);
}

bool KeyLock::touch(Key key) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const KeyHash hash{this->hash(key)};
  return held_shard(*engine_, shards_, hash).touch(key, hash);
}

Status KeyLock::expire_at(Key key, std::int64_t deadline_ms) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const KeyHash hash{this->hash(key)};
  return held_shard(*engine_, shards_, hash).expire_at(key, hash, deadline_ms);
}

Status KeyLock::persist(Key key) ABSL_NO_THREAD_SAFETY_ANALYSIS {
  const KeyHash hash{this->hash(key)};
  return held_shard(*engine_, shards_, hash).persist(key, hash);
}

std::optional<std::int64_t> KeyLock::deadline(Key key) {
  const auto found = info(key);
  return found ? std::optional(found->deadline_ms) : std::nullopt;
}

}  // namespace libcache
