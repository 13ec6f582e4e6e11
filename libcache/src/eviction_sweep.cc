#include "eviction_sweep.h"

#include <algorithm>
#include <bit>

namespace libcache {

EvictionSweep::EvictionSweep(Databases& databases, Arena& arena, Policy policy, const Clock& clock,
                             std::uint64_t seed)
    : databases_(databases), arena_(arena) {
  use_policy(policy, clock, seed);
}

void EvictionSweep::use_policy(Policy policy, const Clock& clock, std::uint64_t seed) {
  policy_ = policy;
  only_volatile_ = only_volatile(policy);
  marks_ = make_eviction_policy(policy, arena_, clock, seed);
  lru_ = dynamic_cast<LruPolicy*>(marks_.get());
}

void EvictionSweep::set_policy(Policy policy, const Clock& clock, std::uint64_t seed) {
  use_policy(policy, clock, seed);
  window_ = {};
  passing_ = false;
  for (const auto& database : databases_) {
    if (database == nullptr) continue;
    database->census.fill(0);
    const Mark mark = marks_->stored(KeyHash{}, 0);
    for (std::uint32_t chain = 0; chain < database->index.buckets(); ++chain) {
      database->index.for_each(chain, [&](Slot slot) {
        slot.set_mark(mark);
        if (may_evict(slot.expires())) ++database->census[mark];
        return true;
      });
    }
  }
}

Mark EvictionSweep::stored(KeyHash hash, std::size_t entries) {
  pay_for_renumbering();
  return marks_->stored(hash, entries);
}

Census EvictionSweep::total() const {
  Census sum{};
  for (const auto& database : databases_) {
    if (database == nullptr || database->index.size() == 0) continue;
    for (std::size_t mark = 0; mark < sum.size(); ++mark) sum[mark] += database->census[mark];
  }
  return sum;
}

/// False if there is nobody to evict.
bool EvictionSweep::open_window(std::size_t share) {
  window_ = marks_->window(total(), share);
  return window_.entries != 0;
}

/// Moves to the next chain of a database that has any. False if there is none at all.
bool EvictionSweep::step(Hand& hand) const {
  hand.place = 0;
  const auto& present = databases_[hand.database];
  if (present != nullptr && ++hand.chain < present->index.buckets()) return true;
  hand.chain = 0;
  for (std::size_t tries = 0; tries < databases_.size(); ++tries) {
    hand.database = (hand.database + 1) % databases_.size();
    const auto& next = databases_[hand.database];
    if (next != nullptr && next->index.buckets() != 0) return true;
  }
  return false;
}

/// Fetches what the hand will come to: the buckets for an eviction or two, and nearer by, where
/// they have come, the items that are likely to go.
void EvictionSweep::look_ahead(const Index& index) const {
  constexpr std::uint32_t kBuckets = 16;
  constexpr std::uint32_t kItems = 8;
  index.prefetch_chain(hand_.chain + kBuckets);
  index.prefetch_chosen(hand_.chain + kItems,
                        [this](const BucketPart& of) { return candidates(of); });
}

/// The next entry of the hand's chain that is in the window. Those that the policy spares stay,
/// unless this is the last chance.
Slot EvictionSweep::victim_at_hand(Ref spared, bool last_chance) {
  Database* database = databases_[hand_.database].get();
  if (database == nullptr || hand_.chain >= database->index.buckets()) return {};
  if (hand_.place == 0) look_ahead(database->index);
  Slot victim;
  int before = 0;  // places of the chain that are in other buckets before this one
  database->index.for_each_part(hand_.chain, [&](const BucketPart& of) {
    const int first = std::clamp(hand_.place - before, 0, Bucket::kSlots);
    for (std::uint32_t rest = candidates(of) >> first << first; rest != 0; rest &= rest - 1) {
      const Slot slot(of.bucket(), hand_.chain, std::countr_zero(rest));
      if (slot.ref() == spared) continue;
      const auto mark = last_chance ? std::nullopt : marks_->spare(slot.mark());
      if (mark) {
        remark(*database, slot, *mark);
        continue;
      }
      victim = slot;
      hand_.place = before + slot.place() + 1;
      return false;
    }
    before += Bucket::kSlots;
    return true;
  });
  return victim;
}

std::optional<EvictionSweep::Victim> EvictionSweep::next_victim(Ref spared) {
  for (std::size_t share = kWindowShare; share != 0; share /= 2) {
    if (share != kWindowShare) window_ = {};
    for (std::size_t chains = 0; chains < kBarrenChains; ++chains) {
      if (window_.entries == 0 && !open_window(share)) return std::nullopt;
      if (const Slot victim = victim_at_hand(spared, share == 1)) {
        // A widened window serves once: the hand would empty whole chains with it.
        if (share != kWindowShare) window_ = {};
        return Victim{databases_[hand_.database].get(), victim};
      }
      if (!step(hand_)) return std::nullopt;
    }
  }
  return std::nullopt;
}

void EvictionSweep::tick(std::int64_t now_ms) {
  marks_->tick(now_ms);
  renumber_if_wanted();
}

void EvictionSweep::pay_for_renumbering() {
  if (passing_) {
    pass(1);
  } else {
    renumber_if_wanted();
  }
}

void EvictionSweep::renumber_if_wanted() {
  if (passing_ || !wants_renumbering()) return;
  marks_->renumber(total(), epoch_.translation);
  for (const auto& database : databases_) {
    if (database == nullptr) continue;
    Census translated{};
    for (std::size_t mark = 0; mark < translated.size(); ++mark) {
      translated[epoch_.translation[mark]] += database->census[mark];
    }
    database->census = translated;
  }
  epoch_.current = !epoch_.current;
  window_ = {};
  passing_ = true;
  pass_ = {};
}

bool EvictionSweep::pass(std::size_t chains) {
  for (; passing_ && chains != 0; --chains) {
    const auto& database = databases_[pass_.database];
    if (database != nullptr && pass_.chain < database->index.buckets()) {
      database->index.refresh_marks(pass_.chain++);
      continue;
    }
    pass_.chain = 0;
    if (++pass_.database == databases_.size()) passing_ = false;
  }
  return passing_;
}

std::string EvictionSweep::check_invariants() const {
  for (const auto& database : databases_) {
    if (database == nullptr) continue;
    Census counted{};
    for (std::uint32_t chain = 0; chain < database->index.buckets(); ++chain) {
      database->index.for_each(chain, [&](Slot slot) {
        if (may_evict(slot.expires())) ++counted[slot.mark()];
        return true;
      });
    }
    if (counted != database->census) return "eviction: the census is not what the index holds";
  }
  return {};
}

}  // namespace libcache
