#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <thread>
#include <vector>

#include <libcache/key.h>
#include <libcache/options.h>
#include <libcache/removal.h>

#include "budget.h"
#include "mutex.h"

namespace libcache {

/// Takes removals from shards, whose locks are held, to the listener, which is called with none.
/// Thread-safe.
class RemovalNotifier {
 public:
  /// With a thread of its own, or none: then maintain() is to be called.
  RemovalNotifier(RemovalListener listener, const Budget& budget, Maintenance maintenance);
  ~RemovalNotifier() { stop(); }
  RemovalNotifier(const RemovalNotifier&) = delete;
  RemovalNotifier& operator=(const RemovalNotifier&) = delete;

  /// Queues a copy of a removal; or counts it, if too much waits or there is no memory for it.
  void post(Key key, std::string_view value, RemovalCause cause);
  /// Delivers what waits, if there is no thread for it. Returns whether something waits still.
  bool maintain();
  /// Delivers what waits, and ends the thread. What is posted from now on is ignored.
  void stop();

  [[nodiscard]] std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  void reset_dropped() { dropped_.store(0, std::memory_order_relaxed); }

 private:
  [[nodiscard]] bool reserve(std::size_t bytes, std::size_t most);
  void release(std::size_t bytes) { held_bytes_.fetch_sub(bytes, std::memory_order_relaxed); }
  void drop() { dropped_.fetch_add(1, std::memory_order_relaxed); }
  void queue(Removal&& removal);
  void deliver();
  void run();

  const RemovalListener listener_;
  const Budget& budget_;
  std::atomic<std::size_t> held_bytes_{0};  // of those that wait or are being delivered
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<bool> stopping_{false};

  Mutex mutex_;
  std::condition_variable_any posted_;
  std::vector<Removal> waiting_ ABSL_GUARDED_BY(mutex_);
  bool delivering_ ABSL_GUARDED_BY(mutex_) = false;  // some thread is
  bool sleeping_ ABSL_GUARDED_BY(mutex_) = false;    // the thread is
  std::thread thread_;
};

}  // namespace libcache
