#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <libcache/loading_cache.h>

#include "cache.h"
#include "sidecar/pool.h"

namespace prediction {

/// A cache that all replicas share: sideline-server, or Redis.
///
/// One load at a time for all replicas. Who misses a key asks for its lease, `lease:<key>`, which
/// the server gives to one (SET NX PX) and takes back after a while, should its holder die. Who has
/// it loads, stores and gives it up. The others look again and again until the value is there;
/// after the time of a lease they load by themselves.
///
/// If the server does not answer, requests are served without it, at once: each replica loads once
/// for all of its own requests that wait, and keeps nothing.
class SidecarCache : public Cache {
 public:
  struct Times {
    std::chrono::milliseconds ttl;
    std::chrono::milliseconds lease;
  };

  /// `workers` runs the loads, and must be joined before this goes.
  SidecarCache(boost::asio::io_context& io, sidecar::Endpoint endpoint, const std::string& ca_file,
               std::size_t connections, Times times, boost::asio::thread_pool& workers);

  boost::asio::awaitable<Answer> get_or_load(std::string key, Load load) override;
  boost::asio::awaitable<void> put(std::string key, std::string value) override;
  bool is_up() const override { return server_.is_up(); }
  void stop() override { server_.stop(); }

 private:
  using Clock = std::chrono::steady_clock;

  /// What one look at the server brought.
  struct Look {
    bool is_up = false;
    std::optional<std::string> value = {};
    /// Until when the lease, if it was asked for and given, surely is ours.
    std::optional<Clock::time_point> ours_until = {};
  };

  boost::asio::awaitable<Look> look(const std::string& key);
  boost::asio::awaitable<Look> look_and_ask(const std::string& key);
  boost::asio::awaitable<Answer> load_and_share(std::string key, Load load,
                                                Clock::time_point until);
  boost::asio::awaitable<std::string> load_here(std::string key, Load load);
  boost::asio::awaitable<void> release(std::string key, Clock::time_point until,
                                       std::optional<std::string> value);

  sidecar::Pool server_;
  const Times times_;
  boost::asio::io_context& io_;
  boost::asio::thread_pool& workers_;
  libcache::Cache flights_cache_{{.max_memory = 1 << 20}};  // stays empty
  libcache::LoadingCache flights_{flights_cache_};          // who loads what in this process
};

}  // namespace prediction
