#include <cassert>
#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include <libcache/typed_loading_cache.h>

struct GameKey {
  std::uint64_t game;
};

void append_key(libcache::KeyBuilder& out, const GameKey& key) { out.add("prediction:", key.game); }

struct Prediction {
  float home, draw, away;
};

using PredictionCodec = libcache::TrivialCodec<Prediction, libcache::Format("Prediction", 1)>;
using Predictions = libcache::TypedLoadingCache<GameKey, Prediction, PredictionCodec>;

Predictions::Outcome predict(const GameKey& key) {
  if (key.game == 0) return libcache::Absent{};
  if (key.game == 13) return libcache::LoadError{"no data"};
  return Prediction{.home = 0.5F, .draw = 0.3F, .away = 0.2F};
}

int main() {
  libcache::Cache cache({.max_memory = 64 << 20});
  Predictions predictions(cache);
  const libcache::LoadOptions options{.ttl = std::chrono::minutes(30)};

  cache.set("prediction:17", "of another release");  // is a miss
  const auto result = predictions.get_or_compute({.game = 17}, predict, options);
  assert(result && result.value->home == 0.5F);
  assert(!predictions.get_or_compute({.game = 13}, predict, options));

  const std::vector<GameKey> games = {{.game = 0}, {.game = 17}, {.game = 18}};
  const auto results = predictions.get_or_compute_many(
      games,
      [](std::span<const GameKey> missed) {
        std::vector<Predictions::Outcome> outcomes;
        for (const GameKey& key : missed) outcomes.push_back(predict(key));
        return outcomes;
      },
      options);
  assert(results[0].status == libcache::LoadStatus::kAbsent);
  assert(results[1].status == libcache::LoadStatus::kHit);
  assert(results[2].value->away == 0.2F);
}
