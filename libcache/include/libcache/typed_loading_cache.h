#pragma once

#include <functional>
#include <span>
#include <utility>
#include <vector>

#include <libcache/detail/typed_loading.h>
#include <libcache/loading_cache.h>
#include <libcache/typed_key.h>
#include <libcache/typed_load.h>

namespace libcache {

/// A LoadingCache as a service sees it: keys and values of its own types (typed_cache.h), and
/// loaders that get the key and return a value, Absent or a LoadError.
///
///     libcache::TypedLoadingCache<GameKey, Score, ScoreCodec> scores(cache);
///     auto score = scores.get_or_compute({.game = 17}, [](const GameKey& key) { ... });
///     if (score) use(*score.value);
///
/// It is a way to look at the cache, as TypedCache: it may be copied and must not outlive the
/// cache. All that loading_cache.h promises holds here too. A value of another format (codec.h) is
/// a miss: it is erased, and loaded anew. A key that is too long fails the call. A codec that
/// throws while it encodes fails the load; what it throws while it decodes goes to the caller, as
/// what append_key() throws.
///
/// A load that runs on an executor has copies of the loader and the key, which must own what it
/// refers to then; a key that is passed as a string is copied as one.
template <TypedKey KeyType, class ValueType, CodecFor<ValueType> Codec>
class TypedLoadingCache {
 public:
  using KeyArgument = KeyArgumentOf<KeyType>;
  using Outcome = TypedLoaded<ValueType>;
  using Result = TypedLoadResult<ValueType>;

  /// Throws as LoadingCache's.
  explicit TypedLoadingCache(Cache& cache, LoadingOptions options = {})
      : loading_(cache, std::move(options)) {}

  /// The loader is called as Outcome(KeyArgument). A hit below 16 KiB, under a codec that
  /// DecodesInPlace, is decoded where it lies: nothing is allocated but what the value itself
  /// needs.
  template <detail::Callable<Outcome, KeyArgument> Loader>
  Result get_or_compute(KeyArgument key, const Loader& loader, const LoadOptions& options = {},
                        const WaitOptions& wait = {}) {
    return loading_.one(key, loader, options, wait);
  }

  /// The loader is called as std::vector<Outcome>(std::span<const KeyType>), with the keys that
  /// were missed, each once, and returns as many results in the same order.
  template <detail::Callable<std::vector<Outcome>, std::span<const KeyType>> Loader>
  [[nodiscard]] std::vector<Result> get_or_compute_many(std::span<const KeyType> keys,
                                                        const Loader& loader,
                                                        const LoadOptions& options = {},
                                                        const WaitOptions& wait = {}) {
    return loading_.many(keys, loader, options, wait);
  }

  /// As LoadingCache's. `done` gets what decoding throws as an error.
  void get_or_compute_async(KeyArgument key, std::function<Outcome(KeyArgument)> loader,
                            const Executor& executor, std::function<void(Result)> done,
                            const LoadOptions& options = {}, const Executor& done_on = {}) {
    loading_.async(key, std::move(loader), executor, std::move(done), options, done_on);
  }

 private:
  detail::TypedLoading<KeyType, ValueType, Codec> loading_;
};

}  // namespace libcache
