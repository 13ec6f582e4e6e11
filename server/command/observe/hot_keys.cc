#include "server/command/observe/hot_keys.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <unordered_map>

namespace sideline::command {
namespace {

constexpr double kHalfLifeMs = 30'000;
constexpr std::int64_t kWindowMs = 100;
constexpr std::uint32_t kMostInWindow = 256;
// Threads read the clock at different times: who is late by no more than this was not set back.
constexpr std::int64_t kSkewMs = 1000;

/// The hash has no database in it.
std::uint64_t identity(const HotKeys::Access& access) {
  constexpr std::uint64_t kGolden = 0x9E37'79B9'7F4A'7C15;
  return access.hash + static_cast<std::uint64_t>(access.database) * kGolden;
}

/// From a decayed count to accesses a second, if counting began so long ago.
double per_second(double count, std::int64_t age_ms) {
  constexpr std::int64_t kLeastMs = 1000;
  const auto age = static_cast<double>(std::max(age_ms, kLeastMs));
  const double seconds =
      kHalfLifeMs / 1000 / std::numbers::ln2 * (1 - std::exp2(-age / kHalfLifeMs));
  return count / seconds;
}

}  // namespace

HotKeys::HotKeys(std::size_t threads)
    : count_(threads), threads_(std::make_unique<Thread[]>(threads)) {
  for (std::size_t i = 0; i != count_; ++i) {
    const MutexLock lock(threads_[i].mutex);
    threads_[i].random.seed(static_cast<std::minstd_rand::result_type>(i + 1));
  }
}

HotKeys::~HotKeys() = default;

/// A clock that was set back is one on which all began so much earlier.
void HotKeys::follow_clock(Thread& thread, std::int64_t now_ms) {
  const std::int64_t back_ms = thread.latest_ms - now_ms;
  if (back_ms <= 0) {
    thread.latest_ms = now_ms;
  } else if (back_ms > kSkewMs) {
    thread.begin_ms -= back_ms;
    thread.base_ms -= back_ms;
    thread.latest_ms = now_ms;
  }
}

/// By how much what happens now weighs more than at base_ms.
double HotKeys::growth(Thread& thread, std::int64_t now_ms) {
  constexpr double kMostHalfLives = 64;
  if (thread.sketch.size() == 0) thread.begin_ms = thread.base_ms = thread.latest_ms = now_ms;
  follow_clock(thread, now_ms);
  const double half_lives = static_cast<double>(now_ms - thread.base_ms) / kHalfLifeMs;
  if (half_lives <= kMostHalfLives) return std::exp2(half_lives);
  thread.sketch.scale(std::exp2(-half_lives));
  thread.base_ms = now_ms;
  return 1;
}

void HotKeys::choose_distance(Thread& thread, std::int64_t now_ms) {
  const std::int64_t passed_ms = now_ms - thread.window_begin_ms;
  ++thread.in_window;
  if (passed_ms >= kWindowMs || passed_ms < 0) {  // a clock may be set back
    const std::uint64_t seen = std::uint64_t{thread.in_window} * thread.distance;
    const std::uint64_t in_a_window =
        seen * static_cast<std::uint64_t>(kWindowMs) /
        static_cast<std::uint64_t>(std::max(std::abs(passed_ms), kWindowMs));
    thread.distance =
        static_cast<std::uint32_t>(std::max<std::uint64_t>(1, in_a_window / kMostInWindow));
    thread.window_begin_ms = now_ms;
    thread.in_window = 0;
  } else if (thread.in_window > kMostInWindow) {
    thread.distance *= 2;
    thread.in_window /= 2;
  }
  // Between 1 and twice the mean, so that no rhythm of the requests matters.
  thread.passed_over = 1 + static_cast<std::uint32_t>(thread.random() % (2 * thread.distance - 1));
}

void HotKeys::add(std::size_t thread_number, const Access& access, std::int64_t now_ms) {
  Thread& thread = threads_[thread_number];
  const MutexLock lock(thread.mutex);
  const double weight = thread.distance * growth(thread, now_ms);
  thread.sketch.add(identity(access), access.key, access.database, weight);
  choose_distance(thread, now_ms);
}

std::vector<HotKeys::HotKey> HotKeys::hottest(std::size_t count, std::int64_t now_ms) const {
  // A key that a full sketch does not have may have had as much there as the least that it has:
  // that is assumed of all keys, and taken off where the key is found.
  std::unordered_map<std::uint64_t, HotKey> found;
  double missed = 0;
  double all = 0;  // a sketch gives each access to some key, so this is exact
  for (std::size_t number = 0; number != count_; ++number) {
    Thread& thread = threads_[number];
    const MutexLock lock(thread.mutex);
    if (thread.sketch.size() == 0) continue;
    follow_clock(thread, now_ms);
    const double decay = std::exp2(-static_cast<double>(now_ms - thread.base_ms) / kHalfLifeMs);
    const std::int64_t age_ms = now_ms - thread.begin_ms;
    const auto rate = [&](double of) { return per_second(of * decay, age_ms); };
    const double most_missed = rate(thread.sketch.most_missed());
    missed += most_missed;
    for (std::size_t i = 0; i != thread.sketch.size(); ++i) {
      const SpaceSaving::Counter& counter = thread.sketch.counter(i);
      HotKey& hot = found[thread.sketch.hash(i)];
      hot.key = counter.key;
      hot.database = counter.database;
      hot.per_second += rate(thread.sketch.count(i));
      all += rate(thread.sketch.count(i));
      hot.error += rate(counter.error) - most_missed;
    }
  }
  std::vector<HotKey> hottest;
  for (auto& [hash, hot] : found) {
    if (hot.per_second < kLeastPerSecond) continue;
    hot.error = std::max(0.0, hot.error + missed);
    hot.share = hot.per_second / all;
    hottest.push_back(std::move(hot));
  }
  const auto hotter = [](const HotKey& a, const HotKey& b) {
    return a.per_second != b.per_second ? a.per_second > b.per_second : a.key < b.key;
  };
  const std::size_t shown = std::min(count, hottest.size());
  std::partial_sort(hottest.begin(), hottest.begin() + static_cast<std::ptrdiff_t>(shown),
                    hottest.end(), hotter);
  hottest.resize(shown);
  return hottest;
}

}  // namespace sideline::command
