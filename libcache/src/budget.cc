#include "budget.h"

#include <cassert>

namespace libcache {
bool Budget::try_charge(std::size_t bytes, Overdraft overdraft) {
  // A loop rather than add-and-undo: a large charge that is refused must not make a small one of
  // another thread fail in between.
  std::size_t used = used_.load(std::memory_order_relaxed);
  do {
    const std::size_t limit = this->limit();
    if (limit != 0 && (used > limit || bytes > limit - used)) {
      return overdraft == Overdraft::kAllowed && overdraw(bytes);
    }
  } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_acquire,
                                        std::memory_order_relaxed));
  raise_peak(used + bytes);
  return true;
}

bool Budget::overdraw(std::size_t bytes) {
  std::size_t overdrawn = overdrawn_.load(std::memory_order_relaxed);
  do {
    const std::size_t most = overdraft_of(limit());
    if (overdrawn > most || bytes > most - overdrawn) return false;
  } while (
      !overdrawn_.compare_exchange_weak(overdrawn, overdrawn + bytes, std::memory_order_relaxed));
  charge(bytes);
  return true;
}

void Budget::charge(std::size_t bytes) {
  raise_peak(used_.fetch_add(bytes, std::memory_order_acquire) + bytes);
}

void Budget::release(std::size_t bytes) {
  [[maybe_unused]] const std::size_t used = used_.fetch_sub(bytes, std::memory_order_release);
  assert(used >= bytes);
  std::size_t overdrawn = overdrawn_.load(std::memory_order_relaxed);
  while (overdrawn != 0 &&
         !overdrawn_.compare_exchange_weak(overdrawn, overdrawn - std::min(overdrawn, bytes),
                                           std::memory_order_relaxed)) {
  }
}

void Budget::set_limit(std::size_t limit) {
  limit_.store(limit, std::memory_order_relaxed);
  if (excess() == 0) overdrawn_.store(0, std::memory_order_relaxed);
}

void Budget::raise_peak(std::size_t used) {
  std::size_t peak = peak_.load(std::memory_order_relaxed);
  while (used > peak && !peak_.compare_exchange_weak(peak, used, std::memory_order_relaxed)) {
  }
}

}  // namespace libcache
