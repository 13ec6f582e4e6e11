#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <set>

#include <absl/base/thread_annotations.h>

#include "server/base/mutex.h"
#include "server/command/clients/client.h"

namespace sideline::command {

/// CLIENT PAUSE: until a moment, requests are not run but kept waiting. Thread-safe.
///
/// Nobody watches the clock here: a client whose request waits comes back by itself after
/// remaining_ms(). What ends a pause early calls Link::resume() on all that wait. All times are of
/// steady_ms(): whoever sets the system's clock neither ends a pause nor lengthens it.
class Pause {
 public:
  enum class Mode : std::uint8_t {
    kNone,
    kWrites,  ///< requests that write wait
    kAll,     ///< all do
  };

  /// Milliseconds of a clock that nobody sets.
  [[nodiscard]] static std::int64_t steady_ms();

  /// Begins a pause or changes it: the later end and the stricter mode win.
  void begin(Mode mode, std::int64_t end_ms, std::int64_t now_ms) ABSL_LOCKS_EXCLUDED(mutex_);
  /// Ends it now.
  void end() ABSL_LOCKS_EXCLUDED(mutex_);

  /// Whether there may be a pause: cheap, for every request.
  [[nodiscard]] bool pending() const {
    return mode_.load(std::memory_order_relaxed) != Mode::kNone;
  }

  /// Whether a request has to wait (`writes`: it is one that writes). If so, end() will call
  /// resume() on `link`.
  [[nodiscard]] bool hold(bool writes, const std::weak_ptr<Client::Link>& link, std::int64_t now_ms)
      ABSL_LOCKS_EXCLUDED(mutex_);

  /// Milliseconds to the end; 0 if there is no pause.
  [[nodiscard]] std::int64_t remaining_ms(std::int64_t now_ms) const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  /// Forgets a pause that has ended by itself.
  void expire(std::int64_t now_ms) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::atomic<Mode> mode_{Mode::kNone};  // written under mutex_
  mutable Mutex mutex_;
  std::int64_t end_ms_ ABSL_GUARDED_BY(mutex_) = 0;
  std::set<std::weak_ptr<Client::Link>, std::owner_less<>> waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sideline::command
