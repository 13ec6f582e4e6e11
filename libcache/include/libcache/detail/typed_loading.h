#pragma once

#include <array>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <libcache/cache.h>
#include <libcache/codec.h>
#include <libcache/detail/kept.h>
#include <libcache/loading_cache.h>
#include <libcache/typed_key.h>
#include <libcache/typed_load.h>

namespace libcache::detail {

template <class Loader, class Returned, class... Arguments>
concept Callable = std::is_invocable_r_v<Returned, const Loader&, Arguments...>;

/// What is behind a TypedLoadingCache: builds keys, encodes what loaders bring, decodes what comes
/// back. What cannot be decoded is of another format: it is erased, and a second round loads it.
template <TypedKey KeyType, class ValueType, CodecFor<ValueType> Codec>
class TypedLoading {
 public:
  using KeyArgument = KeyArgumentOf<KeyType>;
  using Outcome = TypedLoaded<ValueType>;
  using Result = TypedLoadResult<ValueType>;

  TypedLoading(Cache& cache, LoadingOptions options)
      : cache_(&cache), loading_(cache, std::move(options)) {}

  template <class Loader>
  Result one(KeyArgument key, const Loader& loader, const LoadOptions& options,
             const WaitOptions& wait) {
    KeyBuilder builder;
    const std::optional<Key> built = build_key<KeyType>(key, builder);
    if (!built) return Result::failed({kTooLong});
    const std::decay_t<Loader>& callable = loader;  // a function: a pointer to it
    const auto load = [loader = Kept(callable), key = KeptKey(key)] {
      return encoded((*loader)(*key));
    };
    Result result;
    for (int round = 0; round < kRounds; ++round) {
      if (read(*built, load, options, wait, result)) return result;
    }
    return Result::failed({kOtherFormat});
  }

  template <class Loader>
  std::vector<Result> many(std::span<const KeyType> keys, const Loader& loader,
                           const LoadOptions& options, const WaitOptions& wait) {
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
      std::vector<Loaded> loaded;
      for (Outcome& outcome : (*loader)(those_of(missed, *keys))) {
        loaded.push_back(encoded(std::move(outcome)));
      }
      return loaded;
    };
    for (int round = 0; round < kRounds && !built.empty(); ++round) {
      const std::vector<LoadResult> loaded =
          loading_.get_or_compute_many(built, load, options, wait);
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

  void async(KeyArgument key, std::function<Outcome(KeyArgument)> loader, const Executor& executor,
             std::function<void(Result)> done, const LoadOptions& options,
             const Executor& done_on) {
    KeyBuilder builder;
    const std::optional<Key> built = build_key<KeyType>(key, builder);
    if (!built) {
      const Executor& deliver_on = done_on ? done_on : executor;
      deliver_on([done = std::move(done)] { done(Result::failed({kTooLong})); });
      return;
    }
    // The function has a copy of the lambda, and so of the key.
    std::function<Loaded()> load = [loader = std::move(loader), key = KeptKey(key)] {
      return encoded(loader(*key));
    };
    start(std::make_shared<const AsyncCall>(Kept<Key>(*built), std::move(load), executor,
                                            std::move(done), options, done_on),
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

  /// What a loader returned, as the cache stores it. Throws what the codec throws.
  static Loaded encoded(Outcome loaded) {
    if (loaded.error() != nullptr) return *loaded.error();
    if (loaded.absent()) return Absent{};
    std::array<std::byte, 512> room;
    std::pmr::monotonic_buffer_resource memory(room.data(), room.size());
    std::pmr::string stored(&memory);
    encode_stored<Codec>(loaded.value(), stored);
    return Loaded(std::string(stored), loaded.ttl());
  }

  /// One round of a call. False: what it found is of another format.
  bool read(Key key, LoadingCache::Loader load, const LoadOptions& options, const WaitOptions& wait,
            Result& result) {
    Value found;  // what is decoded without the lock
    const auto look = [&](const KeyLock::View& view) {
      if constexpr (DecodesInPlace<Codec>) {
        if (!view.pin) result.value = decode_stored<Codec>(view.bytes);
        if (result.value) return;
      }
      found = Value(view.bytes, view.pin);
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
      bool is_decoded = false;
      try {
        is_decoded = self.decode(*call->key, loaded, result);
      } catch (...) {
        is_decoded = true;
        result = Result::failed({"the value cannot be decoded", std::current_exception()});
      }
      if (!is_decoded && rounds > 1) return self.start(call, rounds - 1);
      if (!is_decoded) result = Result::failed({kOtherFormat});
      call->done(std::move(result));
    };
    loading_.get_or_compute_async(*call->key, call->loader, call->executor, decode_and_end,
                                  call->options, call->done_on);
  }

  Cache* cache_;
  LoadingCache loading_;
};

}  // namespace libcache::detail
