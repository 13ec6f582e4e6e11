#include "server/command/observe/latency.h"

#include <algorithm>
#include <limits>

#include "server/config/letter_case.h"

namespace sideline::command {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kNsPerMs = 1'000'000;

}  // namespace

void Latency::configure(std::int64_t threshold_ms) {
  const bool off = threshold_ms <= 0 || threshold_ms > kNever / kNsPerMs;
  threshold_ms_.store(threshold_ms, std::memory_order_relaxed);
  threshold_ns_.store(off ? kNever : threshold_ms * kNsPerMs, std::memory_order_relaxed);
}

void Latency::add(std::string_view event, std::int64_t unix_time, std::int64_t nanoseconds) {
  const std::int64_t milliseconds = nanoseconds / kNsPerMs;
  const MutexLock lock(mutex_);
  auto found = events_.find(event);
  if (found == events_.end()) found = events_.emplace(event, Series{}).first;
  Series& series = found->second;
  series.max_ms = std::max(series.max_ms, milliseconds);
  if (!series.samples.empty() && series.samples.back().unix_time == unix_time) {
    Sample& last = series.samples.back();
    last.milliseconds = std::max(last.milliseconds, milliseconds);
    return;
  }
  series.samples.push_back({unix_time, milliseconds});
  if (series.samples.size() > kMaxSamples) series.samples.pop_front();
}

Latency::Events Latency::events() const {
  const MutexLock lock(mutex_);
  return events_;
}

std::optional<Latency::Series> Latency::series(std::string_view event) const {
  const MutexLock lock(mutex_);
  const auto found = events_.find(event);
  if (found == events_.end()) return std::nullopt;
  return found->second;
}

std::size_t Latency::reset(std::string_view event) {
  const MutexLock lock(mutex_);
  return std::erase_if(
      events_, [&](const auto& known) { return config::same_ignoring_case(known.first, event); });
}

std::size_t Latency::reset() {
  const MutexLock lock(mutex_);
  const std::size_t count = events_.size();
  events_.clear();
  return count;
}

}  // namespace sideline::command
