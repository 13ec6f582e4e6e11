#include "server/command/acl/acl_log.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace sideline::command {
namespace {

constexpr std::size_t kLookedAt = 10;
constexpr std::int64_t kTogetherMs = 60'000;

bool alike(const AclLog::Event& a, const AclLog::Event& b) {
  return a.denial == b.denial && a.object == b.object && a.user == b.user;
}

}  // namespace

void AclLog::set_max_length(std::int64_t max_length) {
  const MutexLock lock(mutex_);
  max_length_ = static_cast<std::size_t>(max_length);
}

void AclLog::add(Event event, std::int64_t now_ms) {
  counts_[static_cast<std::size_t>(event.denial)].fetch_add(1, std::memory_order_relaxed);
  const MutexLock lock(mutex_);
  const auto end =
      entries_.begin() + static_cast<std::ptrdiff_t>(std::min(kLookedAt, entries_.size()));
  const auto same = std::find_if(entries_.begin(), end, [&](const Entry& entry) {
    return alike(entry.event, event) && std::abs(entry.updated_ms - now_ms) <= kTogetherMs;
  });
  if (same != end) {
    std::rotate(entries_.begin(), same, same + 1);
    Entry& entry = entries_.front();
    entry.event.client = std::move(event.client);
    entry.updated_ms = now_ms;
    ++entry.count;
    return;
  }
  entries_.push_front(
      {.event = std::move(event), .id = next_id_++, .created_ms = now_ms, .updated_ms = now_ms});
  if (entries_.size() > max_length_) entries_.resize(max_length_);
}

std::vector<AclLog::Entry> AclLog::newest(std::size_t count) const {
  const MutexLock lock(mutex_);
  const auto end = entries_.begin() + static_cast<std::ptrdiff_t>(std::min(count, entries_.size()));
  return {entries_.begin(), end};
}

void AclLog::clear() {
  const MutexLock lock(mutex_);
  entries_.clear();
}

}  // namespace sideline::command
