#include "removal_notifier.h"

#include <algorithm>
#include <utility>

namespace libcache {
namespace {

std::size_t bytes_of(const Removal& removal) {
  const std::size_t value = removal.value ? removal.value->bytes().size() : 0;
  return removal.key.size() + value;
}

}  // namespace

RemovalNotifier::RemovalNotifier(RemovalListener listener, const Budget& budget,
                                 Maintenance maintenance)
    : listener_(std::move(listener)), budget_(budget) {
  if (maintenance == Maintenance::kThread) thread_ = std::thread([this] { run(); });
}

std::size_t RemovalNotifier::most_bytes() const {
  const std::size_t limit = budget_.limit();
  return limit == 0 ? kMostRemovalBytes : std::min(kMostRemovalBytes, limit / 16);
}

void RemovalNotifier::post(Removal&& removal) {
  const std::size_t bytes = bytes_of(removal);
  const MutexLock lock(mutex_);
  if (stopping_) return;
  if (waiting_.size() == kMostRemovals || bytes > most_bytes() ||
      waiting_bytes_ > most_bytes() - bytes) {
    drop();
    return;
  }
  waiting_.push_back(std::move(removal));
  waiting_bytes_ += bytes;
  if (waiting_.size() == 1) posted_.notify_one();
}

std::optional<Removal> RemovalNotifier::take() {
  const MutexLock lock(mutex_);
  if (waiting_.empty()) return std::nullopt;
  std::optional<Removal> first(std::move(waiting_.front()));
  waiting_.pop_front();
  waiting_bytes_ -= bytes_of(*first);
  return first;
}

void RemovalNotifier::deliver() {
  // Not those that the listener causes meanwhile, which could be endless.
  std::size_t count = 0;
  {
    const MutexLock lock(mutex_);
    count = waiting_.size();
  }
  for (; count != 0; --count) {
    std::optional<Removal> removal = take();
    if (!removal) return;  // another thread delivers too
    listener_(*std::move(removal));
  }
}

void RemovalNotifier::run() {
  for (;;) {
    {
      const MutexLock lock(mutex_);
      posted_.wait(mutex_, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return stopping_ || !waiting_.empty();
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
