#include <array>
#include <chrono>
#include <functional>
#include <new>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <libcache/loading_cache.h>

#include "counted_new.h"

namespace libcache {
namespace {

using std::chrono::milliseconds;

Loaded load() { return std::string(100, 'v'); }

void run_at_once(const std::function<void()>& task) { task(); }

constexpr LoadOptions kForGood{};
constexpr LoadOptions kWithStaleTime{.ttl = milliseconds(10), .stale_for = milliseconds(10)};

/// Makes the call again and again, each time with another allocation that fails, over a key that is
/// missed, or stale. A flight that were left behind would keep all later calls from loading it.
template <class Call>
void expect_no_stuck_flight(const LoadOptions& options, Call call) {
  bool has_failed = true;
  for (int failing = 1; has_failed; ++failing) {
    ManualClock clock;
    Cache cache({.max_memory = 8 << 20, .maintenance = Maintenance::kManual, .clock = &clock});
    LoadingCache loading(cache, {.refresh_on = run_at_once});
    if (options.stale_for.count() != 0) {
      EXPECT_TRUE(loading.get_or_compute("k", load, options));
      clock.advance_ms(options.ttl->count());
    }
    has_failed = fails_at(failing, [&] {
      try {
        call(loading);
      } catch (const std::bad_alloc&) {  // is for the caller
      }
    });
    static_cast<void>(loading.get_or_compute("k", load, options, {.timeout = milliseconds(0)}));
    ASSERT_EQ(loading.get_or_compute("k", load, options, {.timeout = milliseconds(0)}).status,
              LoadStatus::kHit)
        << "allocation " << failing << " failed";
  }
}

void load_one(LoadingCache& loading, const LoadOptions& options) {
  static_cast<void>(loading.get_or_compute("k", load, options));
}

void load_many(LoadingCache& loading, const LoadOptions& options) {
  const std::array<Key, 3> keys{"j", "k", "l"};
  static_cast<void>(loading.get_or_compute_many(
      keys, [](std::span<const Key> missed) { return std::vector<Loaded>(missed.size(), load()); },
      options));
}

void load_async(LoadingCache& loading, const LoadOptions& options) {
  loading.get_or_compute_async(
      "k", load, run_at_once, [](const LoadResult&) {}, options);
}

TEST(LoadingWithoutMemory, LeavesNoFlightOfAMiss) {
  expect_no_stuck_flight(kForGood, [](auto& loading) { load_one(loading, kForGood); });
  expect_no_stuck_flight(kForGood, [](auto& loading) { load_many(loading, kForGood); });
  expect_no_stuck_flight(kForGood, [](auto& loading) { load_async(loading, kForGood); });
}

TEST(LoadingWithoutMemory, LeavesNoFlightOfARefresh) {
  expect_no_stuck_flight(kWithStaleTime, [](auto& loading) { load_one(loading, kWithStaleTime); });
  expect_no_stuck_flight(kWithStaleTime, [](auto& loading) { load_many(loading, kWithStaleTime); });
  expect_no_stuck_flight(kWithStaleTime,
                         [](auto& loading) { load_async(loading, kWithStaleTime); });
}

}  // namespace
}  // namespace libcache
