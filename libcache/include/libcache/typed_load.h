#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <libcache/load.h>

namespace libcache {

/// What a typed load came to; as LoadResult. typed_loading_cache.h is where to start.
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

}  // namespace libcache
