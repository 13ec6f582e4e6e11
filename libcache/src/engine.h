#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <thread>
#include <vector>

#include <libcache/cache.h>

#include "curve_estimator.h"
#include "default_ttl.h"
#include "flight_waits.h"
#include "join_pace.h"
#include "load_time_recorder.h"
#include "mutex.h"
#include "prefix_rules.h"
#include "removal_notifier.h"
#include "shard.h"
#include "tag_epochs.h"

namespace libcache {

/// What is behind Cache and KeyLock: the shards, what they share, and the maintenance thread.
class Engine final : public Surroundings {
 public:
  explicit Engine(const Options& options);
  ~Engine() override;

  [[nodiscard]] KeyHash hash(Key key) const {
    return hash_key(key.bytes(), environment_.hash_seed);
  }
  [[nodiscard]] unsigned shard_count() const { return environment_.shard_count; }
  [[nodiscard]] Shard& shard(unsigned number) const { return *shards_[number]; }
  [[nodiscard]] Shard& shard_of(KeyHash hash) const { return shard(hash.shard(shard_count())); }
  [[nodiscard]] std::optional<std::chrono::milliseconds> default_ttl() const {
    return default_ttl_.get();
  }
  void set_default_ttl(std::optional<std::chrono::milliseconds> ttl);
  [[nodiscard]] const Clock& clock() const { return *environment_.clock; }
  [[nodiscard]] Budget& budget() const { return *environment_.budget; }
  [[nodiscard]] ExtentPool& extents() const { return *environment_.extents; }
  [[nodiscard]] TagEpochs& tag_epochs() { return *tag_epochs_; }
  [[nodiscard]] FlightWaits& flight_waits() { return flight_waits_; }
  [[nodiscard]] LoadTimeRecorder& load_times() { return load_times_; }
  /// Null if nobody asked for the curve.
  [[nodiscard]] CurveEstimator* curve() { return curve_.get(); }
  [[nodiscard]] const CurveEstimator* curve() const { return curve_.get(); }
  /// To be held from reading the totals to telling the curve of them, and while they are reset: so
  /// it is told of no older ones than before. Taken before a shard's.
  [[nodiscard]] Mutex& totals_mutex() ABSL_LOCK_RETURNED(totals_mutex_) { return totals_mutex_; }
  /// What the curve asks for.
  [[nodiscard]] static CurveEstimator::Totals curve_totals(const ShardStats& all,
                                                           std::size_t memory);
  /// Null if nobody is told of removals.
  [[nodiscard]] RemovalNotifier* removals() { return removals_.get(); }
  /// What the figures by prefix are of, in their order.
  [[nodiscard]] const std::vector<std::string>& prefixes() const { return prefixes_; }

  [[nodiscard]] Policy policy() const { return policy_.load(std::memory_order_relaxed); }
  void set_policy(Policy policy);
  void set_max_memory(std::size_t bytes);
  void set_active_expiry(bool on);

  /// One round of background work over all shards; see Cache::maintain().
  std::int64_t maintain(std::size_t budget);
  /// Makes the maintenance thread look at once.
  void wake();
  /// Ends the threads; the listener for removals is told of those that wait.
  void stop();

  [[nodiscard]] std::uint64_t random();

  bool make_room_elsewhere(const Shard& asking, std::uint64_t held_together) override;
  [[nodiscard]] bool others_hold_more(const Shard& asking) const override;
  void deadline_added(std::int64_t deadline_ms) override;
  void work_added() override { wake(); }

 private:
  static constexpr std::int64_t kAsleepForGood = std::numeric_limits<std::int64_t>::max();

  [[nodiscard]] unsigned fullest_shard_but(std::uint64_t excluded) const;
  [[nodiscard]] static bool make_room_in(Shard& shard, bool held);
  void join(std::byte* full_block);
  std::int64_t tend_curve(std::int64_t now_ms);
  void tick_curve();
  void tell_shards_who_is_sampled();
  void run_maintenance();
  void sleep_until(std::int64_t deadline_ms) ABSL_EXCLUSIVE_LOCKS_REQUIRED(sleep_mutex_);

  DefaultTtl default_ttl_;
  ShardEnvironment environment_;
  std::unique_ptr<TagEpochs> tag_epochs_;
  const std::vector<std::string> prefixes_;
  const PrefixRules prefix_rules_;
  std::unique_ptr<RemovalNotifier> removals_;
  std::unique_ptr<CurveEstimator> curve_;
  Mutex totals_mutex_;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::atomic<Policy> policy_;
  std::atomic<bool> active_expiry_{true};
  std::atomic<std::uint64_t> random_state_;
  FlightWaits flight_waits_;
  LoadTimeRecorder load_times_;
  JoinPace join_pace_;

  // The maintenance thread. While it looks for work wake_at_ms_ is at its maximum, so that every
  // new deadline wakes it; then it is the time until which it sleeps.
  std::atomic<std::int64_t> wake_at_ms_;
  Mutex sleep_mutex_;
  std::condition_variable_any sleep_;
  bool woken_ ABSL_GUARDED_BY(sleep_mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(sleep_mutex_) = false;
  std::thread thread_;
};

}  // namespace libcache
