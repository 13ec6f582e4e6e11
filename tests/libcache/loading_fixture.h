#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <latch>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <libcache/loading_cache.h>

namespace libcache {

inline std::string text(const LoadResult& result) {
  return result ? std::string(result.value.bytes()) : "(none)";
}

class LoadingCacheTest : public testing::Test {
 protected:
  ~LoadingCacheTest() override { EXPECT_EQ(cache_.check_invariants(), ""); }

  /// A loader that returns the value and counts.
  auto loader_of(std::string value) {
    return [this, value]() -> Loaded {
      ++loads_;
      return value;
    };
  }
  std::string cached(Key key) {
    const auto value = cache_.get(key, {.count = false});
    return value ? std::string(value->bytes()) : "(none)";
  }

  ManualClock clock_;
  Cache cache_{{.max_memory = 8 << 20, .maintenance = Maintenance::kManual, .clock = &clock_}};
  LoadingCache loading_{cache_};
  std::atomic<int> loads_ = 0;
};

/// A load on a thread of its own, whose loader waits until it is let go.
class SlowLoad {
 public:
  SlowLoad(LoadingCache loading, std::string key, Loaded value, LoadOptions options = {})
      : result_(std::async(std::launch::async, [this, loading, key, value, options]() mutable {
          return loading.get_or_compute(
              key,
              [&] {
                began_.count_down();
                go_.wait();
                return value;
              },
              options);
        })) {
    began_.wait();
  }
  /// Lets it end, and returns what it came to.
  LoadResult finish() {
    go_.count_down();
    return result_.get();
  }

 private:
  std::latch began_{1};
  std::latch go_{1};
  std::future<LoadResult> result_;
};

/// An executor that runs its tasks when it is told to.
class TaskQueue {
 public:
  Executor executor() {
    return [this](std::function<void()> task) { tasks_.push_back(std::move(task)); };
  }
  void run() {
    while (!tasks_.empty()) {
      const auto task = std::move(tasks_.front());
      tasks_.erase(tasks_.begin());
      task();
    }
  }
  /// What a task leaves when it is destroyed may be a new task.
  void drop() { const auto dropped = std::exchange(tasks_, {}); }

 private:
  std::vector<std::function<void()>> tasks_;
};

}  // namespace libcache
