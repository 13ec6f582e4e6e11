#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include <absl/base/thread_annotations.h>

#include "server/base/mutex.h"
#include "server/command/acl/selector.h"

namespace sideline::command {

/// What was denied lately (ACL LOG), and how often something was. Thread-safe.
class AclLog {
 public:
  /// What was denied to whom.
  struct Event {
    AclDenial denial = AclDenial::kNone;
    std::string object;  ///< the command or the key
    std::string user;
    std::string client = {};  ///< as CLIENT INFO shows it
  };
  struct Entry {
    Event event;
    std::int64_t id = 0;  ///< counts up from 0, over clear() too
    std::int64_t count = 1;
    std::int64_t created_ms = 0;
    std::int64_t updated_ms = 0;
  };

  /// How many entries are kept.
  void set_max_length(std::int64_t max_length) ABSL_LOCKS_EXCLUDED(mutex_);

  /// An event like one of the last ten entries, and not a minute later, counts as one more of that
  /// entry, which becomes the newest.
  void add(Event event, std::int64_t now_ms) ABSL_LOCKS_EXCLUDED(mutex_);

  [[nodiscard]] std::vector<Entry> newest(std::size_t count) const ABSL_LOCKS_EXCLUDED(mutex_);
  void clear() ABSL_LOCKS_EXCLUDED(mutex_);

  /// How many events there ever were of a kind.
  [[nodiscard]] std::uint64_t count(AclDenial denial) const {
    return counts_[static_cast<std::size_t>(denial)].load(std::memory_order_relaxed);
  }

 private:
  std::array<std::atomic<std::uint64_t>, 4> counts_{};  // by AclDenial
  mutable Mutex mutex_;
  std::size_t max_length_ ABSL_GUARDED_BY(mutex_) = 0;
  std::int64_t next_id_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<Entry> entries_ ABSL_GUARDED_BY(mutex_);  // the newest first
};

}  // namespace sideline::command
