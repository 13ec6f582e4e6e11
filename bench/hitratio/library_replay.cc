#include "bench/hitratio/library_replay.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

#include <libcache/cache.h>
#include <libcache/clock.h>

namespace bench {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

/// A key's bytes, on the stack.
template <class Number>
class KeyOf {
 public:
  explicit KeyOf(Number number) { std::memcpy(bytes_, &number, sizeof number); }
  [[nodiscard]] std::string_view bytes() const { return {bytes_, sizeof bytes_}; }

 private:
  char bytes_[sizeof(Number)];
};

void store(libcache::Cache& cache, std::string_view key, std::string_view value) {
  if (cache.set(key, value).status != libcache::Status::kOk) {
    throw std::runtime_error("a set failed");
  }
}

libcache::Options to_options(const Calibration& calibration) {
  libcache::Options options;
  options.max_memory = calibration.max_memory;
  options.shards = calibration.shards;
  options.hash_seed = 1;  // the same result each time
  return options;
}

libcache::Options to_options(const Calibration& calibration, libcache::Policy policy,
                             const libcache::Clock& clock) {
  libcache::Options options = to_options(calibration);
  options.policy = policy;
  options.clock = &clock;
  options.maintenance = libcache::Maintenance::kManual;
  return options;
}

/// Asks a cache for one key after the other, while the clock goes and the cache does what is due.
class Asker {
 public:
  Asker(libcache::Cache& cache, libcache::ManualClock& clock, std::size_t value_bytes,
        int requests_a_ms)
      : cache_(cache), clock_(clock), value_(value_bytes, 'v'), requests_a_ms_(requests_a_ms) {}

  /// Whether the key is there; it is from then on.
  bool ask(std::uint32_t number) {
    pass_time();
    const KeyOf key(number);
    if (cache_.touch(key.bytes())) return true;
    store(cache_, key.bytes(), value_);
    return false;
  }

 private:
  void pass_time() {
    constexpr std::int64_t kMaintainEveryMs = 1000;
    if (++in_this_ms_ != requests_a_ms_) return;
    in_this_ms_ = 0;
    clock_.advance_ms(1);
    if (clock_.now_ms() % kMaintainEveryMs == 0) static_cast<void>(cache_.maintain());
  }

  libcache::Cache& cache_;
  libcache::ManualClock& clock_;
  const std::string value_;
  const int requests_a_ms_;
  int in_this_ms_ = 0;
};

std::size_t held_when_full(const Calibration& calibration, std::size_t entries) {
  libcache::Cache cache(to_options(calibration));
  const std::string value(calibration.value_bytes, 'v');
  for (std::size_t i = 0; i < 3 * entries; ++i) store(cache, KeyOf(i).bytes(), value);
  return cache.size();
}

}  // namespace

Calibration calibrate(int shards, std::size_t entries, std::size_t bytes_of_a_shard) {
  const std::size_t bytes = bytes_of_a_shard * static_cast<std::size_t>(std::max(1, shards));
  Calibration result{shards, 0, bytes / entries};
  // The lowest limit that holds so many, to within a fraction of an entry.
  std::size_t low = kMiB;
  std::size_t high = 4 * bytes;
  while (high - low > result.value_bytes / 16) {
    result.max_memory = low + (high - low) / 2;
    const bool enough = held_when_full(result, entries) >= entries;
    (enough ? high : low) = result.max_memory;
  }
  result.max_memory = high;
  return result;
}

Replay replay(const Trace& trace, const Calibration& calibration, libcache::Policy policy,
              int requests_a_ms) {
  constexpr std::size_t kSampleEvery = 64;
  libcache::ManualClock clock;
  libcache::Cache cache(to_options(calibration, policy, clock));
  Asker asker(cache, clock, calibration.value_bytes, requests_a_ms);
  std::size_t hits = 0;
  std::size_t requests = 0;
  std::size_t samples = 0;
  std::size_t sum_of_samples = 0;
  for (const std::uint32_t number : trace) {
    if (asker.ask(number)) ++hits;
    if (++requests % kSampleEvery != 0) continue;
    const std::size_t size = cache.size();
    if (size == requests - hits) continue;  // nothing has been evicted
    sum_of_samples += size;
    ++samples;
  }
  return {
      static_cast<double>(hits) / static_cast<double>(trace.size()),
      static_cast<double>(sum_of_samples) / static_cast<double>(std::max<std::size_t>(1, samples)),
      cache.stats().shards.size()};
}

libcache::MissRatioCurve replay_for_curve(const Trace& trace, const Calibration& calibration,
                                          libcache::Policy policy, int requests_a_ms) {
  libcache::ManualClock clock;
  libcache::Options options = to_options(calibration, policy, clock);
  options.statistics.miss_ratio_curve = true;
  libcache::Cache cache(options);
  Asker asker(cache, clock, calibration.value_bytes, requests_a_ms);
  for (const std::uint32_t number : trace) static_cast<void>(asker.ask(number));
  return cache.stats().curve.value();
}

}  // namespace bench
