#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <thread>

#include <libcache/options.h>
#include <libcache/removal.h>

#include "budget.h"
#include "mutex.h"

namespace libcache {

/// Takes removals from shards, whose locks are held, to the listener, which is called with none.
/// Thread-safe.
class RemovalNotifier {
 public:
  /// With a thread of its own, or none: then deliver() is to be called.
  RemovalNotifier(RemovalListener listener, const Budget& budget, Maintenance maintenance);
  ~RemovalNotifier() { stop(); }
  RemovalNotifier(const RemovalNotifier&) = delete;
  RemovalNotifier& operator=(const RemovalNotifier&) = delete;

  /// Whether a value of this size is told too.
  [[nodiscard]] bool takes_value(std::size_t size) const { return size <= most_bytes(); }
  /// Queues a removal, unless too much waits already. May throw std::bad_alloc.
  void post(Removal&& removal);
  /// One could not be made, for want of memory.
  void drop() { dropped_.fetch_add(1, std::memory_order_relaxed); }

  /// Delivers, if there is no thread for it.
  void maintain() {
    if (!thread_.joinable()) deliver();
  }
  /// Delivers what waits, and ends the thread. What is posted from now on is ignored.
  void stop();

  [[nodiscard]] std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  void reset_dropped() { dropped_.store(0, std::memory_order_relaxed); }

 private:
  [[nodiscard]] std::size_t most_bytes() const;
  [[nodiscard]] std::optional<Removal> take();
  /// Calls the listener for those that wait now.
  void deliver();
  void run();

  const RemovalListener listener_;
  const Budget& budget_;

  Mutex mutex_;
  std::condition_variable_any posted_;
  std::deque<Removal> waiting_ ABSL_GUARDED_BY(mutex_);
  std::size_t waiting_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::atomic<std::uint64_t> dropped_{0};
  std::thread thread_;
};

}  // namespace libcache
