#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include <absl/base/thread_annotations.h>

#include "server/base/mutex.h"
#include "server/command/clients/client.h"

namespace sideline::command {

/// The connected clients. Thread-safe.
class Clients {
 public:
  /// For Client::id: 1, 2, ...
  [[nodiscard]] std::uint64_t next_id() { return last_id_.fetch_add(1) + 1; }

  void add(std::shared_ptr<Client> client) ABSL_LOCKS_EXCLUDED(mutex_);
  /// The client is gone. No effect if it was killed before.
  void remove(std::uint64_t id) ABSL_LOCKS_EXCLUDED(mutex_);

  [[nodiscard]] std::size_t size() const ABSL_LOCKS_EXCLUDED(mutex_);
  /// Null if there is none.
  [[nodiscard]] std::shared_ptr<Client> find(std::uint64_t id) const ABSL_LOCKS_EXCLUDED(mutex_);
  /// All clients, in the order in which they connected.
  [[nodiscard]] std::vector<std::shared_ptr<Client>> snapshot() const ABSL_LOCKS_EXCLUDED(mutex_);

  /// Takes a client from the list, stops it from running further requests, and closes its
  /// connection. What it runs at the moment is finished.
  void kill(Client& client) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  std::atomic<std::uint64_t> last_id_{0};
  mutable Mutex mutex_;
  std::map<std::uint64_t, std::shared_ptr<Client>> clients_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sideline::command
