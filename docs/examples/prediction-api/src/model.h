#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "categories.h"

namespace prediction {

using GameId = std::int64_t;

struct Forecast {
  double value;
  double confidence;  ///< from 0 to 1
};

/// Stands for a model that takes a while: deterministic in category and game, and as expensive as
/// it is told to be. Any thread may use it.
class Model {
 public:
  /// `cost`: processor time of each prediction.
  explicit Model(std::chrono::milliseconds cost) : cost_(cost) {}

  Forecast predict(const Category& category, GameId game);

  /// Predictions made so far.
  std::uint64_t runs() const { return runs_; }

 private:
  const std::chrono::milliseconds cost_;
  std::atomic<std::uint64_t> runs_ = 0;
};

}  // namespace prediction
