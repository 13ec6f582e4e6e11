#include <algorithm>
#include <limits>

#include <libcache/number.h>

#include "shard_read.h"

namespace libcache {
Shard::Shard(const ShardEnvironment& environment, Policy policy)
    : environment_(environment),
      arena_(*environment.budget, environment.arena_region_bytes),
      wheel_(arena_, environment.clock->now_ms()),
      sweep_(databases_, arena_, policy, *environment.clock, environment.hash_seed),
      observer_(Observer::of(environment_)),
      sampled_below_(environment.curve == nullptr ? 0 : environment.curve->threshold()) {
  for (int i = 0; i < kDatabases; ++i) numbers_[static_cast<std::size_t>(i)] = i;
  environment_.budget->charge(sizeof(Shard));
}

Shard::~Shard() {
  const MutexLock lock(mutex_);
  // The arena takes its items with it; only what they have elsewhere has to be looked for.
  if (items_in_extents_ == 0) return;
  for (int number = 0; number < kDatabases; ++number) clear(number);
  while (dismantle(std::numeric_limits<std::size_t>::max())) {
  }
}

// ---------------------------------------------------------------------------------------------
// Finding

Shard::Found Shard::find_ref(Ref ref) {
  const Item at = item(ref);
  const KeyHash hash = hash_key(at.key(), environment_.hash_seed);
  Database* in = databases_[static_cast<std::size_t>(at.database())].get();
  if (in != nullptr) {
    if (const Slot slot = in->index.find_ref(hash, ref)) return {in, slot};
  }
  for (const Dying& dying : dying_) {
    if (dying.number != at.database()) continue;
    if (const Slot slot = dying.database->index.find_ref(hash, ref)) {
      return {dying.database.get(), slot};
    }
  }
  return {};
}

bool Shard::drop_if_ended(Database& in, Slot slot) {
  const Item at = item(slot.ref());
  const bool expired = at.expires() && at.deadline() <= now_ms();
  if (!expired && !is_invalidated(at)) return false;
  remove({&in, slot}, expired ? RemovalCause::kExpired : RemovalCause::kInvalidated);
  return true;
}

Shard::Found Shard::find(Key key, KeyHash hash) {
  Found found = find_any(key, hash);
  if (found && item(found.slot.ref()).is_negative()) {
    remove(found, RemovalCause::kReplaced);
    found = {};
  }
  return found;
}

bool Shard::is_dying(const Found& found) const {
  const Item at = item(found.slot.ref());
  return found.database != databases_[static_cast<std::size_t>(at.database())].get();
}

// ---------------------------------------------------------------------------------------------
// Reading; what a hit needs is in shard_read.h

std::optional<EntryInfo> Shard::info(Key key, KeyHash hash, ReadOptions options) {
  const Slot slot = find_to_read(key, hash, options);
  if (!slot) return std::nullopt;
  const Item at = item(slot.ref());
  Index& index = database(key.database())->index;
  index.refresh_marks(slot.chain());
  const std::size_t index_share = index.buckets() * sizeof(Bucket) / index.size();
  return EntryInfo{
      .deadline_ms = at.deadline_or_none(),
      .value_size = at.value_size(),
      .memory =
          arena_.capacity(slot.ref()) + (at.in_extent() ? at.extent()->committed : 0) + index_share,
      .idle_ms = sweep_.idle_ms(slot.mark(), now_ms()),
      .frequency = sweep_.frequency(slot.mark()),
      .encoding = at.encoding(),
      .integer = at.encoding() == Encoding::kWhole && parse_integer(at.value()).has_value(),
  };
}

std::optional<std::string> Shard::negative(Key key, KeyHash hash) {
  const Found found = find_any(key, hash);
  if (!found || !item(found.slot.ref()).is_negative()) return std::nullopt;
  return std::string(item(found.slot.ref()).value());
}

// ---------------------------------------------------------------------------------------------
// Deadlines and recency

bool Shard::touch(Key key, KeyHash hash) {
  return static_cast<bool>(find_to_read(key, hash, {.touch = true, .count = true}));
}

Status Shard::expire_at(Key key, KeyHash hash, std::int64_t deadline_ms) {
  const Found found = find(key, hash);
  if (!found) return Status::kNotFound;
  if (deadline_ms > now_ms()) return set_deadline(key, hash, found, deadline_ms);
  note_erased(key, hash);
  remove(found, RemovalCause::kExpired);
  return Status::kOk;
}

Status Shard::persist(Key key, KeyHash hash) {
  const Found found = find(key, hash);
  if (!found || !item(found.slot.ref()).expires()) return Status::kNotFound;
  return set_deadline(key, hash, found, kNoDeadline);
}

void Shard::count_load(Key key, bool failed, std::chrono::nanoseconds took) {
  if (observer_ != nullptr) observer_->loaded(key, failed, took);
  ++(failed ? stats_.load_failures : stats_.loads);
  stats_.load_ns += static_cast<std::uint64_t>(took.count());
}

// ---------------------------------------------------------------------------------------------
// Removing

void Shard::remove(const Found& found, RemovalCause cause) {
  const Ref ref = found.slot.ref();
  const Item at = item(ref);
  if (is_dying(found)) {
    if (observer_ != nullptr) observer_->cleared(at, found.database->logical);
  } else {
    if (observer_ != nullptr) observer_->removed(at, found.database->logical, cause);
    Database& in = *found.database;
    in.index.refresh_marks(found.slot.chain());
    sweep_.left(in, found.slot.mark(), found.slot.expires());
    if (found.slot.expires()) --in.expiring;
    if (at.is_tagged()) --in.tagged;
    in.key_bytes -= at.key_size();
    in.value_bytes -= at.value_size();
    if (at.is_negative()) in.negative_bytes -= arena_.capacity(ref);
    --entries_;
    switch (cause) {
      case RemovalCause::kExplicit:
        ++stats_.erases;
        break;
      case RemovalCause::kEvicted:
        ++stats_.evictions;
        break;
      case RemovalCause::kExpired:
        ++stats_.expiries;
        break;
      case RemovalCause::kInvalidated:
        ++stats_.invalidations;
        if (sampled_below_ != 0) {
          const KeyHash hash = hash_key(at.key(), environment_.hash_seed);
          if (is_sampled(hash)) sample_erasure(in.logical, hash);
        }
        break;
      case RemovalCause::kReplaced:  // a negative entry that is overruled
        break;
    }
  }
  found.database->index.erase(found.slot);
  free_item(ref);
  count_moved(found.database->index.shrink_step());
}

void Shard::free_item(Ref ref) {
  const Item at = item(ref);
  if (observer_ != nullptr) observer_->dropped(at);
  if (at.expires()) wheel_.remove(ref);
  if (at.in_extent()) {
    environment_.extents->drop(at.extent());
    --items_in_extents_;
  }
  arena_.free(ref);
}

void Shard::count_moved(std::size_t moved) {
  stats_.moved_entries += moved;
  stats_.max_moved_by_one_step = std::max<std::uint64_t>(stats_.max_moved_by_one_step, moved);
}

}  // namespace libcache
