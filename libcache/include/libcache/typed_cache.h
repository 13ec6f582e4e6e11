#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <libcache/cache.h>
#include <libcache/codec.h>
#include <libcache/typed_key.h>

namespace libcache {

/// A cache as a service sees it: keys and values of its own types, in a Cache of bytes.
///
///     libcache::TypedCache<GameKey, Score, ScoreCodec> scores(cache);
///     scores.set({.game = 17}, {3, 2}, {.ttl = std::chrono::minutes(30)});
///     if (std::optional<Score> score = scores.get({.game = 17})) use(*score);
///
/// It is only a way to look at the cache: it owns nothing, may be copied, and must not outlive the
/// cache. Any number of them, of different types, may look at one cache; they share its keys.
///
/// A value is stored behind its codec's format (codec.h). What another codec, another version of
/// this one or the plain Cache stored is a miss, and stays until it is overwritten, evicted or
/// expired; the cache's own statistics count it as a hit. A key longer than KeyBuilder::kCapacity
/// is never present and cannot be set; strings have no such bound.
///
/// Every function may be called from any thread. Throws what the codec, append_key() and copying
/// the value throw.
template <TypedKey KeyType, class ValueType, CodecFor<ValueType> Codec>
class TypedCache {
 public:
  using KeyArgument = KeyArgumentOf<KeyType>;  // typed_key.h

  /// As libcache::SetResult.
  struct SetResult {
    Status status = Status::kOk;
    bool existed = false;  ///< the key was there before, with whatever value
    /// If asked for, and get() would have returned it.
    std::optional<ValueType> old_value = {};
  };

  explicit TypedCache(Cache& cache) : cache_(&cache) {}

  /// The value, or nothing. Below 16 KiB, under a codec that DecodesInPlace, it is decoded where it
  /// lies: nothing is allocated but what the value itself needs.
  [[nodiscard]] std::optional<ValueType> get(KeyArgument key, ReadOptions options = {}) {
    KeyBuilder builder;
    const std::optional<Key> bytes = build_key<KeyType>(key, builder);
    return bytes ? read(cache_->hash(*bytes), options) : std::nullopt;
  }

  /// The values of many keys, in their order. The memory of 16 keys at a time is fetched at once,
  /// which is much cheaper than one by one. Not one atomic step.
  [[nodiscard]] std::vector<std::optional<ValueType>> get_many(std::span<const KeyType> keys,
                                                               ReadOptions options = {}) {
    std::vector<std::optional<ValueType>> values;
    values.reserve(keys.size());
    for (std::size_t first = 0; first < keys.size(); first += kGroup) {
      read_group(keys.subspan(first, std::min(kGroup, keys.size() - first)), options, values);
    }
    return values;
  }

  /// Whether get() would return a value; costs as much. Does not count as a use.
  [[nodiscard]] bool exists(KeyArgument key) { return get(key, {.touch = false}).has_value(); }

  /// As Cache::set(). kTooLarge also for a key that is too long. Allocates if the encoded value
  /// takes more than about 500 bytes.
  SetResult set(KeyArgument key, const ValueType& value, const SetOptions& options = {}) {
    KeyBuilder builder;
    const std::optional<Key> bytes = build_key<KeyType>(key, builder);
    return bytes ? write(*bytes, value, options) : SetResult{.status = Status::kTooLarge};
  }

  /// Erases the key, whatever its value. Returns whether it was there.
  bool erase(KeyArgument key) {
    KeyBuilder builder;
    const std::optional<Key> bytes = build_key<KeyType>(key, builder);
    return bytes && cache_->erase(*bytes);
  }

 private:
  // As many cache misses as a core has under way at once, more or less; the keys take 4 KiB of
  // stack.
  static constexpr std::size_t kGroup = 16;

  std::optional<ValueType> read(const HashedKey& key, ReadOptions options) {
    if constexpr (!DecodesInPlace<Codec>) {
      const std::optional<Value> stored = cache_->lock(key).get(key.key, options);
      return stored ? decode_stored<Codec>(stored->bytes()) : std::nullopt;
    } else {
      std::optional<KeyLock::View> stored;
      {
        KeyLock lock = cache_->lock(key);
        stored = lock.view(key.key, options);
        if (!stored) return std::nullopt;
        if (!stored->pin) return decode_stored<Codec>(stored->bytes);
      }
      return decode_stored<Codec>(stored->bytes);  // a large value: without the lock
    }
  }

  void read_group(std::span<const KeyType> keys, ReadOptions options,
                  std::vector<std::optional<ValueType>>& values) {
    std::array<KeyBuilder, kGroup> builders;
    std::array<HashedKey, kGroup> built;
    std::size_t count = 0;
    std::array<bool, kGroup> too_long;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const std::optional<Key> key = build_key<KeyType>(keys[i], builders[i]);
      too_long[i] = !key;
      if (key) built[count++] = cache_->hash(*key);
    }
    cache_->prefetch(std::span<const HashedKey>(built).first(count));
    const HashedKey* next = built.data();
    for (std::size_t i = 0; i < keys.size(); ++i) {
      values.push_back(too_long[i] ? std::nullopt : read(*next++, options));
    }
  }

  SetResult write(Key key, const ValueType& value, const SetOptions& options) {
    std::array<std::byte, 512> room;
    std::pmr::monotonic_buffer_resource memory(room.data(), room.size());
    std::pmr::string stored(&memory);
    encode_stored<Codec>(value, stored);
    const auto [status, existed, old] = cache_->set(key, stored, options);
    return {status, existed, old ? decode_stored<Codec>(old->bytes()) : std::nullopt};
  }

  Cache* cache_;
};

}  // namespace libcache
