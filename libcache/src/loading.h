#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include <libcache/loading_cache.h>

#include "engine.h"
#include "flight.h"

namespace libcache {

/// What is behind a LoadingCache: how a call begins, and how long what is loaded lives.
/// Thread-safe. Calls and tasks share it.
class Loading {
 public:
  using Milliseconds = std::chrono::milliseconds;

  /// Throws std::invalid_argument.
  Loading(Engine& engine, LoadingOptions options);

  [[nodiscard]] Engine& engine() const { return engine_; }
  /// Empty: refreshes run in the call that finds them due.
  [[nodiscard]] const Executor& refresh_on() const { return options_.refresh_on; }

  /// What asking for a key begins with.
  struct Start {
    std::shared_ptr<Flight> flight = nullptr;
    /// This call runs it, and makes it a Lead at once, before anything that may throw: then it
    /// lands in any case. Else another call does.
    bool leads = false;
  };
  /// `result`, an empty one, becomes what the call comes to, if there is no flight; what is there
  /// meanwhile, if it is a refresh. `read` sees the value, if there is one; none: the result gets
  /// it.
  [[nodiscard]] Start start(Key key, const LoadOptions& options, LoadResult& result,
                            const LoadingCache::Reader* read = nullptr);

  /// Keeps what a flight brought, in the shard of its key.
  void store(Shard& shard, const Flight& flight, KeyHash hash, const LoadResult& loaded,
             std::optional<Milliseconds> ttl, const LoadOptions& options)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex());
  /// A loader took so long to bring a value.
  void note_load(std::chrono::nanoseconds took);

 private:
  [[nodiscard]] std::shared_ptr<Flight> flight_of(FlightTable& flights, Key key, KeyHash hash);
  enum class Freshness : std::uint8_t { kFresh, kDue, kStale };
  [[nodiscard]] Freshness freshness_of(Shard& shard, Key key, KeyHash hash,
                                       const LoadOptions& options)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mutex());
  [[nodiscard]] bool is_due_early(std::int64_t left_ms);
  [[nodiscard]] Milliseconds with_jitter(Key key, Milliseconds ttl) const;

  Engine& engine_;
  const LoadingOptions options_;
  // A moving average, each load with the weight of an eighth; 0 before the first.
  std::atomic<std::int64_t> mean_load_ns_{0};
  std::atomic<std::uint64_t> random_state_;
};

}  // namespace libcache
