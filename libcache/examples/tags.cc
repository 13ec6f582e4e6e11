#include <cassert>
#include <chrono>

#include <libcache/loading_cache.h>

using std::chrono::minutes;

int main() {
  libcache::Cache cache({.max_memory = 64 << 20});
  cache.set("prediction:123", "0.5", {.ttl = minutes(30), .tags = {"game:123", "league:nfl"}});
  cache.set("page:week-7", "<html>", {.tags = {"game:123", "game:124"}});
  cache.set("prediction:124", "0.3", {.tags = {"game:124", "league:nfl"}});

  cache.invalidate_tag("game:123");  // there was a touchdown
  assert(!cache.exists("prediction:123"));
  assert(!cache.exists("page:week-7"));
  assert(cache.exists("prediction:124"));

  // What is being computed when its tag is invalidated is given to those who wait for it already,
  // and not stored.
  libcache::LoadingCache predictions(cache);
  const auto result = predictions.get_or_compute("prediction:123",
                                                 [&]() -> libcache::Loaded {
                                                   cache.invalidate_tag("game:123");
                                                   return "computed from the old score";
                                                 },
                                                 {.tags = {"game:123"}});
  assert(result.value.bytes() == "computed from the old score");
  assert(!cache.exists("prediction:123"));

  assert(cache.invalidate_prefix("prediction:") == 1);
  assert(!cache.exists("prediction:124"));
}
