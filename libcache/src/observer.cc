#include "observer.h"

#include <algorithm>
#include <bit>
#include <optional>

#include "shard.h"

namespace libcache {
namespace {

using Reason = Departures::Reason;

std::size_t cells_of(std::size_t limit, unsigned shards) {
  constexpr std::size_t kShare = 128;
  constexpr std::size_t kWithoutLimit = std::size_t{128} << 10;
  const std::size_t bytes = limit == 0 ? kWithoutLimit : limit / kShare / shards;
  return std::bit_floor(std::max(bytes, Departures::kCellBytes) / Departures::kCellBytes);
}

/// None: what misses the key then was not removed.
std::optional<Reason> reason_of(RemovalCause cause) {
  switch (cause) {
    case RemovalCause::kExplicit:
      return Reason::kErased;
    case RemovalCause::kExpired:
      return Reason::kExpired;
    case RemovalCause::kEvicted:
      return Reason::kEvicted;
    case RemovalCause::kInvalidated:
      return Reason::kInvalidated;
    case RemovalCause::kReplaced:
      break;
  }
  return std::nullopt;
}

void count(MissReasons& reasons, Reason reason) {
  switch (reason) {
    case Reason::kErased:
      ++reasons.erased;
      break;
    case Reason::kExpired:
      ++reasons.expired;
      break;
    case Reason::kEvicted:
      ++reasons.evicted;
      break;
    case Reason::kInvalidated:
      ++reasons.invalidated;
      break;
    case Reason::kUnknown:
      ++reasons.cold;
      break;
  }
}

}  // namespace

std::unique_ptr<Observer> Observer::of(const ShardEnvironment& environment) {
  if (environment.removals == nullptr && environment.prefix_rules == nullptr &&
      !environment.miss_reasons) {
    return nullptr;
  }
  return std::make_unique<Observer>(environment);
}

Observer::Observer(const ShardEnvironment& environment) : environment_(environment) {
  Budget& budget = *environment.budget;
  if (environment.miss_reasons) {
    departures_ =
        std::make_unique<Departures>(budget, cells_of(budget.limit(), environment.shard_count));
  }
  if (environment.prefix_rules != nullptr) prefixes_.resize(environment.prefix_rules->size());
  budget.charge(prefixes_.size() * sizeof(PrefixStats));
}

PrefixStats* Observer::figures_of(std::string_view key, std::vector<PrefixStats>& figures) const {
  if (figures.empty()) return nullptr;
  const auto number = environment_.prefix_rules->find(key);
  return number ? &figures[*number] : nullptr;
}

// ---------------------------------------------------------------------------------------------
// Reads and loads

void Observer::hit(Key key) {
  if (PrefixStats* prefix = figures_of(key.bytes(), prefixes_)) ++prefix->hits;
}

void Observer::missed(Key key, KeyHash hash, bool negative) {
  PrefixStats* prefix = figures_of(key.bytes(), prefixes_);
  if (prefix != nullptr) ++prefix->misses;
  if (departures_ == nullptr) return;
  if (negative) {
    ++miss_reasons_.absent;
    if (prefix != nullptr) ++prefix->miss_reasons.absent;
    return;
  }
  const Reason reason = departures_->reason_of(key, hash);
  count(miss_reasons_, reason);
  if (prefix != nullptr) count(prefix->miss_reasons, reason);
}

void Observer::set(Key key) {
  if (PrefixStats* prefix = figures_of(key.bytes(), prefixes_)) ++prefix->sets;
}

void Observer::loaded(Key key, bool failed, std::chrono::nanoseconds took) {
  PrefixStats* prefix = figures_of(key.bytes(), prefixes_);
  if (prefix == nullptr) return;
  ++(failed ? prefix->load_failures : prefix->loads);
  prefix->load_ns += static_cast<std::uint64_t>(took.count());
}

// ---------------------------------------------------------------------------------------------
// Entries

void Observer::add(const Item& at, std::vector<PrefixStats>& figures) const {
  PrefixStats* prefix = figures_of(at.key(), figures);
  if (prefix == nullptr) return;
  ++prefix->entries;
  prefix->bytes += at.key_size() + at.value_size();
}

void Observer::dropped(const Item& at) {
  PrefixStats* prefix = figures_of(at.key(), prefixes_);
  if (prefix == nullptr) return;
  --prefix->entries;
  prefix->bytes -= at.key_size() + at.value_size();
}

void Observer::removed(const Item& at, int database, RemovalCause cause) {
  if (at.is_negative()) return;
  const auto reason = reason_of(cause);
  if (departures_ != nullptr && reason) {
    const Key key(at.key(), database);
    departures_->note(key, hash_key(key.bytes(), environment_.hash_seed), *reason);
  }
  tell(at, database, cause);
}

// Its key may be there anew: nothing that a miss will ask for.
void Observer::cleared(const Item& at, int database) {
  if (!at.is_negative()) tell(at, database, RemovalCause::kExplicit);
}

void Observer::tell(const Item& at, int database, RemovalCause cause) {
  if (environment_.removals != nullptr) {
    environment_.removals->post(Key(at.key(), database), at.value(), cause);
  }
}

void Observer::set_limit(std::size_t limit) {
  if (departures_ == nullptr) return;
  const std::size_t cells = cells_of(limit, environment_.shard_count);
  if (cells * Departures::kCellBytes == departures_->bytes()) return;
  departures_.reset();  // first, as memory may be short
  departures_ = std::make_unique<Departures>(*environment_.budget, cells);
}

std::size_t Observer::bytes() const {
  return prefixes_.size() * sizeof(PrefixStats) +
         (departures_ == nullptr ? 0 : departures_->bytes());
}

void Observer::reset_counters() {
  miss_reasons_ = {};
  for (PrefixStats& prefix : prefixes_) {
    prefix = {.entries = prefix.entries, .bytes = prefix.bytes};
  }
}

}  // namespace libcache
