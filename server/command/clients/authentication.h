#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include <absl/base/thread_annotations.h>

#include "server/base/mutex.h"

namespace sideline::command {

/// Who may run commands: there is one user, "default", with the password of `requirepass`.
/// Thread-safe.
class Authentication {
 public:
  static constexpr std::string_view kUser = "default";

  /// An empty password lets everybody in.
  void set_password(std::string_view password) ABSL_LOCKS_EXCLUDED(mutex_);

  /// Whether no password is needed. A new client is authenticated if so.
  [[nodiscard]] bool open() const { return open_.load(std::memory_order_relaxed); }

  /// Whether these credentials are right. Takes the same time wherever the passwords differ.
  [[nodiscard]] bool check(std::string_view user, std::string_view password) const
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  std::atomic<bool> open_{true};
  mutable Mutex mutex_;
  std::string password_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sideline::command
