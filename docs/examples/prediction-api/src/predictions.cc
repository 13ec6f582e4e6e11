#include "predictions.h"

#include <optional>
#include <utility>

#include <nlohmann/json.hpp>

#include "workers.h"

namespace prediction {
namespace {

std::string cache_key(const Category& category, GameId game) {
  return "prediction:" + std::string(category.name) + ':' + std::to_string(game);
}

nlohmann::ordered_json describe(const Category& category, GameId game, double value) {
  return {{"category", category.name}, {"game", game}, {"value", value}, {"unit", category.unit}};
}

std::string to_json(const Category& category, GameId game, const Forecast& forecast) {
  auto json = describe(category, game, forecast.value);
  json["confidence"] = forecast.confidence;
  return json.dump();
}

std::string to_json(const Category& category, GameId game, const Correction& correction) {
  auto json = describe(category, game, correction.value);
  json["corrected_by"] = correction.analyst;
  json["corrected_at"] = correction.corrected_at;
  return json.dump();
}

}  // namespace

boost::asio::awaitable<Answer> Predictions::get(const Category& category, GameId game) {
  return cache_.get_or_load(cache_key(category, game),
                            [this, &category, game] { return load(category, game); });
}

/// What takes so long that it is cached. On a thread of `workers_`.
std::string Predictions::load(const Category& category, GameId game) {
  const auto correction =
      store_.with([&](Store& store) { return store.find(std::string(category.name), game); });
  return correction ? to_json(category, game, *correction)
                    : to_json(category, game, model_.predict(category, game));
}

boost::asio::awaitable<std::string> Predictions::correct(const Category& category, GameId game,
                                                         Correction correction) {
  const auto save = [&] {
    store_.with([&](Store& store) { store.save(std::string(category.name), game, correction); });
  };
  co_await run_on(workers_, save);
  std::string json = to_json(category, game, correction);
  // First the database: a load that begins now brings the correction, and one that began before
  // does not overwrite what is put here.
  co_await cache_.put(cache_key(category, game), json);
  co_return json;
}

}  // namespace prediction
