#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <absl/base/thread_annotations.h>

#include "server/base/mutex.h"

namespace sideline::net {

/// What other threads want sent to a client, until the client's own thread takes it. Thread-safe.
class PushedBytes {
 public:
  /// Adds bytes, unless more than `limit` (0: no limit) would wait then: from then on nothing does.
  /// Returns whether the owner has to be told that there is something to take; it is told once.
  [[nodiscard]] bool add(std::string_view bytes, std::size_t limit) ABSL_LOCKS_EXCLUDED(mutex_) {
    const MutexLock lock(mutex_);
    if (limit != 0 && waiting_.size() + bytes.size() > limit) overflowed_ = true;
    if (!overflowed_) waiting_ += bytes;
    return !std::exchange(told_, true);
  }

  /// Takes all that waits; nothing if the limit was exceeded.
  [[nodiscard]] std::optional<std::string> take() ABSL_LOCKS_EXCLUDED(mutex_) {
    const MutexLock lock(mutex_);
    told_ = false;
    std::string taken = std::exchange(waiting_, {});
    if (overflowed_) return std::nullopt;
    return taken;
  }

 private:
  Mutex mutex_;
  std::string waiting_ ABSL_GUARDED_BY(mutex_);
  bool told_ ABSL_GUARDED_BY(mutex_) = false;
  bool overflowed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace sideline::net
