#include "server/command/clients/pause.h"

#include <algorithm>
#include <utility>

namespace sideline::command {

void Pause::begin(Mode mode, std::int64_t end_ms, std::int64_t now_ms) {
  const MutexLock lock(mutex_);
  expire(now_ms);
  end_ms_ = std::max(end_ms_, end_ms);
  length_ms_ = end_ms_ - now_ms;
  mode_.store(std::max(mode_.load(std::memory_order_relaxed), mode), std::memory_order_relaxed);
}

void Pause::end() {
  decltype(waiting_) waiting;
  {
    const MutexLock lock(mutex_);
    mode_.store(Mode::kNone, std::memory_order_relaxed);
    end_ms_ = 0;
    waiting = std::exchange(waiting_, {});
  }
  for (const auto& weak : waiting) {
    if (const auto link = weak.lock()) link->resume();
  }
}

bool Pause::hold(bool writes, const std::weak_ptr<Client::Link>& link, std::int64_t now_ms) {
  const MutexLock lock(mutex_);
  expire(now_ms);
  const Mode mode = mode_.load(std::memory_order_relaxed);
  if (mode == Mode::kNone || (mode == Mode::kWrites && !writes)) return false;
  waiting_.insert(link);
  return true;
}

std::int64_t Pause::remaining_ms(std::int64_t now_ms) const {
  const MutexLock lock(mutex_);
  return is_over(now_ms) ? 0 : end_ms_ - now_ms;
}

void Pause::expire(std::int64_t now_ms) {
  if (!is_over(now_ms)) return;
  mode_.store(Mode::kNone, std::memory_order_relaxed);
  end_ms_ = 0;
  waiting_.clear();
}

}  // namespace sideline::command
