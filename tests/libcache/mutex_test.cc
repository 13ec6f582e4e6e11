#include "mutex.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace libcache {
namespace {

TEST(Mutex, IsTakenByOneAtATime) {
  Mutex mutex;
  ASSERT_TRUE(mutex.try_lock());
  std::jthread([&mutex] { EXPECT_FALSE(mutex.try_lock()); }).join();
  mutex.unlock();
  EXPECT_TRUE(mutex.try_lock());
  mutex.unlock();
}

TEST(Mutex, IsPassedOnToAllWhoWait) {
  Mutex mutex;
  std::atomic<int> passed{0};
  mutex.lock();
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const MutexLock lock(mutex);
      passed.fetch_add(1);
    });
  }
  // Longer than they spin, on a machine that runs them at once; nothing depends on it.
  for (int i = 0; i < 1000; ++i) std::this_thread::yield();
  EXPECT_EQ(passed.load(), 0);
  mutex.unlock();
  threads.clear();
  EXPECT_EQ(passed.load(), 4);
}

TEST(Mutex, GuardsWhatManyThreadsChange) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 50'000;
  Mutex mutex;
  int counter = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < kRounds; ++round) {
        const MutexLock lock(mutex);
        ++counter;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(counter, kThreads * kRounds);
}

}  // namespace
}  // namespace libcache
