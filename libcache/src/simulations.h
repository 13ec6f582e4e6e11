#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <libcache/key.h>
#include <libcache/miss_ratio_curve.h>

#include "arena.h"
#include "miniature_cache.h"
#include "sampled_keys.h"
#include "sampling_rate.h"
#include "stack_distances.h"

namespace libcache {

/// Caches of other sizes and policies, of sampled keys and without values: what each of them would
/// have. All LRU caches are one stack (stack_distances.h), each other one is a miniature.
///
/// They are fed with what is asked of the real cache, and behave as its user would have made them:
/// what one of them misses and the real one hits it stores at once, as the user would have loaded
/// it; what the real one misses too it stores when the user does.
///
/// Invariants (check_invariants()): a key is known exactly if it is in a simulation, and knows in
/// how many.
class Simulations {
 public:
  /// Of MissRatioCurve::kPolicies at kSizes.
  using Hits =
      std::array<std::array<bool, MissRatioCurve::kSizes.size()>, MissRatioCurve::kPolicies.size()>;

  /// At most `keys` at once. `budget` is for what S3-FIFO remembers.
  Simulations(Budget& budget, std::size_t keys, const Clock& clock, std::uint64_t seed);

  /// What each of the caches has room for, of the sample's bytes.
  void set_capacity(const std::array<double, MissRatioCurve::kSizes.size()>& bytes);

  [[nodiscard]] std::size_t size() const { return keys_.size(); }
  [[nodiscard]] bool full() const { return keys_.full(); }
  [[nodiscard]] std::size_t most() const { return keys_.most(); }
  /// kNoSample if no simulation has it. One whose deadline has passed is removed.
  [[nodiscard]] SampleId find(KeyHash hash, int database, std::int64_t now_ms);

  /// A key is read that is known. `in_cache`: the real cache has it. Returns who else does.
  [[nodiscard]] Hits read(SampleId key, bool in_cache);
  /// A key is stored, or read that is there and not known. Precondition: it is known, or not
  /// full().
  void store(KeyHash hash, int database, SampleWeight weight, std::int64_t deadline_ms,
             std::int64_t now_ms);
  /// A known key is erased, or has expired.
  void erase(SampleId key);
  /// Removes some of those whose deadlines have passed: all are looked at in turn.
  void expire_some(std::int64_t now_ms);
  void clear(int database);
  void swap_databases(int a, int b);
  /// Forgets the keys that do not take part any more, after the rate fell by that part.
  void keep_only(const SamplingRate& rate, SamplingRate::Part part);
  void tick(std::int64_t now_ms);

  /// Apart from what is charged to the budget.
  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] std::size_t arena_bytes() const;
  [[nodiscard]] std::string check_invariants() const;

 private:
  static constexpr std::size_t kSizes = MissRatioCurve::kSizes.size();
  static constexpr std::size_t kMiniatures = (MissRatioCurve::kPolicies.size() - 1) * kSizes;
  static_assert(MissRatioCurve::kPolicies[0] == Policy::kAllKeysLru);

  void reweigh(SampleId key, SampleWeight weight);
  void store_in_stack(SampleId key);
  void store_in(std::size_t miniature, SampleId key);
  void evict_until_fits(std::size_t miniature, std::uint64_t more);
  void leaves(SampleId key);
  template <class Matches>
  void erase_if(Matches&& matches);

  SampledKeys keys_;
  std::vector<SampleWeight> weights_;  // by key
  StackDistances stack_;
  Arena arena_;
  // The policies but LRU, each at all sizes.
  std::array<std::unique_ptr<MiniatureCache>, kMiniatures> miniatures_;
  std::array<std::uint64_t, kSizes> capacity_{};
  std::size_t expiry_hand_ = 0;
};

}  // namespace libcache
