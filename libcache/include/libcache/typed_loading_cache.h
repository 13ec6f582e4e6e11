#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

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
      : cache_(&cache), loading_(cache, std::move(options)) {}

  /// The loader is called as Outcome(KeyArgument). A hit below 16 KiB, under a codec that
  /// DecodesInPlace, is decoded where it lies: nothing is allocated but what the value itself
  /// needs.
  template <class Loader>
  requires std::is_invocable_r_v<Outcome, const Loader&, KeyArgument> Result
  get_or_compute(KeyArgument key, const Loader& loader, const LoadOptions& options = {},
                 const WaitOptions& wait = {}) {
    KeyBuilder builder;
    const std::optional<Key> built = build_key<KeyType>(key, builder);
    if (!built) return Result::failed({kTooLong});
    const std::decay_t<Loader>& callable = loader;  // a function: a pointer to it
    const auto load = [loader = Kept(callable), key = KeptKey(key)]() -> Loaded {
      return encode_loaded<Codec, ValueType>((*loader)(*key));
    };
    Result result;
    for (int round = 0; round < kRounds; ++round) {
      if (read(*built, load, options, wait, result)) return result;
    }
    return Result::failed({kOtherFormat});
  }

  /// The loader is called as std::vector<Outcome>(std::span<const KeyType>), with the keys that
  /// were missed, each once, and returns as many results in the same order.
  template <class Loader>
  requires std::is_invocable_r_v < std::vector<TypedLoaded<ValueType>>,
  const Loader&,
      std::span < const KeyType >>
          [[nodiscard]] std::vector<Result> get_or_compute_many(std::span<const KeyType> keys,
                                                                const Loader& loader,
                                                                const LoadOptions& options = {},
                                                                const WaitOptions& wait = {}) {
    std::vector<Result> results(keys.size(), Result::failed({kTooLong}));
    std::vector<KeyBuilder> builders(keys.size());
    std::vector<Key> built;
    std::vector<std::size_t> places;  // of those keys among all
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const std::optional<Key> key = build_key<KeyType>(keys[i], builders[i]);
      if (!key) continue;
      built.push_back(*key);
      places.push_back(i);
    }
    const std::decay_t<Loader>& callable = loader;  // a function: a pointer to it
    const auto load = [loader = Kept(callable),
                       keys = Kept<std::span<const KeyType>>(keys)](std::span<const Key> missed) {
      std::vector<Loaded> encoded;
      for (Outcome& outcome : (*loader)(those_of(missed, *keys))) {
        encoded.push_back(encode_loaded<Codec>(std::move(outcome)));
      }
      return encoded;
    };
    for (int round = 0; round < kRounds && !built.empty(); ++round) {
      std::vector<LoadResult> loaded = loading_.get_or_compute_many(built, load, options, wait);
      std::size_t left = 0;
      for (std::size_t i = 0; i < loaded.size(); ++i) {
        if (decode(built[i], loaded[i], results[places[i]])) continue;
        built[left] = built[i];
        places[left++] = places[i];
      }
      built.resize(left);
      places.resize(left);
    }
    for (const std::size_t place : places) results[place] = Result::failed({kOtherFormat});
    return results;
  }

  /// As LoadingCache's. `done` gets what decoding throws as an error.
  void get_or_compute_async(KeyArgument key, std::function<Outcome(KeyArgument)> loader,
                            const Executor& executor, std::function<void(Result)> done,
                            const LoadOptions& options = {}, const Executor& done_on = {}) {
    KeyBuilder builder;
    const std::optional<Key> built = build_key<KeyType>(key, builder);
    if (!built) {
      const Executor& deliver_on = done_on ? done_on : executor;
      deliver_on([done = std::move(done)] { done(Result::failed({kTooLong})); });
      return;
    }
    start(std::make_shared<const AsyncCall>(
              Kept<Key>(*built),
              [loader = std::move(loader), key = KeptKey(KeptKey(key))] {
                return encode_loaded<Codec>(loader(*key));
              },
              executor, std::move(done), options, done_on),
          kRounds);
  }

 private:
  using KeptKey = Kept<std::remove_cvref_t<KeyArgument>>;

  struct AsyncCall {
    AsyncCall(const Kept<Key>& its_key, std::function<Loaded()> its_loader, Executor its_executor,
              std::function<void(Result)> its_done, const LoadOptions& its_options,
              Executor its_done_on)
        : key(its_key),
          loader(std::move(its_loader)),
          executor(std::move(its_executor)),
          done(std::move(its_done)),
          options(its_options),
          done_on(std::move(its_done_on)) {}

    const Kept<Key> key;
    const std::function<Loaded()> loader;
    const Executor executor;
    const std::function<void(Result)> done;
    const LoadOptions options;
    const Executor done_on;
  };

  // The first round may find a value of another format and erase it; the second one loads, unless
  // somebody stores such a value again.
  static constexpr int kRounds = 2;
  static constexpr const char* kOtherFormat = "others keep storing the key in another format";
  static constexpr const char* kTooLong = "the key is too long";

  /// One round of a call. False: what it found is of another format.
  bool read(Key key, LoadingCache::Loader load, const LoadOptions& options, const WaitOptions& wait,
            Result& result) {
    Value found;  // what is decoded without the lock
    const auto look = [&](const KeyLock::View& view) {
      if constexpr (DecodesInPlace<Codec>) {
        if (!view.pin) result.value = decode_stored<Codec>(view.bytes);
        if (result.value) return;
      }
      found = view.pin ? Value(view.bytes, view.pin) : Value(std::string(view.bytes));
    };
    LoadResult loaded = loading_.read_or_compute(key, look, load, options, wait);
    const bool was_there = loaded.status == LoadStatus::kHit || loaded.status == LoadStatus::kStale;
    if (was_there && result.value) {
      result.status = loaded.status;
      return true;
    }
    if (was_there) loaded.value = std::move(found);
    return decode(key, loaded, result);
  }

  /// False: it is of another format, and is not in the cache any more.
  bool decode(Key key, const LoadResult& loaded, Result& result) {
    result = {loaded.status, {}, loaded.error};
    if (!loaded) return true;
    result.value = decode_stored<Codec>(loaded.value.bytes());
    if (result) return true;
    KeyLock lock = cache_->lock(key);
    const auto now = lock.view(key, {.touch = false, .count = false});
    if (now && now->bytes == loaded.value.bytes()) lock.erase(key);
    return false;
  }

  /// The keys that were missed, which are some of all, in their order.
  static std::vector<KeyType> those_of(std::span<const Key> missed, std::span<const KeyType> all) {
    std::vector<KeyType> those;
    for (const KeyType& key : all) {
      if (those.size() == missed.size()) break;
      KeyBuilder builder;
      if (build_key<KeyType>(key, builder) == missed[those.size()]) those.push_back(key);
    }
    return those;
  }

  void start(std::shared_ptr<const AsyncCall> call, int rounds) {
    const auto decode_and_end = [self = *this, call, rounds](const LoadResult& loaded) mutable {
      Result result;
      try {
        if (!self.decode(*call->key, loaded, result)) {
          if (rounds > 1) return self.start(call, rounds - 1);
          result = Result::failed({kOtherFormat});
        }
      } catch (...) {
        result = Result::failed({"the value cannot be decoded", std::current_exception()});
      }
      call->done(std::move(result));
    };
    loading_.get_or_compute_async(*call->key, call->loader, call->executor, decode_and_end,
                                  call->options, call->done_on);
  }

  Cache* cache_;
  LoadingCache loading_;
};

}  // namespace libcache
