#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <libcache/codec.h>
#include <libcache/key.h>
#include <libcache/load.h>

namespace libcache {

// What goes into a typed load and what comes out of it; typed_loading_cache.h is where to start.

/// As LoadResult.
template <class T>
struct [[nodiscard]] TypedLoadResult {
  LoadStatus status = LoadStatus::kFailed;
  /// Of kHit, kStale and kLoaded.
  std::optional<T> value = {};
  /// Of kFailed, never null then.
  std::shared_ptr<const LoadError> error = {};

  static TypedLoadResult failed(LoadError error) {
    return {LoadStatus::kFailed, {}, std::make_shared<const LoadError>(std::move(error))};
  }
  /// Whether there is a value.
  explicit operator bool() const { return value.has_value(); }
};

/// What a loader refers to. The call that makes it only refers to it too; who keeps the loader
/// copies this, and has a copy of the object with it.
template <class T>
class Kept {
 public:
  explicit Kept(const T& original) : object_(&original) {}
  Kept(const Kept& other) requires std::copy_constructible<T> : copy_(*other.object_),
                                                                object_(&*copy_) {}
  Kept& operator=(const Kept&) = delete;

  [[nodiscard]] const T& operator*() const { return *object_; }

 private:
  std::optional<T> copy_;
  const T* object_;
};

template <>
class Kept<Key> {
 public:
  explicit Kept(Key original) : key_(original) {}
  Kept(const Kept& other) : bytes_(other.key_.bytes()), key_(bytes_, other.key_.database()) {}
  Kept& operator=(const Kept&) = delete;

  [[nodiscard]] Key operator*() const { return key_; }

 private:
  std::string bytes_;
  Key key_;
};

template <std::copy_constructible T>
class Kept<std::span<const T>> {
 public:
  explicit Kept(std::span<const T> original) : span_(original) {}
  Kept(const Kept& other) : copy_(other.span_.begin(), other.span_.end()), span_(copy_) {}
  Kept& operator=(const Kept&) = delete;

  [[nodiscard]] std::span<const T> operator*() const { return span_; }

 private:
  std::vector<T> copy_;
  std::span<const T> span_;
};

/// What a typed loader returned, as the cache stores it. Throws what the codec throws.
template <class Codec, class T>
Loaded encode_loaded(TypedLoaded<T> loaded) {
  if (loaded.error() != nullptr) return *loaded.error();
  if (loaded.absent()) return Absent{};
  std::array<std::byte, 512> room;
  std::pmr::monotonic_buffer_resource memory(room.data(), room.size());
  std::pmr::string stored(&memory);
  encode_stored<Codec>(loaded.value(), stored);
  return Loaded(std::string(stored), loaded.ttl());
}

}  // namespace libcache
