#pragma once

#include <functional>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "cache.h"
#include "model.h"
#include "store/pool.h"

namespace prediction {

/// Predictions as JSON: from the cache, or what an analyst said, or what the model says. Used by
/// one thread.
class Predictions {
 public:
  /// `workers` runs what blocks and computes. All must outlive it.
  Predictions(Cache& cache, StorePool& store, Model& model, boost::asio::thread_pool& workers)
      : cache_(cache), store_(store), model_(model), workers_(workers) {}

  /// Throws StoreError if it is not cached and the database is down.
  boost::asio::awaitable<Answer> get(const Category& category, GameId game);

  /// Stores a correction, and what is cached becomes that. Throws StoreError.
  boost::asio::awaitable<std::string> correct(const Category& category, GameId game,
                                              Correction correction);

 private:
  std::string load(const Category& category, GameId game);

  Cache& cache_;
  StorePool& store_;
  Model& model_;
  boost::asio::thread_pool& workers_;
};

}  // namespace prediction
