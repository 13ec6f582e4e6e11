#pragma once

#include <chrono>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include "cache.h"
#include "http/message.h"
#include "store/pool.h"

namespace prediction {

/// Looks every second whether the database answers, on a thread of its own: so that /health is
/// answered at once, however busy the workers are. Used by one thread.
class Health {
 public:
  Health(boost::asio::any_io_executor executor, const Cache& cache, StorePool& store)
      : timer_(std::move(executor)), cache_(cache), store_(store) {}

  /// Watches until stop().
  boost::asio::awaitable<void> watch();
  void stop();
  bool is_watching() const { return is_watching_; }
  /// Says that no more requests should be sent here.
  void announce_end() { is_ending_ = true; }

  bool is_database_up() const;

  /// 200 if requests can be answered, though slower ("degraded") if the cache is down; 503 if the
  /// database is down, or the program is about to end.
  http::Response report() const;

 private:
  using Clock = std::chrono::steady_clock;

  boost::asio::steady_timer timer_;
  const Cache& cache_;
  StorePool& store_;
  boost::asio::thread_pool thread_{1};
  Clock::time_point database_seen_ = Clock::now();  // it was migrated a moment ago
  bool database_answered_ = true;
  bool is_ending_ = false;
  bool is_stopped_ = false;
  bool is_watching_ = false;
};

}  // namespace prediction
