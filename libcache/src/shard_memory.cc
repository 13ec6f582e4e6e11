// Shard's work for memory and time: making room, expiry, background work, statistics and checks.

#include <algorithm>
#include <cstring>
#include <limits>
#include <thread>

#include "shard.h"

namespace libcache {

// ---------------------------------------------------------------------------------------------
// Making room

/// Returns whether it is worth trying again: room was made, here or by another thread.
bool Shard::make_room_here_or_elsewhere() {
  if (environment_.budget->excess() == 0) return make_room_anywhere();
  const Budget::Payment payment(*environment_.budget);
  if (payment) return environment_.budget->excess() == 0 || make_room_anywhere();
  std::this_thread::yield();
  return true;
}

bool Shard::make_room_anywhere() {
  Surroundings& others = *environment_.surroundings;
  if (others.others_hold_more(*this) && others.make_room_elsewhere(*this, held_together_)) {
    return true;
  }
  return make_room() || others.make_room_elsewhere(*this, held_together_);
}

bool Shard::make_room() {
  constexpr std::size_t kChains = 4;
  constexpr std::size_t kDue = 16;
  const bool made = arena_.grow_by_pages() != 0 || dismantle(kChains) ||
                    reclaim_due(kDue, now_ms()) || reclaim_invalidated(1) || empty_sparse_span() ||
                    shrink_index() || environment_.extents->trim_idle() != 0 || evict_one() ||
                    arena_.trim() != 0 || environment_.extents->trim() != 0 ||
                    is_amid_invalidation_pass();
  note_memory();
  return made;
}

/// Frees cleared entries, so many index chains of them at most.
bool Shard::dismantle(std::size_t chains) {
  if (dying_.empty()) return false;
  Database& last = *dying_.back().database;
  Index& index = last.index;
  for (; chains != 0 && index.buckets() != 0; --chains) {
    index.drop_last_chain([&](Ref ref) ABSL_NO_THREAD_SAFETY_ANALYSIS {
      if (observer_ != nullptr) observer_->cleared(item(ref), last.logical);
      free_item(ref);
    });
  }
  if (index.buckets() == 0) dying_.pop_back();
  return true;
}

/// Takes one chain back of an index that is larger than its entries ask for, as one is that was
/// reserved for more than came.
bool Shard::shrink_index() {
  for (const auto& in : databases_) {
    if (in == nullptr) continue;
    const std::uint32_t before = in->index.buckets();
    count_moved(in->index.shrink_step());
    if (in->index.buckets() != before) return true;
  }
  return false;
}

bool Shard::shrink_to_fit() {
  constexpr int kSteps = 64;
  for (int i = 0; i < kSteps; ++i) {
    if (shrink_index()) continue;
    arena_.trim();
    note_memory();
    return false;
  }
  return true;
}

bool Shard::reclaim_due(std::size_t budget, std::int64_t now_ms) {
  bool any = false;
  while (budget != 0) {
    const Ref due = wheel_.next_due(now_ms, budget);
    if (due == kNullRef || due == spared_) break;
    const Found found = find_ref(due);
    if (!is_dying(found)) {
      const std::int64_t lag_ms = now_ms - item(due).deadline();
      stats_.max_expiry_lag_ms = std::max(stats_.max_expiry_lag_ms, lag_ms);
      stats_.expiry_lag_ms += static_cast<std::uint64_t>(lag_ms);
      ++stats_.reclaimed_expiries;
    }
    remove(found, RemovalCause::kExpired);
    any = true;
    if (budget != 0) --budget;
  }
  return any;
}

/// Moves the objects of a sparse span into others of its class, so that its memory can serve
/// another class.
bool Shard::empty_sparse_span() {
  const auto span = arena_.sparse_span();
  if (!span) return false;
  arena_.retire_span(*span);
  std::size_t moved = 0;
  for (Ref from = arena_.first_object(*span); from != kNullRef; from = arena_.first_object(*span)) {
    const Ref to = arena_.allocate(arena_.capacity(from));
    if (to == kNullRef) {
      arena_.resume_span(*span);
      break;
    }
    move_item(from, to);
    ++moved;
  }
  count_moved(moved);
  return moved != 0;
}

void Shard::move_item(Ref from, Ref to) {
  const Slot slot = find_ref(from).slot;
  std::memcpy(arena_.at(to), arena_.at(from), arena_.capacity(from));
  slot.set_ref(to);
  if (item(to).expires()) wheel_.moved(from, to);
  if (spared_ == from) spared_ = to;
  arena_.free(from);
}

bool Shard::evict_one() {
  if (sweep_.policy() == Policy::kNoEviction) return false;
  if (sweep_.policy() != Policy::kVolatileTtl) {
    if (const auto victim = sweep_.next_victim(spared_)) {
      if (sweep_.remembers(victim->slot.mark())) {
        sweep_.evicted(hash_key(item(victim->slot.ref()).key(), environment_.hash_seed));
      }
      remove({victim->database, victim->slot}, RemovalCause::kEvicted);
      return true;
    }
    if (!only_volatile(sweep_.policy())) return false;
  }
  // By deadline; also where entries with a deadline are too rare for the sweep to meet one.
  const Ref nearest = nearest_but_spared();
  if (nearest == kNullRef) return false;
  remove(find_ref(nearest), RemovalCause::kEvicted);
  return true;
}

Ref Shard::nearest_but_spared() {
  const Ref nearest = wheel_.nearest();
  if (nearest == kNullRef || nearest != spared_) return nearest;
  const std::int64_t deadline = item(spared_).deadline();
  wheel_.remove(spared_);
  const Ref next = wheel_.nearest();
  wheel_.add(spared_, deadline);
  return next;
}

/// A writer's share of shrinking to a limit that was lowered. Returns whether room may have been
/// made.
bool Shard::pay_excess() {
  constexpr int kSteps = 4;
  bool made = false;
  for (int i = 0; i < kSteps && environment_.budget->excess() != 0; ++i) {
    if (!make_room_here_or_elsewhere()) break;
    made = true;
  }
  return made;
}

void Shard::note_memory() {
  approximate_memory_.store(arena_.object_bytes() + arena_.page_bytes(), std::memory_order_relaxed);
}

// ---------------------------------------------------------------------------------------------
// Background work

std::int64_t Shard::maintain(std::size_t budget, std::int64_t now_ms, bool active_expiry) {
  constexpr std::int64_t kAtOnce = 0;
  std::int64_t next_ms = std::numeric_limits<std::int64_t>::max();
  sweep_.tick(now_ms);
  if (sweep_.pass(budget) || sweep_.trim(entries_, budget)) next_ms = kAtOnce;
  dismantle(std::max<std::size_t>(1, budget / Index::kTargetLoad));
  if (!dying_.empty()) next_ms = kAtOnce;
  if (active_expiry) {
    reclaim_due(budget, now_ms);
    next_ms = std::min(next_ms, wheel_.next_event());
  }
  reclaim_invalidated(std::max<std::size_t>(1, budget / Index::kTargetLoad));
  // Nobody waits for that memory: make_room() looks for it too.
  if (is_behind_on_invalidations()) next_ms = std::min(next_ms, now_ms + 1);
  for (; budget != 0 && environment_.budget->excess() != 0; --budget) {
    const Budget::Payment payment(*environment_.budget);
    if (!payment) {
      next_ms = kAtOnce;  // who pays now may leave some
      break;
    }
    if (environment_.budget->excess() != 0 && !make_room()) break;
  }
  if (budget == 0) next_ms = kAtOnce;
  note_memory();
  return std::min(next_ms, sweep_.next_tick());
}

void Shard::set_policy(Policy policy) {
  sweep_.set_policy(policy, *environment_.clock, environment_.hash_seed);
}

// ---------------------------------------------------------------------------------------------
// Statistics and checks

ShardStats Shard::stats() const {
  ShardStats stats = stats_;
  stats.entries = entries_;
  for (const auto& in : databases_) {
    if (in == nullptr) continue;
    stats.entries_with_deadline += in->expiring;
    stats.key_bytes += in->key_bytes;
    stats.value_bytes += in->value_bytes;
    stats.negative_memory += in->negative_bytes;
  }
  for (const Dying& dying : dying_) stats.cleared_entries += dying.database->index.size();
  stats.item_memory = arena_.object_bytes();
  stats.index_memory = arena_.page_bytes();
  stats.overhead_memory = arena_.overhead_bytes() + sizeof(Shard);
  if (observer_ != nullptr) {
    stats.miss_reasons = observer_->miss_reasons();
    stats.overhead_memory += observer_->bytes();
  }
  return stats;
}

std::vector<PrefixStats> Shard::prefix_stats() const {
  return observer_ == nullptr ? std::vector<PrefixStats>() : observer_->prefixes();
}

void Shard::reset_stats() {
  stats_ = {};
  if (observer_ != nullptr) observer_->reset_counters();
}

bool Shard::has_right_prefix_gauges() const {
  std::vector<PrefixStats> counted(observer_->prefixes().size());
  const auto count = [&](Index& index) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    for (std::uint32_t chain = 0; chain < index.buckets(); ++chain) {
      index.for_each(chain, [&](const Slot& slot) ABSL_NO_THREAD_SAFETY_ANALYSIS {
        observer_->add(item(slot.ref()), counted);
        return true;
      });
    }
  };
  for (const auto& in : databases_) {
    if (in != nullptr) count(in->index);
  }
  for (const Dying& dying : dying_) count(dying.database->index);
  return std::ranges::equal(counted, observer_->prefixes(), [](const auto& a, const auto& b) {
    return a.entries == b.entries && a.bytes == b.bytes;
  });
}

std::string Shard::check_invariants() const {
  if (std::string broken = arena_.check_invariants(); !broken.empty()) return broken;
  if (std::string broken = wheel_.check_invariants(); !broken.empty()) return broken;
  if (std::string broken = sweep_.check_invariants(); !broken.empty()) return broken;
  std::size_t entries = 0;
  std::size_t in_wheel = 0;
  for (const auto& in : databases_) {
    if (in == nullptr) continue;
    if (std::string broken = in->index.check_invariants(); !broken.empty()) return broken;
    std::size_t keys = 0;
    std::size_t values = 0;
    std::size_t expiring = 0;
    std::size_t tagged = 0;
    std::size_t negative = 0;
    for (std::uint32_t chain = 0; chain < in->index.buckets(); ++chain) {
      in->index.for_each(chain, [&](const Slot& slot) ABSL_NO_THREAD_SAFETY_ANALYSIS {
        const Item at = item(slot.ref());
        keys += at.key_size();
        values += at.value_size();
        expiring += at.expires() ? 1U : 0U;
        tagged += at.is_tagged() ? 1U : 0U;
        negative += at.is_negative() ? arena_.capacity(slot.ref()) : 0U;
        return true;
      });
    }
    if (keys != in->key_bytes || values != in->value_bytes) return "shard: bytes are miscounted";
    if (negative != in->negative_bytes) return "shard: negative entries are miscounted";
    if (tagged != in->tagged) return "shard: entries with tags are miscounted";
    if (expiring != in->expiring) return "shard: entries with a deadline are miscounted";
    entries += in->index.size();
    in_wheel += expiring;
  }
  if (entries != entries_) return "shard: entries are miscounted";
  if (dying_.empty() && in_wheel != wheel_.size()) return "shard: the wheel has other entries";
  if (observer_ != nullptr && !has_right_prefix_gauges()) return "shard: prefixes are miscounted";
  if (spared_ != kNullRef) return "shard: an entry is still spared";
  return {};
}

}  // namespace libcache
