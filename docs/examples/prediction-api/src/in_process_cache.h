#pragma once

#include <chrono>
#include <cstddef>

#include <boost/asio/thread_pool.hpp>
#include <libcache/loading_cache.h>

#include "cache.h"

namespace prediction {

/// libcache in this process: no round trip, but each replica has its own.
class InProcessCache : public Cache {
 public:
  /// `workers` runs the loads, and must be joined before this goes.
  InProcessCache(std::size_t max_memory, std::chrono::milliseconds ttl,
                 boost::asio::thread_pool& workers);

  boost::asio::awaitable<Answer> get_or_load(std::string key, Load load) override;
  boost::asio::awaitable<void> put(std::string key, std::string value) override;
  bool is_up() const override { return true; }
  void stop() override {}

 private:
  libcache::Cache cache_;
  libcache::LoadingCache loading_;
  const std::chrono::milliseconds ttl_;
  boost::asio::thread_pool& workers_;
};

}  // namespace prediction
