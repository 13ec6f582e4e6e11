#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <absl/base/thread_annotations.h>

#include "server/base/mutex.h"
#include "server/command/observe/latency_histogram.h"

namespace sideline::command {

/// What became of the requests: for each command its calls, time and failures, and the error
/// replies by their code (INFO commandstats, latencystats, errorstats).
///
/// Recording takes no lock and shares no cache line: each thread that runs commands has counters of
/// its own, which only it writes and whose sums the readers make. So a thread passes its number,
/// from 0 to threads - 1 (Client::thread), and no two threads may pass the same at once: counts
/// would be lost. reset() touches no counter; it remembers what they were.
class CommandStats {
 public:
  /// `commands`: how many rows there are; a command is known by its Row::index.
  CommandStats(std::size_t commands, std::size_t threads);
  ~CommandStats();

  // --- Recording -----------------------------------------------------------------------------

  /// A command ran. `failed`: it replied with an error.
  void record_call(std::size_t thread, std::size_t command, std::int64_t nanoseconds, bool failed);
  /// A command was refused before it ran (arity, memory, permission).
  void record_rejection(std::size_t thread, std::size_t command);
  /// An error was sent; `text` as Reply::error() takes it. Takes a lock that no other thread's
  /// requests take.
  void record_error(std::size_t thread, std::string_view text);

  // --- Reading -------------------------------------------------------------------------------

  struct Totals {
    std::uint64_t calls = 0;
    std::uint64_t nanoseconds = 0;
    std::uint64_t rejected = 0;
    std::uint64_t failed = 0;
  };
  [[nodiscard]] Totals totals(std::size_t command) const ABSL_LOCKS_EXCLUDED(mutex_);
  [[nodiscard]] LatencyCounts latency(std::size_t command) const ABSL_LOCKS_EXCLUDED(mutex_);
  /// Calls without a failure, reset() or not.
  [[nodiscard]] std::uint64_t successes_ever(std::size_t command) const;
  /// Calls of all commands.
  [[nodiscard]] std::uint64_t calls() const ABSL_LOCKS_EXCLUDED(mutex_);

  /// Error replies by code ("ERR", "WRONGTYPE").
  using Errors = std::map<std::string, std::uint64_t, std::less<>>;
  [[nodiscard]] Errors errors() const ABSL_LOCKS_EXCLUDED(mutex_);

  /// Counts from 0 again.
  void reset() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Counters;
  struct Thread;

  [[nodiscard]] Totals totals_ever(std::size_t command) const;
  [[nodiscard]] LatencyCounts latency_ever(std::size_t command) const;
  [[nodiscard]] Errors errors_ever() const;

  const std::size_t commands_;
  std::vector<std::unique_ptr<Thread>> threads_;

  // What was counted before the last reset.
  mutable Mutex mutex_;
  std::vector<Totals> totals_before_ ABSL_GUARDED_BY(mutex_);
  std::map<std::size_t, LatencyCounts> latency_before_ ABSL_GUARDED_BY(mutex_);
  Errors errors_before_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sideline::command
