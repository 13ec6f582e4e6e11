#include <cassert>
#include <chrono>

#include <libcache/loading_cache.h>

int main() {
  using std::chrono::minutes;

  libcache::Cache cache({.max_memory = 64 << 20,
                         .statistics = {.miss_reasons = true, .prefixes = {"game:", "page:", ""}}});
  libcache::LoadingCache loading(cache);

  const auto compute = []() -> libcache::Loaded { return "3:2"; };
  for (int i = 0; i < 3; ++i) {
    const auto result = loading.get_or_compute("game:1", compute, {.tags = {"league:nfl"}});
    assert(result);
  }
  cache.invalidate_tag("league:nfl");
  assert(!cache.get("game:1"));
  assert(!cache.get("page:home"));

  const libcache::Stats stats = cache.stats();
  assert(stats.total.hits == 2 && stats.total.misses == 3);
  assert(stats.total.miss_reasons.cold == 2 && stats.total.miss_reasons.invalidated == 1);

  const libcache::PrefixStats& games = stats.prefixes[0];
  assert(games.hits == 2 && games.misses == 2 && games.loads == 1);
  assert(stats.prefixes[1].miss_reasons.cold == 1);  // page:

  assert(stats.load_times.total() == 1);
  assert(stats.load_times.quantile(0.99) < minutes(1));
}
