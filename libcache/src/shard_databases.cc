// Shard's operations on whole databases.

#include <algorithm>
#include <utility>

#include "random.h"
#include "shard_read.h"

namespace libcache {
namespace {

constexpr std::uint32_t kRandomKeyChains = 1024;

std::uint32_t reverse_bits(std::uint32_t v) {
  v = (v >> 1 & 0x5555'5555U) | (v & 0x5555'5555U) << 1;
  v = (v >> 2 & 0x3333'3333U) | (v & 0x3333'3333U) << 2;
  v = (v >> 4 & 0x0F0F'0F0FU) | (v & 0x0F0F'0F0FU) << 4;
  return __builtin_bswap32(v);
}

/// The one after `position` on a reverse binary walk over index chains, whose bits it increments
/// from the highest one down. A chain that is split later becomes two whose highest bit differs,
/// which the walk takes one after the other; joined ones are visited again. So no entry that stays
/// is missed. `mask`: that of the chain.
std::uint32_t next_position(std::uint32_t position, std::uint32_t mask) {
  return reverse_bits(reverse_bits(position | ~mask) + 1);
}

}  // namespace

bool Shard::is_shown(const Item& at, std::int64_t now_ms) const {
  return (!at.expires() || (at.deadline() > now_ms && !at.is_negative())) && !is_invalidated(at);
}

void Shard::clear(int database) {
  flights_.forget_all(database);
  const int number = numbers_[static_cast<std::size_t>(database)];
  auto& at = databases_[static_cast<std::size_t>(number)];
  if (at == nullptr) return;
  entries_ -= at->index.size();
  dying_.push_back({number, std::move(at)});
}

bool Shard::reserve(int logical, std::size_t entries, std::size_t most_bytes) {
  constexpr int kSteps = Arena::kIndexPageBytes / sizeof(Bucket);
  Index& index = make_database(logical).index;
  bool grows = true;
  arena_.grow_by_blocks();
  for (int i = 0; grows && i < kSteps; ++i) {
    const std::uint32_t before = index.buckets();
    if (arena_.page_bytes() < most_bytes) count_moved(index.grow_step(entries));
    grows = index.buckets() != before;
  }
  note_memory();
  return grows;
}

void Shard::swap_databases(int a, int b) {
  flights_.forget_all(a);
  flights_.forget_all(b);
  std::swap(numbers_[static_cast<std::size_t>(a)], numbers_[static_cast<std::size_t>(b)]);
  for (const int logical : {a, b}) {
    if (Database* in = database(logical)) in->logical = logical;
  }
}

std::size_t Shard::size(int logical) const {
  const Database* in = database(logical);
  return in == nullptr ? 0 : in->index.size();
}

std::size_t Shard::expiring(int logical) const {
  const Database* in = database(logical);
  return in == nullptr ? 0 : in->expiring;
}

template <class Visit>
std::uint32_t Shard::visit_chain(Database& in, std::uint32_t position, Visit&& visit) {
  const std::uint32_t chain = in.index.chain_of(position);
  const std::uint32_t mask = in.index.chain_mask(chain);
  in.index.for_each(chain, [&](const Slot& slot) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    prefetch(arena_.at(slot.ref()));
    return true;
  });
  // The walk goes by the reversed bits of hashes. It is amid this chain only if that was several
  // when it came here, which have been joined; then what is before the position was visited.
  const bool amid = (position & ~mask) != 0;
  in.index.for_each(chain, [&](const Slot& slot) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    const Item at = item(slot.ref());
    const auto place = [&] {
      return reverse_bits(hash_key(at.key(), environment_.hash_seed).bucket());
    };
    if (!amid || place() >= reverse_bits(position)) visit(slot.ref());
    return true;
  });
  return next_position(position, mask);
}

std::uint32_t Shard::scan(int logical, std::uint32_t position, std::size_t& visited,
                          const std::function<void(std::string_view)>& visit) {
  Database* in = database(logical);
  if (in == nullptr || in->index.buckets() == 0) return 0;
  const std::int64_t now = now_ms();
  return visit_chain(*in, position, [&](Ref ref) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    const Item at = item(ref);
    ++visited;
    if (is_shown(at, now)) visit(at.key());
  });
}

std::uint32_t Shard::walk(int number, int database, std::uint32_t position,
                          Snapshot::Visitor visit) {
  Database* in = databases_[static_cast<std::size_t>(number)].get();
  if (in == nullptr || in->index.buckets() == 0) return 0;
  const std::int64_t now = now_ms();
  return visit_chain(*in, position, [&](Ref ref) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    const Item at = item(ref);
    if (!is_shown(at, now)) return;
    visit({.key = {at.key(), database},
           .value = at.value(),
           .deadline_ms = at.deadline_or_none(),
           .pin = pin_of(at),
           .pins_key = at.key_in_extent()});
  });
}

template <class Goes>
std::size_t Shard::remove_from_chain(Database& in, std::uint32_t& position, Goes&& goes) {
  const std::uint32_t at = std::exchange(
      position, next_position(position, in.index.chain_mask(in.index.chain_of(position))));
  std::size_t removed = 0;
  std::array<Ref, 2 * Bucket::kSlots> going;
  std::size_t count = 0;
  do {
    count = 0;
    in.index.for_each(in.index.chain_of(at), [&](const Slot& slot) ABSL_NO_THREAD_SAFETY_ANALYSIS {
      if (slot.ref() != spared_ && goes(item(slot.ref()))) going[count++] = slot.ref();
      return count < going.size();
    });
    // Removing may join chains, so each slot is looked up anew.
    for (std::size_t i = 0; i < count; ++i) remove(find_ref(going[i]), RemovalCause::kInvalidated);
    removed += count;
  } while (count == going.size());
  return removed;
}

std::size_t Shard::erase_prefix(Key prefix, std::uint32_t& position) {
  if (position == 0) flights_.forget_prefix(prefix);
  Database* in = database(prefix.database());
  if (in == nullptr || in->index.buckets() == 0) {
    position = 0;
    return 0;
  }
  const std::int64_t now = now_ms();
  return remove_from_chain(*in, position, [&](const Item& at) {
    return at.key().starts_with(prefix.bytes()) && is_shown(at, now);
  });
}

/// Takes invalidated entries out, looking at so many index chains at most. Returns whether there
/// was one.
bool Shard::reclaim_invalidated(std::size_t chains) {
  InvalidationPass& pass = invalidation_pass_;
  std::size_t reclaimed = 0;
  while (is_behind_on_invalidations() && chains != 0) {
    if (pass.number == 0 && pass.position == 0) pass.begun = environment_.tag_epochs->now();
    Database* in = databases_[static_cast<std::size_t>(pass.number)].get();
    if (in != nullptr && in->tagged != 0) {
      reclaimed += remove_from_chain(*in, pass.position,
                                     [this](const Item& at) { return is_invalidated(at); });
      --chains;
    } else {
      pass.position = 0;
    }
    if (pass.position != 0) continue;
    pass.number = (pass.number + 1) % kDatabases;
    if (pass.number == 0) pass.ended = pass.begun;
  }
  return reclaimed != 0;
}

std::optional<std::string> Shard::random_key(int logical, std::uint64_t& random) {
  Database* in = database(logical);
  if (in == nullptr || in->index.size() == 0) return std::nullopt;
  const std::int64_t now = now_ms();
  const std::uint32_t chains = in->index.buckets();
  const auto first = static_cast<std::uint32_t>(next_random(random) % chains);
  // Expired entries are passed over; so many chains without a live one hardly exist.
  for (std::uint32_t i = 0; i < std::min(chains, kRandomKeyChains); ++i) {
    std::array<Ref, 2 * Bucket::kSlots> live;
    std::size_t count = 0;
    in->index.for_each((first + i) % chains, [&](const Slot& slot) ABSL_NO_THREAD_SAFETY_ANALYSIS {
      const Item at = item(slot.ref());
      if (is_shown(at, now)) live[count++] = slot.ref();
      return count < live.size();
    });
    if (count != 0) return std::string(item(live[next_random(random) % count]).key());
  }
  return std::nullopt;
}

}  // namespace libcache
