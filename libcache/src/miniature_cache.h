#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "eviction_policy.h"
#include "stack_distances.h"

namespace libcache {

/// A cache of a sample of the keys, without their values, whose hits tell those of a cache that is
/// larger by as much as all keys are more than the sample (Waldspurger et al., "Cache Modeling and
/// Optimization using Miniature Simulations", ATC 2017).
///
/// It evicts by the engine's own policies (eviction_policy.h): a hand goes round the keys and takes
/// those whose marks are in the policy's window, as eviction_sweep.h does. It goes by their
/// SampleIds, which are given out at random, so a key keeps its place on the way, as in an index.
///
/// Invariants (check_invariants()): the census counts the marks; used() is the sum of the weights,
/// which the owner keeps.
class MiniatureCache {
 public:
  /// `weights`: of each sampled key, in bytes; must outlive it.
  MiniatureCache(std::unique_ptr<EvictionPolicy> policy, const std::vector<SampleWeight>& weights);

  [[nodiscard]] bool has(SampleId key) const { return marks_[key] != kAbsent; }
  [[nodiscard]] std::uint64_t used() const { return used_; }
  [[nodiscard]] std::size_t size() const { return size_; }

  /// Precondition of the first: the key is not here; of the others: it is.
  void store(SampleId key, KeyHash hash);
  void use(SampleId key);
  void erase(SampleId key);
  /// The weight of a key that is here will be another one.
  void will_weigh(SampleId key, SampleWeight weight) {
    used_ += weight - std::uint64_t{weights_[key]};
  }

  /// Evicts one key and returns it. Precondition: there is one. `hash_of(key)` tells its hash.
  template <class HashOf>
  SampleId evict(HashOf&& hash_of) {
    const SampleId victim = next_victim();
    if (policy_->remembers(mark(victim))) policy_->evicted(hash_of(victim));
    erase(victim);
    return victim;
  }

  /// Time passes.
  void tick(std::int64_t now_ms);

  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] std::string check_invariants() const;

 private:
  static constexpr std::uint16_t kAbsent = 0xFFFF;

  [[nodiscard]] Mark mark(SampleId key) const { return static_cast<Mark>(marks_[key]); }
  [[nodiscard]] SampleId next_victim();
  void set_mark(SampleId key, Mark mark);
  void renumber_if_wanted();

  const std::unique_ptr<EvictionPolicy> policy_;
  const std::vector<SampleWeight>& weights_;
  std::vector<std::uint16_t> marks_;  // by key
  Census census_{};
  EvictionWindow window_;  // without entries it is closed
  std::uint64_t used_ = 0;
  std::size_t size_ = 0;
  std::size_t hand_ = 0;
};

}  // namespace libcache
