#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include <libcache/cache.h>
#include <libcache/function_ref.h>
#include <libcache/load.h>

namespace libcache {

class Loading;

/// Runs a task some time soon, on a thread of its choice, e.g. posts it to a pool. One that drops a
/// task, or throws instead of taking it, fails the load, or loses the completion, that is in it.
using Executor = std::function<void(std::function<void()> task)>;

/// How a LoadingCache works. Plain data; its constructor checks it.
struct LoadingOptions {
  /// Runs the loaders that refresh behind a call. None: the call that finds a value stale refreshes
  /// it before it returns, while all others still get the stale one.
  Executor refresh_on = {};

  /// XFetch (Vattani, Chierichetti, Lowenstein, "Optimal Probabilistic Cache Stampede Prevention",
  /// VLDB 2015): a hit refreshes a value before its time is up, the more probably the nearer that
  /// is and the longer loads take (on average, of this object's). So values that are asked for
  /// often are renewed without anybody noticing. The paper's beta: 1 is the natural choice, more is
  /// earlier; 0: never.
  double early_refresh = 0;

  /// By how much lifetimes are shortened at most, as a share from 0 to below 1: so that what is
  /// loaded together does not expire together. It depends on the key and the seed alone.
  double ttl_jitter = 0;
  std::uint64_t seed = 0;  ///< of ttl_jitter and early_refresh
};

/// A cache that is read through: what it does not have, a loader of the caller's computes, once for
/// all who ask for it meanwhile.
///
///     libcache::LoadingCache predictions(cache);
///     auto result = predictions.get_or_compute("game:1", [&] { return compute(1); });
///     if (result) use(result.value.bytes());
///
/// A load is a *flight*: it begins when a key is missed and nobody is loading it yet, and ends when
/// the loader returns, fails or throws. Whoever misses the key in between waits for it; all that
/// use one cache join each other's. If the key is set, changed, erased, cleared or invalidated
/// meanwhile, the flight goes on for those who wait already, but stores nothing, and whoever comes
/// later does not join it: a late value never replaces a newer one, nor brings one back that was
/// erased. Eviction and expiry do not count as a change.
///
/// A loader runs without any lock, on the thread that called, or on an executor: then the loader is
/// copied, and outlives the call, so let it capture no reference to what does not. It may use the
/// cache, also through get_or_compute() for other keys; where that would wait for itself, the inner
/// call returns kRecursive. A loader that throws has failed: nothing is thrown at the callers, who
/// get LoadError::exception.
///
/// Every function may be called from any thread, but not while a KeyLock of the cache is held.
/// Cheap to copy; copies are one and the same. The cache must not be destroyed before all calls
/// have returned and all tasks that executors were given are gone. A flight takes some 370 bytes
/// and the value, which the cache's limit does not count.
class LoadingCache {
 public:
  using Loader = FunctionRef<Loaded()>;
  /// Gets the keys that were missed, each once, and returns as many results in the same order.
  using BatchLoader = FunctionRef<std::vector<Loaded>(std::span<const Key> missed)>;

  /// Throws std::invalid_argument, with the field and its bound, if an option is out of range.
  explicit LoadingCache(Cache& cache, LoadingOptions options = {});

  /// The value of the key: from the cache, or else from the loader, and stored then. If the cache
  /// has no room for it, or refuses it as too large, it is returned all the same.
  LoadResult get_or_compute(Key key, Loader loader, const LoadOptions& options = {},
                            const WaitOptions& wait = {});

  /// As get_or_compute(), but a value that is in the cache is not copied out: `read` sees it where
  /// it lies, and LoadResult::value is empty then. It runs with a lock held: it must not use the
  /// cache. The bytes are valid inside only, or, if there is a pin (large values), as long as that.
  using Reader = FunctionRef<void(const KeyLock::View& value)>;
  LoadResult read_or_compute(Key key, Reader read, Loader loader, const LoadOptions& options = {},
                             const WaitOptions& wait = {});

  /// The values of many keys, in their order; one call of the loader for all that are missed and
  /// that nobody else is loading. What is stale is refreshed by a call of its own. A loader that
  /// returns a wrong number of results has failed. The timeout bounds what is waited for all others
  /// together.
  [[nodiscard]] std::vector<LoadResult> get_or_compute_many(std::span<const Key> keys,
                                                            BatchLoader loader,
                                                            const LoadOptions& options = {},
                                                            const WaitOptions& wait = {});

  /// As get_or_compute(), but does not block: the loader and then `done` are tasks for the
  /// executor, or `done` for `done_on`, if there is one, so that a hit does not queue up behind
  /// loaders. `done` of a call that joins another's flight goes to its own executor. Both are kept
  /// until they have run. Never kTimedOut or kStopped.
  void get_or_compute_async(Key key, std::function<Loaded()> loader, const Executor& executor,
                            std::function<void(LoadResult)> done, const LoadOptions& options = {},
                            const Executor& done_on = {});

 private:
  std::shared_ptr<Loading> loading_;
};

}  // namespace libcache
