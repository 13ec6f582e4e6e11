#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <absl/base/thread_annotations.h>

#include "server/base/mutex.h"
#include "server/command/clients/client.h"

namespace sideline::command {

/// The clients that watch all requests (MONITOR). Thread-safe.
class Monitors {
 public:
  /// Whether anybody watches: cheap, for every request.
  [[nodiscard]] bool active() const { return count_.load(std::memory_order_relaxed) != 0; }

  void add(const Client& client) ABSL_LOCKS_EXCLUDED(mutex_);
  void remove(const Client& client) ABSL_LOCKS_EXCLUDED(mutex_);

  /// Shows a request of `client` to all that watch.
  void feed(const Client& client, int database, std::span<const std::string_view> args,
            std::int64_t now_us) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Watcher {
    std::uint64_t id;
    std::weak_ptr<Client::Link> link;
  };

  std::atomic<std::size_t> count_{0};  // of watchers_
  Mutex mutex_;
  std::vector<Watcher> watchers_ ABSL_GUARDED_BY(mutex_);
};

/// What a monitor gets to see: a RESP simple string such as
/// `+1699999999.123456 [0 127.0.0.1:1234] "SET" "k" "v"`.
[[nodiscard]] std::string monitor_line(const Client& client, int database,
                                       std::span<const std::string_view> args, std::int64_t now_us);

}  // namespace sideline::command
