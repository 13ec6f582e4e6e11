#include "eviction_sweep.h"

#include <algorithm>
#include <numeric>

namespace libcache {

EvictionSweep::EvictionSweep(Databases& databases, Policy policy, const Clock& clock,
                             std::uint64_t seed)
    : databases_(databases),
      policy_(policy),
      only_volatile_(only_volatile(policy)),
      marks_(make_eviction_policy(policy, clock, seed)) {}

void EvictionSweep::set_policy(Policy policy, const Clock& clock, std::uint64_t seed) {
  policy_ = policy;
  only_volatile_ = only_volatile(policy);
  marks_ = make_eviction_policy(policy, clock, seed);
  window_ = 0;
  passing_ = false;
  for (const auto& database : databases_) {
    if (database == nullptr) continue;
    database->census.fill(0);
    const Mark mark = marks_->stored(0);
    for (std::uint32_t chain = 0; chain < database->index.buckets(); ++chain) {
      database->index.for_each(chain, [&](const Slot& slot) {
        slot.set_mark(mark);
        if (may_evict(slot.expires())) ++database->census[mark];
        return true;
      });
    }
  }
}

Mark EvictionSweep::stored(std::size_t entries) {
  pay_for_renumbering();
  return marks_->stored(entries);
}

void EvictionSweep::change_mark(Database& database, const Slot& slot, Mark mark) {
  left(database, slot.mark(), slot.expires());
  slot.set_mark(mark);
  entered(database, mark, slot.expires());
  pay_for_renumbering();
}

void EvictionSweep::entered(Database& database, Mark mark, bool expires) {
  if (!may_evict(expires)) return;
  ++database.census[mark];
  if (mark <= limit_ && window_ != 0) ++window_;
}

void EvictionSweep::left(Database& database, Mark mark, bool expires) {
  if (!may_evict(expires)) return;
  --database.census[mark];
  if (mark <= limit_ && window_ != 0) --window_;
}

Census EvictionSweep::total() const {
  Census sum{};
  for (const auto& database : databases_) {
    if (database == nullptr || database->index.size() == 0) continue;
    for (std::size_t mark = 0; mark < sum.size(); ++mark) sum[mark] += database->census[mark];
  }
  return sum;
}

/// Chooses the limit so that one of `share` entries is at or below it. False if there is none.
bool EvictionSweep::open_window(std::size_t share) {
  const Census census = total();
  const std::uint64_t all = std::accumulate(census.begin(), census.end(), std::uint64_t{0});
  const std::uint64_t wanted = std::max<std::uint64_t>(1, all / share);
  window_ = 0;
  for (limit_ = 0; limit_ < census.size(); ++limit_) {
    window_ += census[limit_];
    if (window_ >= wanted) return true;
  }
  return false;
}

/// Moves to the next chain of a database that has any. False if there is none at all.
bool EvictionSweep::step(Hand& hand) const {
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

/// The entry with the lowest mark in the hand's chain that is in the window.
std::optional<EvictionSweep::Victim> EvictionSweep::victim_at_hand(Ref spared) {
  Database* database = databases_[hand_.database].get();
  if (database == nullptr || hand_.chain >= database->index.buckets()) return std::nullopt;
  database->index.prefetch_chain(hand_.chain + 4);
  Slot best;
  database->index.for_each(hand_.chain, [&](const Slot& slot) {
    if (may_evict(slot.expires()) && slot.mark() <= limit_ && slot.ref() != spared &&
        (!best || slot.mark() < best.mark())) {
      best = slot;
    }
    return true;
  });
  return best ? std::optional(Victim{database, best}) : std::nullopt;
}

std::optional<EvictionSweep::Victim> EvictionSweep::next_victim(Ref spared) {
  for (std::size_t share = kWindowShare; share != 0; share /= 2) {
    if ((window_ == 0 || share != kWindowShare) && !open_window(share)) return std::nullopt;
    for (std::size_t chains = 0; chains < kBarrenChains; ++chains) {
      if (const auto victim = victim_at_hand(spared)) {
        // A widened window serves once: the hand would empty whole chains with it.
        if (share != kWindowShare) window_ = 0;
        return victim;
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
  if (passing_ || !marks_->wants_renumbering()) return;
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
  window_ = 0;
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
      database->index.for_each(chain, [&](const Slot& slot) {
        if (may_evict(slot.expires())) ++counted[slot.mark()];
        return true;
      });
    }
    if (counted != database->census) return "eviction: the census is not what the index holds";
  }
  return {};
}

}  // namespace libcache
