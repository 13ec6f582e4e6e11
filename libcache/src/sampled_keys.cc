#include "sampled_keys.h"

#include <bit>
#include <utility>

#include "random.h"

namespace libcache {

SampledKeys::SampledKeys(std::size_t most, std::uint64_t seed)
    : keys_(most), table_(std::bit_ceil(2 * most), kNoSample), random_(seed) {
  free_.reserve(most);
  for (std::size_t id = most; id != 0; --id) free_.push_back(static_cast<SampleId>(id - 1));
}

/// Sampled hashes have much in common: where they begin is computed from all their bits.
std::size_t SampledKeys::home(std::uint64_t hash, int database) const {
  constexpr std::uint64_t kGolden = 0x9E37'79B9'7F4A'7C15;
  const std::uint64_t mixed = (hash + static_cast<std::uint64_t>(database)) * kGolden;
  return static_cast<std::size_t>(mixed >> 32) & (table_.size() - 1);
}

SampleId SampledKeys::find(KeyHash hash, int database) const {
  for (std::size_t i = home(hash.bits, database); table_[i] != kNoSample;
       i = (i + 1) & (table_.size() - 1)) {
    const Key& key = keys_[table_[i]];
    if (key.hash == hash.bits && key.database == database) return table_[i];
  }
  return kNoSample;
}

SampleId SampledKeys::add(KeyHash hash, int database) {
  std::swap(free_[next_random(random_) % free_.size()], free_.back());
  const SampleId id = free_.back();
  free_.pop_back();
  keys_[id] = {.hash = hash.bits, .database = static_cast<std::uint8_t>(database), .used = true};
  insert(id);
  ++size_;
  return id;
}

void SampledKeys::remove(SampleId id) {
  erase(id);
  keys_[id] = {};
  free_.push_back(id);
  --size_;
}

void SampledKeys::move(SampleId id, int database) {
  erase(id);
  keys_[id].database = static_cast<std::uint8_t>(database);
  insert(id);
}

void SampledKeys::insert(SampleId id) {
  std::size_t i = home(keys_[id].hash, keys_[id].database);
  while (table_[i] != kNoSample) i = (i + 1) & (table_.size() - 1);
  table_[i] = id;
}

void SampledKeys::erase(SampleId id) {
  const std::size_t mask = table_.size() - 1;
  std::size_t gap = home(keys_[id].hash, keys_[id].database);
  while (table_[gap] != id) gap = (gap + 1) & mask;
  for (std::size_t i = (gap + 1) & mask; table_[i] != kNoSample; i = (i + 1) & mask) {
    const Key& key = keys_[table_[i]];
    const std::size_t from_home = (i - home(key.hash, key.database)) & mask;
    if (from_home < ((i - gap) & mask)) continue;  // the gap lies before its home
    table_[gap] = table_[i];
    gap = i;
  }
  table_[gap] = kNoSample;
}

std::size_t SampledKeys::bytes() const {
  return keys_.size() * (sizeof(Key) + sizeof(SampleId)) + table_.size() * sizeof(SampleId);
}

std::string SampledKeys::check_invariants() const {
  std::size_t used = 0;
  for (std::size_t id = 0; id != keys_.size(); ++id) {
    const Key& key = keys_[id];
    if (!key.used) continue;
    ++used;
    if (find({key.hash}, key.database) != id) return "sampled keys: one is not found";
  }
  if (used != size_ || used + free_.size() != keys_.size()) return "sampled keys: miscounted";
  return {};
}

}  // namespace libcache
