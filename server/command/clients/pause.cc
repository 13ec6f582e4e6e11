#include "server/command/clients/pause.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace sideline::command {

std::int64_t Pause::steady_ms() {
  using std::chrono::milliseconds;
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<milliseconds>(now).count();
}

void Pause::begin(Mode mode, std::int64_t end_ms, std::int64_t now_ms) {
  const MutexLock lock(mutex_);
  expire(now_ms);
  end_ms_ = std::max(end_ms_, end_ms);
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
  return std::max<std::int64_t>(0, end_ms_ - now_ms);
}

void Pause::expire(std::int64_t now_ms) {
  if (now_ms < end_ms_) return;
  mode_.store(Mode::kNone, std::memory_order_relaxed);
  end_ms_ = 0;
  waiting_.clear();
}

}  // namespace sideline::command
