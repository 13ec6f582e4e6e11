#include "server/command/observe/command_stats.h"

#include "server/command/observe/thread_counter.h"

namespace sideline::command {
namespace {

std::string_view code_of(std::string_view error) { return error.substr(0, error.find(' ')); }

/// `count` more of `code`.
void add(CommandStats::Errors& errors, std::string_view code, std::uint64_t count) {
  const auto found = errors.find(code);
  if (found != errors.end()) {
    found->second += count;
  } else {
    errors.emplace(code, count);
  }
}

constexpr std::size_t kCacheLine = 64;

}  // namespace

/// What one thread counted of one command. A call writes the first line of it and one of the
/// histogram.
struct alignas(kCacheLine) CommandStats::Counters {
  ThreadCounter calls, nanoseconds, rejected, failed;
  LatencyRecorder latency;
};

/// What one thread counted.
struct alignas(kCacheLine) CommandStats::Thread {
  explicit Thread(std::size_t commands) : counters(commands) {}

  std::vector<Counters> counters;  // by Row::index
  mutable Mutex mutex;             // the thread's own errors against readers
  Errors errors ABSL_GUARDED_BY(mutex);
};

CommandStats::CommandStats(std::size_t commands, std::size_t threads)
    : commands_(commands), totals_before_(commands) {
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) threads_.push_back(std::make_unique<Thread>(commands));
}

CommandStats::~CommandStats() = default;

void CommandStats::record_call(std::size_t thread, std::size_t command, std::int64_t nanoseconds,
                               bool failed) {
  Counters& counters = threads_[thread]->counters[command];
  counters.calls.add(1);
  counters.nanoseconds.add(static_cast<std::uint64_t>(nanoseconds));
  if (failed) counters.failed.add(1);
  counters.latency.record(nanoseconds);
}

void CommandStats::record_rejection(std::size_t thread, std::size_t command) {
  threads_[thread]->counters[command].rejected.add(1);
}

void CommandStats::record_error(std::size_t thread, std::string_view text) {
  Thread& own = *threads_[thread];
  const MutexLock lock(own.mutex);
  add(own.errors, code_of(text), 1);
}

CommandStats::Totals CommandStats::totals_ever(std::size_t command) const {
  Totals sum;
  for (const std::unique_ptr<Thread>& thread : threads_) {
    const Counters& counters = thread->counters[command];
    sum.calls += counters.calls.value();
    sum.nanoseconds += counters.nanoseconds.value();
    sum.rejected += counters.rejected.value();
    sum.failed += counters.failed.value();
  }
  return sum;
}

LatencyCounts CommandStats::latency_ever(std::size_t command) const {
  LatencyCounts sum;
  for (const std::unique_ptr<Thread>& thread : threads_) {
    thread->counters[command].latency.add_to(sum);
  }
  return sum;
}

CommandStats::Errors CommandStats::errors_ever() const {
  Errors sum;
  for (const std::unique_ptr<Thread>& thread : threads_) {
    const MutexLock lock(thread->mutex);
    for (const auto& [code, count] : thread->errors) add(sum, code, count);
  }
  return sum;
}

CommandStats::Totals CommandStats::totals(std::size_t command) const {
  const MutexLock lock(mutex_);
  Totals sum = totals_ever(command);
  const Totals& before = totals_before_[command];
  sum.calls -= before.calls;
  sum.nanoseconds -= before.nanoseconds;
  sum.rejected -= before.rejected;
  sum.failed -= before.failed;
  return sum;
}

LatencyCounts CommandStats::latency(std::size_t command) const {
  const MutexLock lock(mutex_);
  LatencyCounts counts = latency_ever(command);
  if (const auto before = latency_before_.find(command); before != latency_before_.end()) {
    counts -= before->second;
  }
  return counts;
}

std::uint64_t CommandStats::successes_ever(std::size_t command) const {
  const Totals ever = totals_ever(command);
  return ever.calls - ever.failed;
}

std::uint64_t CommandStats::calls() const {
  std::uint64_t sum = 0;
  for (std::size_t command = 0; command < commands_; ++command) sum += totals(command).calls;
  return sum;
}

CommandStats::Errors CommandStats::errors() const {
  const MutexLock lock(mutex_);
  Errors counts = errors_ever();
  for (const auto& [code, before] : errors_before_) {
    const auto found = counts.find(code);
    found->second -= before;
    if (found->second == 0) counts.erase(found);
  }
  return counts;
}

void CommandStats::reset() {
  const MutexLock lock(mutex_);
  for (std::size_t command = 0; command < commands_; ++command) {
    totals_before_[command] = totals_ever(command);
    if (totals_before_[command].calls != 0) {
      latency_before_.insert_or_assign(command, latency_ever(command));
    }
  }
  errors_before_ = errors_ever();
}

}  // namespace sideline::command
