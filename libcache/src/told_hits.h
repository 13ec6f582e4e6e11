#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "hash.h"

namespace libcache {

/// The sampled keys of a shard of which the curve's estimator was told last. It need not know of
/// each hit of a key that is read again and again: caches of all sizes have such a key, under all
/// policies, so it makes no difference to the estimate. But one of them in the sample could use up
/// all the events that the sample may have (SamplingRate), and make it too small for an estimate.
///
/// Guarded by the shard's lock.
class ToldHits {
 public:
  /// A key is hit. Whether the estimator is to be told: not if it knows of three hits of the key,
  /// and has heard of nothing else about it and of fewer than four other keys since.
  [[nodiscard]] bool should_tell(KeyHash hash, int database) {
    Key& key = find_or_add(hash, database);
    if (key.hits == kEnough) return false;
    ++key.hits;
    return true;
  }
  /// The estimator is told of something else: that the key was missed, stored or erased.
  void told_of_other(KeyHash hash, int database) { find_or_add(hash, database).hits = 0; }

 private:
  static constexpr int kEnough = 3;  // S3-FIFO counts no more
  // Few: a key whose hits are not told sinks as far in the simulations, by so many in each shard.
  static constexpr std::size_t kKeys = 4;

  struct Key {
    std::uint64_t hash = 0;
    int database = 0;
    int hits = 0;
  };

  Key& find_or_add(KeyHash hash, int database) {
    const auto same = std::ranges::find_if(
        keys_, [&](const Key& key) { return key.hash == hash.bits && key.database == database; });
    if (same != keys_.end()) return *same;
    return keys_[next_++ % kKeys] = {hash.bits, database, 0};
  }

  std::array<Key, kKeys> keys_{};
  std::size_t next_ = 0;
};

}  // namespace libcache
