#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "api.h"
#include "health.h"
#include "http/message.h"
#include "metrics.h"
#include "request_log.h"

namespace prediction {

struct Route;  // a row of the table in routes.cc

/// From a request to its answer, whatever happens; logs and counts each. Used by one thread.
class Routes {
 public:
  /// Tells the gauges of a scrape.
  using Gauges = std::function<Metrics::Gauges()>;

  Routes(Api& api, const Health& health, Metrics& metrics, RequestLog& log, Gauges gauges,
         std::vector<std::string> cors_origins)
      : api_(api),
        health_(health),
        metrics_(metrics),
        log_(log),
        gauges_(std::move(gauges)),
        cors_origins_(std::move(cors_origins)) {}

  boost::asio::awaitable<http::Response> respond(http::Request request);

  boost::asio::awaitable<http::Response> health(const http::Request&, const Api::Arguments&);
  boost::asio::awaitable<http::Response> metrics(const http::Request&, const Api::Arguments&);

 private:
  struct Routed {
    http::Response response;
    std::string_view route;  ///< the pattern that the path matched
  };
  boost::asio::awaitable<Routed> route(const http::Request& request);
  boost::asio::awaitable<http::Response> answer(const Route& route, const http::Request& request,
                                                const Api::Arguments& arguments);

  Api& api_;
  const Health& health_;
  Metrics& metrics_;
  RequestLog& log_;
  const Gauges gauges_;
  const std::vector<std::string> cors_origins_;
};

}  // namespace prediction
