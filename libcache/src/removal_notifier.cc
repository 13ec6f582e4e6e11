#include "removal_notifier.h"

#include <pthread.h>

#include <algorithm>
#include <new>
#include <string>
#include <utility>

namespace libcache {
namespace {

/// What one takes besides its bytes: the object, and what malloc adds to two strings.
constexpr std::size_t kOverhead = 160;
static_assert(sizeof(Removal) + 2 * sizeof(std::max_align_t) <= kOverhead);

std::size_t held_by(const Removal& removal) {
  return kOverhead + removal.key.size() + (removal.value ? removal.value->size() : 0);
}

}  // namespace

RemovalNotifier::RemovalNotifier(RemovalListener listener, const Budget& budget,
                                 Maintenance maintenance)
    : listener_(std::move(listener)), budget_(budget) {
  if (maintenance == Maintenance::kThread) {
    thread_ = std::thread([this] { run(); });
    pthread_setname_np(thread_.native_handle(), "cache-removals");
  }
}

/// Makes room for so many bytes among `most`, if there is any.
bool RemovalNotifier::reserve(std::size_t bytes, std::size_t most) {
  if (held_bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= most) return true;
  release(bytes);
  return false;
}

void RemovalNotifier::post(Key key, std::string_view value, RemovalCause cause) {
  if (stopping_.load(std::memory_order_relaxed)) return;
  const std::size_t limit = budget_.limit();
  const std::size_t most = limit == 0 ? kMostRemovalBytes : std::min(kMostRemovalBytes, limit / 16);
  const std::size_t without_value = kOverhead + key.bytes().size();
  const bool with_value = without_value + value.size() <= most;
  const std::size_t bytes = without_value + (with_value ? value.size() : 0);
  if (!reserve(bytes, most)) {
    drop();
    return;
  }
  try {
    Removal removal{.key = std::string(key.bytes()), .database = key.database(), .cause = cause};
    if (with_value) removal.value.emplace(value);
    queue(std::move(removal));
  } catch (const std::bad_alloc&) {
    release(bytes);
    drop();
  }
}

void RemovalNotifier::queue(Removal&& removal) {
  bool wake = false;
  {
    const MutexLock lock(mutex_);
    waiting_.push_back(std::move(removal));
    wake = std::exchange(sleeping_, false);
  }
  if (wake) posted_.notify_one();
}

/// Calls the listener for those that wait now; but for nobody if another call does, or this comes
/// from the listener: one at a time, and in order.
void RemovalNotifier::deliver() {
  std::vector<Removal> removals;
  {
    const MutexLock lock(mutex_);
    if (delivering_) return;
    delivering_ = true;
    removals.swap(waiting_);
  }
  for (Removal& removal : removals) {
    const std::size_t bytes = held_by(removal);
    listener_(std::move(removal));
    release(bytes);
  }
  const MutexLock lock(mutex_);
  delivering_ = false;
}

bool RemovalNotifier::maintain() {
  if (thread_.joinable()) return false;
  deliver();
  const MutexLock lock(mutex_);
  return !waiting_.empty();
}

void RemovalNotifier::run() {
  for (;;) {
    {
      const MutexLock lock(mutex_);
      posted_.wait(mutex_, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        sleeping_ = waiting_.empty() && !stopping_;
        return !sleeping_;
      });
      if (stopping_) return;
    }
    deliver();
  }
}

void RemovalNotifier::stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  posted_.notify_one();
  if (thread_.joinable()) thread_.join();
  deliver();
}

}  // namespace libcache
