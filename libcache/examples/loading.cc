#include <atomic>
#include <cassert>
#include <chrono>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <libcache/loading_cache.h>

std::atomic<int> computed = 0;

// Stands for what takes hundreds of milliseconds.
libcache::Loaded predict(const std::string& game) {
  ++computed;
  if (game == "game:13") return libcache::LoadError{"no data of game:13"};
  return "prediction of " + game;
}

int main() {
  libcache::Cache cache({.max_memory = 64 << 20});
  libcache::LoadingCache predictions(cache);
  const libcache::LoadOptions half_an_hour{.ttl = std::chrono::minutes(30)};

  {
    std::vector<std::jthread> burst;
    for (int i = 0; i < 20; ++i) {
      burst.emplace_back([&predictions, &half_an_hour] {
        const libcache::LoadResult result =
            predictions.get_or_compute("game:1", [] { return predict("game:1"); }, half_an_hour,
                                       {.timeout = std::chrono::seconds(60)});
        assert(result && result.value.bytes() == "prediction of game:1");
      });
    }
  }
  assert(computed == 1);  // by one of them, for all

  const auto failed = predictions.get_or_compute("game:13", [] { return predict("game:13"); });
  assert(failed.status == libcache::LoadStatus::kFailed);
  assert(failed.error->message == "no data of game:13");
  assert(!cache.exists("game:13"));

  const std::vector<libcache::Key> games = {"game:1", "game:2", "game:3"};
  const auto results = predictions.get_or_compute_many(
      games,
      [](std::span<const libcache::Key> missed) {
        assert(missed.size() == 2);  // game:1 is there
        std::vector<libcache::Loaded> loaded;
        for (const libcache::Key& key : missed) loaded.push_back(predict(std::string(key.bytes())));
        return loaded;
      },
      half_an_hour);
  assert(results[0].status == libcache::LoadStatus::kHit);
  assert(results[2].value.bytes() == "prediction of game:3");
}
