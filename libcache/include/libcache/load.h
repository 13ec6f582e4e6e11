#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <variant>

#include <libcache/tags.h>
#include <libcache/value.h>

namespace libcache {

// What goes into a load and what comes out of it; loading_cache.h is where to start.

/// Why there is no value.
struct LoadError {
  std::string message;
  std::exception_ptr exception = nullptr;  ///< what the loader threw, if it did
};

/// There is no such thing: what a loader returns that looked and found nothing.
struct Absent {};

/// What a loader returns: a value, that there is none, or why it cannot tell. Of bytes it is
/// Loaded.
///
///     auto loader = [&]() -> libcache::Loaded {
///       if (!database.up()) return libcache::LoadError{"the database is down"};
///       if (!database.has(game)) return libcache::Absent{};
///       return compute(game);
///     };
template <class T>
class TypedLoaded {
 public:
  // NOLINTBEGIN(google-explicit-constructor): so that a loader can return any of them.
  template <std::convertible_to<T> From>
  TypedLoaded(From&& value, std::optional<std::chrono::milliseconds> ttl = {})
      : outcome_(std::in_place_type<T>, std::forward<From>(value)), ttl_(ttl) {}
  TypedLoaded(Absent absent) : outcome_(absent) {}
  TypedLoaded(LoadError error) : outcome_(std::move(error)) {}
  // NOLINTEND(google-explicit-constructor)

  /// Null unless it failed.
  [[nodiscard]] const LoadError* error() const { return std::get_if<LoadError>(&outcome_); }
  [[nodiscard]] bool absent() const { return std::holds_alternative<Absent>(outcome_); }
  /// Precondition: there is one.
  [[nodiscard]] T& value() { return std::get<T>(outcome_); }
  /// How long this value is fresh, if the loader knows: it overrules LoadOptions::ttl.
  [[nodiscard]] std::optional<std::chrono::milliseconds> ttl() const { return ttl_; }

 private:
  std::variant<T, Absent, LoadError> outcome_;
  std::optional<std::chrono::milliseconds> ttl_;
};

using Loaded = TypedLoaded<std::string>;

/// How what was loaded is kept.
struct LoadOptions {
  /// How long a value is fresh, from when the loader returned. None: Options::default_ttl, or for
  /// ever. One that is not positive: the value is returned, not stored.
  std::optional<std::chrono::milliseconds> ttl = {};

  /// How much longer it is kept: in this time it is stale, is returned at once, and one load
  /// refreshes it behind. If that fails, the stale value stays, and the next call tries again. Of
  /// use only with a `ttl`, and if all who load the key name the same.
  std::chrono::milliseconds stale_for{0};

  /// How long it is remembered that there is no such thing; 0: not at all. In the cache that is a
  /// negative entry: all other reads see an absent key, and any write overrules it. All negative
  /// entries together take at most a 16th of the limit: beyond it nothing is remembered.
  std::chrono::milliseconds absent_ttl{0};

  /// The same for the message of an error (its first 1024 bytes): calls fail with it without
  /// loading. 0: an error is not remembered. A value that is stale is never given up for it.
  std::chrono::milliseconds error_ttl{0};

  /// What invalidates the result, also while it is being loaded: then it is not stored, and calls
  /// that come later do not wait for it but load anew.
  Tags tags = {};
};

/// How long a call waits for a loader that another call runs. Ends the wait, not the load.
struct WaitOptions {
  /// None: until it is through.
  std::optional<std::chrono::milliseconds> timeout = {};
  /// A request to stop ends the wait.
  std::stop_token stop = {};
};

enum class LoadStatus : std::uint8_t {
  kHit,        ///< the value was in the cache
  kStale,      ///< so it was, but it is not fresh any more
  kLoaded,     ///< the value was loaded, by this call or by another one that this one waited for
  kAbsent,     ///< there is no such thing: a loader said so, now or a while ago
  kFailed,     ///< a loader failed, now or a while ago; `error` says how
  kTimedOut,   ///< the other call's loader was not through within WaitOptions::timeout
  kStopped,    ///< the wait was ended by WaitOptions::stop, or was cancelled (asio.h)
  kRecursive,  ///< waiting would never have ended: this call comes, directly or by way of other
               ///< loaders and threads, from the loader that it would have waited for
};

/// What a load came to.
struct [[nodiscard]] LoadResult {
  LoadStatus status = LoadStatus::kFailed;
  /// Of kHit, kStale and kLoaded. What was loaded is shared by all who waited for it.
  Value value = {};
  /// Of kFailed, never null then.
  std::shared_ptr<const LoadError> error = {};

  /// Whether there is a value.
  explicit operator bool() const { return status <= LoadStatus::kLoaded; }
};

}  // namespace libcache
