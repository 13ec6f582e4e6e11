#include <cassert>
#include <chrono>
#include <functional>
#include <vector>

#include <libcache/loading_cache.h>

int main() {
  using libcache::LoadStatus;
  using std::chrono::minutes;

  libcache::ManualClock clock;  // so that half an hour passes at once
  libcache::Cache cache({.max_memory = 64 << 20, .clock = &clock});
  std::vector<std::function<void()>> pool;  // stands for the service's threads
  libcache::LoadingCache predictions(
      cache, {.refresh_on = [&pool](auto task) { pool.push_back(std::move(task)); },
              .early_refresh = 1,
              .ttl_jitter = 0.1,
              .seed = 42});

  // Fresh for half an hour (less a tenth at most), and stale for another hour.
  const libcache::LoadOptions options{.ttl = minutes(30), .stale_for = minutes(60)};
  const auto old_model = [] { return "home"; };
  assert(predictions.get_or_compute("game:1", old_model, options).status == LoadStatus::kLoaded);
  assert(predictions.get_or_compute("game:1", old_model, options).status == LoadStatus::kHit);

  clock.advance_ms(31 * 60'000);
  const auto broken = []() -> libcache::Loaded { return libcache::LoadError{"out of memory"}; };
  assert(predictions.get_or_compute("game:1", broken, options).value.bytes() == "home");
  pool.back()();  // the load behind fails, and the stale value stays

  const auto new_model = [] { return "away"; };
  const auto stale = predictions.get_or_compute("game:1", new_model, options);
  assert(stale.status == LoadStatus::kStale && stale.value.bytes() == "home");
  pool.back()();
  const auto fresh = predictions.get_or_compute("game:1", new_model, options);
  assert(fresh.status == LoadStatus::kHit && fresh.value.bytes() == "away");
}
