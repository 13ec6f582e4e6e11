#include "service.h"

#include <csignal>
#include <exception>
#include <iostream>
#include <memory>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "api.h"
#include "health.h"
#include "http/server.h"
#include "in_process_cache.h"
#include "metrics.h"
#include "model.h"
#include "predictions.h"
#include "request_log.h"
#include "routes.h"
#include "sidecar_cache.h"
#include "store/pool.h"

namespace prediction {
namespace {

namespace asio = boost::asio;

std::unique_ptr<Cache> make_cache(const Settings& settings, asio::io_context& io,
                                  asio::thread_pool& workers) {
  if (settings.cache == CacheKind::kInProcess) {
    return std::make_unique<InProcessCache>(settings.cache_megabytes << 20, settings.cache_ttl,
                                            workers);
  }
  const sidecar::Endpoint endpoint{.address = *sidecar::parse_address(settings.cache_url),
                                   .password = settings.cache_password,
                                   .timeout = settings.cache_timeout};
  return std::make_unique<SidecarCache>(
      io, endpoint, settings.cache_ca_file, settings.cache_connections,
      SidecarCache::Times{.ttl = settings.cache_ttl, .lease = settings.lease}, workers);
}

/// All parts, joined. HTTP and the cache live on one thread, `io_`'s; what blocks or computes runs
/// on `workers_`, each of which has a connection to the database when it needs one.
class Service {
 public:
  explicit Service(const Settings& settings)
      : settings_(settings),
        workers_(settings.database_pool),
        store_(store_opener(settings)),
        model_(settings.model_cost),
        cache_(make_cache(settings, io_, workers_)) {}

  bool run() {
    signals_.add(SIGTERM);
    signals_.add(SIGINT);
    asio::co_spawn(io_, health_.watch(), rethrow);
    asio::co_spawn(io_, end_when_told(), rethrow);
    if (!settings_.log_file.empty()) {
      hangup_.add(SIGHUP);  // which otherwise ends the process
      reopen_log_when_told();
    }
    server_.start();
    std::cout << "listening on " << settings_.address << ':' << server_.port() << std::endl;
    io_.run();
    if (was_patient_) workers_.join();
    return was_patient_;
  }

 private:
  static void rethrow(const std::exception_ptr& thrown) {
    if (thrown) std::rethrow_exception(thrown);
  }

  asio::awaitable<void> pause(std::chrono::milliseconds time) {
    asio::steady_timer timer(io_, time);
    co_await timer.async_wait(asio::use_awaitable);
  }

  void reopen_log_when_told() {
    hangup_.async_wait([this](const boost::system::error_code& error, int) {
      if (error) return;
      try {
        log_.reopen();
      } catch (const std::exception& failure) {
        std::cerr << failure.what() << std::endl;
      }
      reopen_log_when_told();
    });
  }

  /// First says that it will end, so that who balances the load looks elsewhere; then takes no more
  /// connections; ends when each request has its answer.
  asio::awaitable<void> end_when_told() {
    co_await signals_.async_wait(asio::use_awaitable);
    std::cout << "ending" << std::endl;
    health_.announce_end();
    server_.close_after_answer();
    co_await pause(settings_.shutdown_delay);
    server_.drain();
    hangup_.cancel();

    health_.stop();
    using Clock = std::chrono::steady_clock;
    const auto deadline = Clock::now() + settings_.shutdown_patience;
    while (is_busy() && Clock::now() < deadline) co_await pause(std::chrono::milliseconds(20));
    was_patient_ = !is_busy();
    cache_->stop();
    if (!was_patient_) io_.stop();
  }

  bool is_busy() const { return server_.sessions() != 0 || health_.is_watching(); }

  Metrics::Gauges gauges() const {
    return {.cache_up = cache_->is_up(),
            .database_up = health_.is_database_up(),
            .database_connections = store_.open_connections(),
            .database_idle = store_.idle_connections(),
            .sessions = server_.sessions(),
            .model_runs = static_cast<double>(model_.runs())};
  }

  const Settings& settings_;
  asio::io_context io_{1};
  asio::thread_pool workers_;
  StorePool store_;
  Model model_;
  Metrics metrics_;
  RequestLog log_{settings_.log_file};
  std::unique_ptr<Cache> cache_;
  Health health_{io_.get_executor(), *cache_, store_};
  Predictions predictions_{*cache_, store_, model_, workers_};
  Api api_{predictions_,
           metrics_,
           {.jwt_secret = settings_.jwt_secret, .analyst_password = settings_.analyst_password}};
  Routes routes_{
      api_, health_, metrics_, log_, [this] { return gauges(); }, settings_.cors_origins};
  http::Server server_{io_, settings_.address, settings_.port, [this](http::Request request) {
                         return routes_.respond(std::move(request));
                       }};
  asio::signal_set signals_{io_};
  asio::signal_set hangup_{io_};
  bool was_patient_ = true;
};

}  // namespace

bool serve(const Settings& settings) {
  const int applied = migrate(store_opener(settings), settings.database_patience);
  std::cout << "database: " << applied << " migrations applied" << std::endl;
  Service service(settings);
  if (service.run()) return true;
  std::cerr << "requests were still under way" << std::endl;
  std::_Exit(EXIT_FAILURE);  // nobody waits for what they wait for
}

}  // namespace prediction
