#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <absl/base/thread_annotations.h>

#include "server/base/mutex.h"
#include "server/command/observe/thread_counter.h"

namespace sideline::command {

/// What requests and replies move: bytes (of TLS, those within it), and the calls that moved them.
///
/// Recording is as for CommandStats: a thread has counters of its own and passes Client::thread.
/// (With one set for all, and atomic additions, a single GET over TCP took 2 % more in one thread,
/// and 3 in two: a draft of d2c9e5c.) reset() touches no counter; it remembers what they were.
class Traffic {
 public:
  explicit Traffic(std::size_t threads) : threads_(threads) {}

  void record_read(std::size_t thread, std::size_t bytes) {
    threads_[thread].input_bytes.add(bytes);
    threads_[thread].reads.add(1);
  }
  void record_writes(std::size_t thread, std::size_t calls, std::size_t bytes) {
    threads_[thread].output_bytes.add(bytes);
    threads_[thread].writes.add(calls);
  }

  struct Totals {
    std::uint64_t input_bytes = 0;
    std::uint64_t output_bytes = 0;
    std::uint64_t reads = 0;
    std::uint64_t writes = 0;
  };
  [[nodiscard]] Totals totals() const ABSL_LOCKS_EXCLUDED(mutex_);

  /// Counts from 0 again.
  void reset() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct alignas(64) Thread {
    ThreadCounter input_bytes, output_bytes, reads, writes;
  };

  [[nodiscard]] Totals totals_ever() const;

  std::vector<Thread> threads_;

  mutable Mutex mutex_;
  Totals before_ ABSL_GUARDED_BY(mutex_);  // the last reset
};

}  // namespace sideline::command
