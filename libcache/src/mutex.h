#pragma once

#include <atomic>
#include <cstdint>

#include <absl/base/thread_annotations.h>

namespace libcache {

/// A lock for critical sections most of which take some 100 ns: one atomic operation to take it,
/// one to release it, both inline. Who finds it held spins for some microseconds before it sleeps
/// in the kernel. Not fair, not recursive. std::mutex costs 70 more instructions for a pair of lock
/// and unlock, and puts a thread to sleep at once.
///
/// Carries clang's thread-safety annotations: what is GUARDED_BY one is touched only with it held,
/// and a build with -Wthread-safety proves it. The names satisfy BasicLockable and Lockable.
///
/// After the three-state mutex of U. Drepper, "Futexes Are Tricky" (2011).
class ABSL_LOCKABLE Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() {
    if (!try_lock()) lock_contended();
  }
  void unlock() ABSL_UNLOCK_FUNCTION() {
    if (state_.exchange(kFree, std::memory_order_release) == kAwaited) wake_one();
  }
  [[nodiscard]] bool try_lock() ABSL_EXCLUSIVE_TRYLOCK_FUNCTION(true) {
    State state = kFree;
    return state_.compare_exchange_strong(state, kHeld, std::memory_order_acquire,
                                          std::memory_order_relaxed);
  }
  /// Whether somebody held it a moment ago: who has other work may do that first.
  [[nodiscard]] bool is_held() const { return state_.load(std::memory_order_relaxed) != kFree; }

 private:
  using State = std::int32_t;  // the kernel's futex word
  static constexpr State kFree = 0;
  static constexpr State kHeld = 1;
  static constexpr State kAwaited = 2;  // held, and somebody may sleep until it is not

  void lock_contended() ABSL_EXCLUSIVE_LOCK_FUNCTION();
  void wake_one();

  std::atomic<State> state_{kFree};
};

/// Holds a Mutex from here to the end of the scope.
class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) {
    mutex_.lock();
  }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace libcache
