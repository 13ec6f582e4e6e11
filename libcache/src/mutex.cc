#include "mutex.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace libcache {
namespace {

/// Tells the processor that this thread waits: it saves power and lets the other thread of a core
/// go ahead.
void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Not std::atomic::wait: libstdc++ yields the processor four times before it sleeps, each time for
// a slice of milliseconds if the holder runs on the same one. With both threads on one processor
// and maintenance busy (a limit halved), reads waited up to a second rather than 9 ms.
void futex(std::atomic<std::int32_t>& word, int operation, std::int32_t value) {
  static_assert(sizeof word == sizeof value && std::atomic<std::int32_t>::is_always_lock_free);
  ::syscall(SYS_futex, &word, operation, value, nullptr, nullptr, 0);
}

}  // namespace

void Mutex::lock_contended() ABSL_NO_THREAD_SAFETY_ANALYSIS {
  // Of 40 to 140 cycles, as long as a pause takes: together as long as some inserts that evict.
  // With 40, two threads that insert and evict slept so often that each took 1.6 times as long
  // (engine_benchmark, insert_evicting/new/64B with threads:2, alternating runs).
  constexpr int kTries = 150;
  for (int i = 0; i < kTries; ++i) {
    if (state_.load(std::memory_order_relaxed) == kFree && try_lock()) return;
    pause();
  }
  // Whoever has slept cannot know whether others do, so it takes the lock as an awaited one.
  while (state_.exchange(kAwaited, std::memory_order_acquire) != kFree) {
    futex(state_, FUTEX_WAIT_PRIVATE, kAwaited);
  }
}

void Mutex::wake_one() { futex(state_, FUTEX_WAKE_PRIVATE, 1); }

}  // namespace libcache
