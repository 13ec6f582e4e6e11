#include "mutex.h"

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

}  // namespace

void Mutex::lock_contended() {
  constexpr int kTries = 40;  // of 40 cycles or so: half a microsecond
  for (int i = 0; i < kTries; ++i) {
    if (state_.load(std::memory_order_relaxed) == kFree && try_lock()) return;
    pause();
  }
  // Whoever has slept cannot know whether others do, so it takes the lock as an awaited one.
  while (state_.exchange(kAwaited, std::memory_order_acquire) != kFree) {
    state_.wait(kAwaited, std::memory_order_relaxed);
  }
}

}  // namespace libcache
