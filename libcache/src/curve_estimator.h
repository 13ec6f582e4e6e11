#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <libcache/clock.h>
#include <libcache/miss_ratio_curve.h>

#include "budget.h"
#include "mutex.h"
#include "sampling_rate.h"
#include "simulations.h"

namespace libcache {

/// Estimates the hit ratio of a cache under other limits and policies while it works
/// (miss_ratio_curve.h), from a sample of its keys (sampling_rate.h) and simulations of them
/// (simulations.h).
///
/// What is estimated is the difference to the real cache. Each read of a sampled key compares what
/// the real cache did with what the simulations would have done; the sum of these, divided by the
/// share of the keys that take part, is what each would have hit more (or less) than the real one,
/// whose hits are counted anyway. A hot key, which hits everywhere, makes no difference, whether it
/// is in the sample or not; that is what makes a small sample of skewed traffic good enough (SHARDS
/// has its adjustment for this). A key that no simulation knows makes none either: either nobody
/// has it, or it was there before the simulations were.
///
/// That share is corrected by what is known of the misses: how many there were, and how many of
/// them the sample has seen. (Control variates and ratio estimators: Cochran, Sampling Techniques.)
///
/// Memory: 110 bytes for each of at most 8192 keys, 0.9 MB; fewer where that were more than a 64th
/// of the limit, but 512. And what five S3-FIFO policies remember, 100 KB at most. It is charged to
/// the limit. Another limit that allows another number of keys begins with none; without a limit
/// there is room for none.
///
///     a key and its id 28 | weight 4 | in the stack: 3 positions of 14, its own 4 | 15 marks 30
///
/// Thread-safe, by one lock that is taken after a shard's, about 2000 times a second at most.
class CurveEstimator {
 public:
  /// For a cache with that limit; 0: there is none, and nothing to estimate.
  CurveEstimator(Budget& budget, const Clock& clock, std::uint64_t seed);
  ~CurveEstimator();
  CurveEstimator(const CurveEstimator&) = delete;
  CurveEstimator& operator=(const CurveEstimator&) = delete;

  /// What the real cache holds under a key.
  struct Entry {
    std::size_t bytes;  ///< of the key and the value
    std::int64_t deadline_ms;
  };

  // --- Fed with what the keys below the threshold do ------------------------------------------

  /// KeyHash::bucket() of the keys that take part is below this. Others may be passed, too, and
  /// make no difference.
  [[nodiscard]] std::uint32_t threshold() const {
    return threshold_.load(std::memory_order_relaxed);
  }
  /// `found`: a hit.
  void read(KeyHash hash, int database, const std::optional<Entry>& found)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void stored(KeyHash hash, int database, const Entry& entry) ABSL_LOCKS_EXCLUDED(mutex_);
  /// By request, whether or not the real cache had it.
  void erased(KeyHash hash, int database) ABSL_LOCKS_EXCLUDED(mutex_);

  void clear(int database) ABSL_LOCKS_EXCLUDED(mutex_);
  void swap_databases(int a, int b) ABSL_LOCKS_EXCLUDED(mutex_);

  // --- Fed with what is true of the whole cache -----------------------------------------------

  struct Totals {
    std::uint64_t reads = 0;  ///< since the start or the last reset, as the next one
    std::uint64_t hits = 0;
    std::size_t entries = 0;
    std::size_t entry_bytes = 0;  ///< of keys and values
    std::size_t memory = 0;       ///< charged
  };
  /// The cache is empty, and has charged so much.
  void set_empty_memory(std::size_t bytes) ABSL_LOCKS_EXCLUDED(mutex_);
  /// Another limit: what was estimated is forgotten. Throws std::bad_alloc, and all is as before.
  void set_limit(std::size_t limit) ABSL_LOCKS_EXCLUDED(mutex_);
  /// To be called at next_tick() or later.
  void tick(const Totals& totals) ABSL_LOCKS_EXCLUDED(mutex_);
  [[nodiscard]] std::int64_t next_tick() const ABSL_LOCKS_EXCLUDED(mutex_);
  /// Forgets the estimate; the totals begin at 0 again.
  void reset() ABSL_LOCKS_EXCLUDED(mutex_);

  [[nodiscard]] MissRatioCurve curve(const Totals& totals) const ABSL_LOCKS_EXCLUDED(mutex_);

  /// Charged for it.
  [[nodiscard]] std::size_t bytes() const ABSL_LOCKS_EXCLUDED(mutex_);
  [[nodiscard]] std::string check_invariants() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  using Sums = std::array<std::array<double, MissRatioCurve::kSizes.size()>,
                          MissRatioCurve::kPolicies.size()>;

  void simulate_for(std::size_t limit) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] std::size_t fixed_bytes() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] std::size_t all_bytes() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] bool takes_part(KeyHash hash) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void store(KeyHash hash, int database, const Entry& entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void count(const Simulations::Hits& hits, bool in_cache) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] double correction(double misses) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void lower_rate(SamplingRate::Part part) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void spread() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void learn_overhead(const Totals& totals) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void forget() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Budget& budget_;
  const Clock& clock_;
  const std::uint64_t seed_;
  std::atomic<std::uint32_t> threshold_{0};

  mutable Mutex mutex_;
  std::unique_ptr<Simulations> simulations_ ABSL_GUARDED_BY(mutex_);  // null without a limit
  SamplingRate rate_ ABSL_GUARDED_BY(mutex_);
  std::size_t limit_ ABSL_GUARDED_BY(mutex_);
  std::size_t empty_memory_ ABSL_GUARDED_BY(mutex_) = 0;
  std::size_t overhead_ ABSL_GUARDED_BY(mutex_) = 16;  // of an entry, in bytes
  // Hits of the simulations more than of the real cache, and misses of the real one, scaled from
  // the sample to all keys; and what it really had. All of them lose half in kHalfLifeMs.
  Sums differences_ ABSL_GUARDED_BY(mutex_){};
  double sampled_misses_ ABSL_GUARDED_BY(mutex_) = 0;
  double reads_ ABSL_GUARDED_BY(mutex_) = 0;
  double hits_ ABSL_GUARDED_BY(mutex_) = 0;
  Totals last_ ABSL_GUARDED_BY(mutex_);  // that are in these
  std::int64_t last_tick_ms_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace libcache
