#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <absl/base/thread_annotations.h>

#include "server/base/mutex.h"
#include "server/command/observe/space_saving.h"

namespace sideline::command {

/// Which keys are asked for most, now: what happened 30 seconds ago counts half. (Later accesses
/// weigh more instead of older ones less: forward decay, Cormode et al., ICDE 2009.)
///
/// Each thread that runs commands has a sketch (space_saving.h) of its own, 80 KB; it is passed by
/// its number, as to CommandStats. A thread that runs more than 2560 commands a second looks at
/// some of them only, at random distances, and counts each for those that it has passed over. So it
/// costs a request a decrement, and a thread half a millisecond a second.
///
/// The time may be the wall clock's. One that is set back takes along when counting began, so the
/// rates stay as they are; one that is set forward makes them older.
class HotKeys {
 public:
  explicit HotKeys(std::size_t threads);
  ~HotKeys();

  /// Rates below this are told as 0, so the keys are not told of at all.
  static constexpr double kLeastPerSecond = 0.005;

  /// Whether the thread is to add() the access that comes now. To be asked once for each.
  [[nodiscard]] bool wants(std::size_t thread) {
    std::uint32_t& passed_over = threads_[thread].passed_over;
    if (--passed_over != 0) return false;
    passed_over = 1;  // add() may fail before it has chosen another distance
    return true;
  }
  /// `hash` stands for the key's bytes.
  struct Access {
    std::uint64_t hash;
    std::string_view key;
    int database;
  };
  void add(std::size_t thread, const Access& access, std::int64_t now_ms);

  struct HotKey {
    std::string key;  ///< cut after SpaceSaving::kMostKeyBytes
    int database = 0;
    double per_second = 0;
    double error = 0;  ///< by how much that may be off, either way, but for the sampling
    double share = 0;  ///< its part of all accesses, from 0 to 1
  };
  /// The hottest first, of those that are asked for at least kLeastPerSecond.
  [[nodiscard]] std::vector<HotKey> hottest(std::size_t count, std::int64_t now_ms) const;

 private:
  struct alignas(64) Thread {
    // Of the thread alone.
    std::uint32_t passed_over = 1;  // so many more until the next that is looked at, and that

    Mutex mutex;
    SpaceSaving sketch ABSL_GUARDED_BY(mutex);
    std::minstd_rand random ABSL_GUARDED_BY(mutex);
    std::uint32_t distance ABSL_GUARDED_BY(mutex) = 1;  // between two that are looked at: the mean
    std::int64_t window_begin_ms ABSL_GUARDED_BY(mutex) = 0;
    std::uint32_t in_window ABSL_GUARDED_BY(mutex) = 0;
    // The counts are as of base_ms; later weights are larger.
    std::int64_t begin_ms ABSL_GUARDED_BY(mutex) = 0;
    std::int64_t base_ms ABSL_GUARDED_BY(mutex) = 0;
    std::int64_t latest_ms ABSL_GUARDED_BY(mutex) = 0;
  };

  static void follow_clock(Thread& thread, std::int64_t now_ms)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(thread.mutex);
  static double growth(Thread& thread, std::int64_t now_ms)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(thread.mutex);
  static void choose_distance(Thread& thread, std::int64_t now_ms)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(thread.mutex);

  const std::size_t count_;
  const std::unique_ptr<Thread[]> threads_;
};

}  // namespace sideline::command
