#include "simulations.h"

#include <algorithm>
#include <utility>

namespace libcache {

Simulations::Simulations(Budget& budget, std::size_t keys, const Clock& clock, std::uint64_t seed)
    : keys_(keys, seed), weights_(keys), stack_(keys), arena_(budget, Arena::region_bytes_for(1)) {
  for (std::size_t i = 0; i != kMiniatures; ++i) {
    auto policy =
        make_eviction_policy(MissRatioCurve::kPolicies[1 + i / kSizes], arena_, clock, seed + i);
    miniatures_[i] = std::make_unique<MiniatureCache>(std::move(policy), weights_);
  }
}

void Simulations::set_capacity(const std::array<double, kSizes>& bytes) {
  std::ranges::transform(bytes, capacity_.begin(),
                         [](double of) { return static_cast<std::uint64_t>(std::max(0.0, of)); });
  for (std::size_t i = 0; i != kMiniatures; ++i) evict_until_fits(i, 0);
}

// ---------------------------------------------------------------------------------------------
// What happens to a key

SampleId Simulations::find(KeyHash hash, int database, std::int64_t now_ms) {
  const SampleId key = keys_.find(hash, database);
  if (key == kNoSample) return kNoSample;
  const std::int64_t deadline_ms = keys_[key].deadline_ms;
  if (deadline_ms == kNoDeadline || deadline_ms > now_ms) return key;
  erase(key);
  return kNoSample;
}

Simulations::Hits Simulations::read(SampleId key, bool in_cache) {
  Hits hits{};
  keys_[key].missed = !in_cache;
  if (stack_.has(key)) {
    const std::uint64_t distance = stack_.distance(key);
    for (std::size_t size = 0; size != kSizes; ++size) hits[0][size] = distance <= capacity_[size];
    stack_.touch(key, weights_[key]);
  } else if (in_cache) {
    store_in_stack(key);
  }
  for (std::size_t i = 0; i != kMiniatures; ++i) {
    const bool hit = miniatures_[i]->has(key);
    hits[1 + i / kSizes][i % kSizes] = hit;
    if (hit) {
      miniatures_[i]->use(key);
    } else if (in_cache) {
      store_in(i, key);
    }
  }
  return hits;
}

void Simulations::store(KeyHash hash, int database, SampleWeight weight, std::int64_t deadline_ms,
                        std::int64_t now_ms) {
  SampleId key = find(hash, database, now_ms);
  if (key == kNoSample) key = keys_.add(hash, database);
  keys_[key].deadline_ms = deadline_ms;
  // What a miss has brought is no use of who did not miss.
  const bool is_use = !std::exchange(keys_[key].missed, false);
  ++keys_[key].holders;  // stays while this goes on
  reweigh(key, weight);
  store_in_stack(key);
  for (std::size_t i = 0; i != kMiniatures; ++i) {
    if (!miniatures_[i]->has(key)) {
      store_in(i, key);
      continue;
    }
    if (is_use) miniatures_[i]->use(key);
    evict_until_fits(i, 0);
  }
  leaves(key);
}

void Simulations::reweigh(SampleId key, SampleWeight weight) {
  for (const auto& miniature : miniatures_) {
    if (miniature->has(key)) miniature->will_weigh(key, weight);
  }
  weights_[key] = weight;
}

/// On top, where it may be already.
void Simulations::store_in_stack(SampleId key) {
  if (stack_.has(key)) {
    stack_.touch(key, weights_[key]);
  } else {
    stack_.push(key, weights_[key]);
    ++keys_[key].holders;
  }
  while (stack_.total() > capacity_.back()) {
    const SampleId bottom = stack_.bottom();
    if (stack_.total() <= capacity_.back()) break;  // that was holes
    stack_.drop(bottom);
    leaves(bottom);
  }
}

void Simulations::store_in(std::size_t miniature, SampleId key) {
  if (weights_[key] > capacity_[miniature % kSizes]) return;
  evict_until_fits(miniature, weights_[key]);
  miniatures_[miniature]->store(key, {keys_[key].hash});
  ++keys_[key].holders;
}

void Simulations::evict_until_fits(std::size_t miniature, std::uint64_t more) {
  MiniatureCache& cache = *miniatures_[miniature];
  while (cache.size() != 0 && cache.used() + more > capacity_[miniature % kSizes]) {
    leaves(cache.evict([this](SampleId key) { return KeyHash{keys_[key].hash}; }));
  }
}

/// One of those that have a key has it no more.
void Simulations::leaves(SampleId key) {
  if (--keys_[key].holders == 0) keys_.remove(key);
}

void Simulations::erase(SampleId key) {
  for (const auto& miniature : miniatures_) {
    if (miniature->has(key)) miniature->erase(key);
  }
  if (stack_.has(key)) stack_.remove(key);
  keys_.remove(key);
}

// ---------------------------------------------------------------------------------------------
// What happens to many

template <class Matches>
void Simulations::erase_if(Matches&& matches) {
  for (std::size_t id = 0; id != keys_.most(); ++id) {
    const auto key = static_cast<SampleId>(id);
    if (keys_[key].used && matches(keys_[key])) erase(key);
  }
}

void Simulations::expire_some(std::int64_t now_ms) {
  constexpr std::size_t kLooks = 4;
  for (std::size_t i = 0; i != kLooks; ++i) {
    expiry_hand_ = (expiry_hand_ + 1) % keys_.most();
    const auto key = static_cast<SampleId>(expiry_hand_);
    const std::int64_t deadline_ms = keys_[key].deadline_ms;
    if (keys_[key].used && deadline_ms != kNoDeadline && deadline_ms <= now_ms) erase(key);
  }
}

void Simulations::clear(int database) {
  erase_if([=](const SampledKeys::Key& key) { return key.database == database; });
}

void Simulations::swap_databases(int a, int b) {
  // Through a number that no database has, as both may have a key.
  constexpr int kNoDatabase = kDatabases;
  for (const auto& [from, to] : {std::pair{a, kNoDatabase}, {b, a}, {kNoDatabase, b}}) {
    for (std::size_t id = 0; id != keys_.most(); ++id) {
      const auto key = static_cast<SampleId>(id);
      if (keys_[key].used && keys_[key].database == from) keys_.move(key, to);
    }
  }
}

void Simulations::keep_only(const SamplingRate& rate, SamplingRate::Part part) {
  stack_.shrink_holes(part);
  for (std::size_t id = 0; id != keys_.most(); ++id) {
    const auto key = static_cast<SampleId>(id);
    if (!keys_[key].used || rate.takes({keys_[key].hash})) continue;
    if (stack_.has(key)) stack_.drop(key);
    erase(key);
  }
}

void Simulations::tick(std::int64_t now_ms) {
  for (const auto& miniature : miniatures_) miniature->tick(now_ms);
}

// ---------------------------------------------------------------------------------------------
// Itself

std::size_t Simulations::bytes() const {
  std::size_t bytes =
      sizeof(*this) + keys_.bytes() + stack_.bytes() + weights_.size() * sizeof(SampleWeight);
  for (const auto& miniature : miniatures_) bytes += miniature->bytes();
  return bytes;
}

std::size_t Simulations::arena_bytes() const {
  return arena_.object_bytes() + arena_.page_bytes() + arena_.overhead_bytes();
}

std::string Simulations::check_invariants() const {
  if (std::string broken = keys_.check_invariants(); !broken.empty()) return broken;
  if (std::string broken = stack_.check_invariants(); !broken.empty()) return broken;
  for (const auto& miniature : miniatures_) {
    if (std::string broken = miniature->check_invariants(); !broken.empty()) return broken;
  }
  for (std::size_t id = 0; id != keys_.most(); ++id) {
    const auto key = static_cast<SampleId>(id);
    std::size_t holders = stack_.has(key) ? 1U : 0U;
    for (const auto& miniature : miniatures_) holders += miniature->has(key) ? 1U : 0U;
    if (holders != keys_[key].holders) return "simulations: a key does not know who has it";
    if (keys_[key].used != (holders != 0)) return "simulations: nobody has a key that is known";
  }
  return {};
}

}  // namespace libcache
