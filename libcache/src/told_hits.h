#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "hash.h"

namespace libcache {

/// The last sampled keys of a shard of whose hits the curve's estimator was told. It need not know
/// of each hit of a key that is read again and again: caches of all sizes have such a key, under
/// all policies, so it makes no difference to the estimate. But one of them in the sample could use
/// up all the events that the sample may have (SamplingRate), and make it too small for an
/// estimate.
///
/// Guarded by the shard's lock.
class ToldHits {
 public:
  /// Whether the estimator knows of enough hits of this key, without many of other keys since. If
  /// not, it is to be told of this one.
  [[nodiscard]] bool know_enough_of(KeyHash hash, int database) {
    const auto same = std::ranges::find_if(keys_, [&](const Key& key) {
      return key.hits != 0 && key.hash == hash.bits && key.database == database;
    });
    if (same == keys_.end()) {
      keys_[next_++ % keys_.size()] = {hash.bits, database, 1};
      return false;
    }
    if (same->hits == kEnough) return true;
    ++same->hits;
    return false;
  }

 private:
  static constexpr int kEnough = 3;  // S3-FIFO counts no more
  // Few: those that are not told of sink as far in the simulations, by this many in each shard.
  static constexpr std::size_t kKeys = 4;

  struct Key {
    std::uint64_t hash = 0;
    int database = 0;
    int hits = 0;
  };

  std::array<Key, kKeys> keys_{};
  std::size_t next_ = 0;
};

}  // namespace libcache
