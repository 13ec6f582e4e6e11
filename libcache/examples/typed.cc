#include <cassert>
#include <chrono>
#include <cstdint>

#include <libcache/typed_cache.h>

enum class Model { kElo, kPoisson };

void append_key(libcache::KeyBuilder& out, Model model) {
  out.add(model == Model::kElo ? "elo" : "poisson");
}

struct GameKey {
  std::uint64_t game;
  Model model;
};

// "prediction:17:elo", on the stack.
void append_key(libcache::KeyBuilder& out, const GameKey& key) {
  out.add("prediction:", key.game, ':', key.model);
}

struct Prediction {
  float home, draw, away;
};

// Another version whenever Prediction changes: what an earlier one left in the cache is a miss.
using PredictionCodec = libcache::TrivialCodec<Prediction, libcache::Format("Prediction", 1)>;

int main() {
  libcache::Cache cache({.max_memory = 64 << 20});
  libcache::TypedCache<GameKey, Prediction, PredictionCodec> predictions(cache);

  const GameKey key{.game = 17, .model = Model::kElo};
  assert(!predictions.get(key));
  predictions.set(key, {.home = 0.5F, .draw = 0.3F, .away = 0.2F},
                  {.ttl = std::chrono::minutes(30)});
  assert(predictions.get(key)->home == 0.5F);

  assert(cache.exists("prediction:17:elo"));  // beside the bytes that others keep there
  cache.set("prediction:17:elo", "50 : 30 : 20");
  assert(!predictions.get(key));  // not a Prediction
}
