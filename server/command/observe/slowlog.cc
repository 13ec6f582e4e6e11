#include "server/command/observe/slowlog.h"

#include <algorithm>
#include <limits>

namespace sideline::command {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

std::int64_t threshold_ns(std::int64_t threshold_us) {
  return threshold_us < 0 || threshold_us > kNever / 1000 ? kNever : threshold_us * 1000;
}

std::string cut(std::string_view argument) {
  if (argument.size() <= SlowLog::kMaxArgumentBytes) return std::string(argument);
  const std::size_t missing = argument.size() - SlowLog::kMaxArgumentBytes;
  return std::string(argument.substr(0, SlowLog::kMaxArgumentBytes)) + "... (" +
         std::to_string(missing) + " more bytes)";
}

std::vector<std::string> cut(std::span<const std::string_view> args) {
  const bool too_many = args.size() > SlowLog::kMaxArguments;
  const std::size_t kept = too_many ? SlowLog::kMaxArguments - 1 : args.size();
  std::vector<std::string> shown;
  shown.reserve(kept + 1);
  for (const std::string_view argument : args.first(kept)) shown.push_back(cut(argument));
  if (too_many) shown.push_back("... (" + std::to_string(args.size() - kept) + " more arguments)");
  return shown;
}

}  // namespace

void SlowLog::configure(std::int64_t threshold_us, std::int64_t max_length) {
  threshold_ns_.store(threshold_ns(threshold_us), std::memory_order_relaxed);
  const MutexLock lock(mutex_);
  max_length_ = static_cast<std::size_t>(max_length);
  if (entries_.size() > max_length_) entries_.resize(max_length_);
}

void SlowLog::add(std::int64_t unix_time, std::int64_t nanoseconds,
                  std::span<const std::string_view> args, std::string_view address,
                  std::string_view client_name) {
  Entry entry;
  entry.unix_time = unix_time;
  entry.microseconds = nanoseconds / 1000;
  entry.args = cut(args);
  entry.address = address;
  entry.client_name = client_name;

  const MutexLock lock(mutex_);
  entry.id = next_id_++;
  entries_.push_front(std::move(entry));
  if (entries_.size() > max_length_) entries_.pop_back();
}

std::vector<SlowLog::Entry> SlowLog::newest(std::size_t count) const {
  const MutexLock lock(mutex_);
  const auto end = entries_.begin() + static_cast<std::ptrdiff_t>(std::min(count, entries_.size()));
  return {entries_.begin(), end};
}

std::size_t SlowLog::size() const {
  const MutexLock lock(mutex_);
  return entries_.size();
}

void SlowLog::clear() {
  const MutexLock lock(mutex_);
  entries_.clear();
}

}  // namespace sideline::command
