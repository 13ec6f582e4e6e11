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
constexpr std::size_t kBytesOfAShard = 4 * kMiB;

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

std::size_t held_when_full(const Calibration& calibration, std::size_t entries) {
  libcache::Cache cache(to_options(calibration));
  const std::string value(calibration.value_bytes, 'v');
  for (std::size_t i = 0; i < 3 * entries; ++i) store(cache, KeyOf(i).bytes(), value);
  return cache.size();
}

}  // namespace

Calibration calibrate(int shards, std::size_t entries) {
  const std::size_t bytes = kBytesOfAShard * static_cast<std::size_t>(std::max(1, shards));
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

Replay replay(const Trace& trace, const Calibration& calibration, libcache::Policy policy) {
  constexpr std::size_t kSampleEvery = 64;
  libcache::ManualClock clock;
  libcache::Options options = to_options(calibration);
  options.policy = policy;
  options.clock = &clock;
  libcache::Cache cache(options);
  const std::string value(calibration.value_bytes, 'v');
  std::string out;
  std::size_t hits = 0;
  std::size_t requests = 0;
  std::size_t samples = 0;
  std::size_t sum_of_samples = 0;
  std::size_t stored = 0;
  for (const std::uint32_t number : trace) {
    clock.advance_ms(1);
    const KeyOf key(number);
    if (cache.get_into(key.bytes(), out)) {
      ++hits;
    } else {
      store(cache, key.bytes(), value);
      ++stored;
    }
    if (++requests % kSampleEvery != 0) continue;
    const std::size_t size = cache.size();
    if (size == stored) continue;  // nothing has been evicted
    sum_of_samples += size;
    ++samples;
  }
  return {
      static_cast<double>(hits) / static_cast<double>(trace.size()),
      static_cast<double>(sum_of_samples) / static_cast<double>(std::max<std::size_t>(1, samples)),
      cache.stats().shards.size()};
}

}  // namespace bench
