#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include <libcache/value.h>

namespace libcache {

// What goes into a load and what comes out of it; loading_cache.h is where to start.

/// Why there is no value.
struct LoadError {
  std::string message;
  std::exception_ptr exception = nullptr;  ///< what the loader threw, if it did
};

/// What a loader returns: a value, or why there is none.
///
///     auto loader = [&]() -> libcache::Loaded {
///       if (!database.up()) return libcache::LoadError{"the database is down"};
///       return compute();
///     };
class Loaded {
 public:
  // NOLINTBEGIN(google-explicit-constructor): so that a loader can return either.
  Loaded(std::string value, std::optional<std::chrono::milliseconds> ttl = {})
      : value_(std::move(value)), ttl_(ttl) {}
  Loaded(const char* value) : value_(value) {}
  Loaded(LoadError error) : error_(std::move(error)) {}
  // NOLINTEND(google-explicit-constructor)

  [[nodiscard]] const std::optional<LoadError>& error() const { return error_; }
  /// Empty if there is an error.
  [[nodiscard]] std::string& value() { return value_; }
  /// Lifetime of this value, if the loader knows: it overrules LoadOptions::ttl.
  [[nodiscard]] std::optional<std::chrono::milliseconds> ttl() const { return ttl_; }

 private:
  std::string value_;
  std::optional<std::chrono::milliseconds> ttl_;
  std::optional<LoadError> error_;
};

/// How a value that was loaded is stored.
struct LoadOptions {
  /// Lifetime, from when the loader returned. None: Options::default_ttl. A value that is not
  /// positive: it is not stored, only returned.
  std::optional<std::chrono::milliseconds> ttl = {};
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
  kLoaded,     ///< the value was loaded, by this call or by another one that this one waited for
  kFailed,     ///< the loader failed, here or there; `error` says how
  kTimedOut,   ///< the other call's loader was not through within WaitOptions::timeout
  kStopped,    ///< WaitOptions::stop was requested
  kRecursive,  ///< waiting would never have ended: this call comes, directly or by way of other
               ///< loaders and threads, from the loader that it would have waited for
};

/// What a load came to.
struct [[nodiscard]] LoadResult {
  LoadStatus status = LoadStatus::kHit;
  /// Of kHit and kLoaded. What was loaded is shared by all who waited for it.
  Value value = {};
  /// Of kFailed, else null.
  std::shared_ptr<const LoadError> error = {};

  /// Whether there is a value.
  explicit operator bool() const {
    return status == LoadStatus::kHit || status == LoadStatus::kLoaded;
  }
};

}  // namespace libcache
