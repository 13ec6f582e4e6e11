#include "routes.h"

#include <array>
#include <chrono>
#include <exception>
#include <iostream>
#include <optional>
#include <sstream>
#include <variant>

#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>

#include "http/cors.h"
#include "http/path.h"

namespace prediction {

namespace asio = boost::asio;
using boost::beast::http::field;
using boost::beast::http::verb;
using http::Request;
using http::Response;
using http::Status;

template <class Class>
using HandlerOf = asio::awaitable<Response> (Class::*)(const Request&, const Api::Arguments&);

struct Route {
  verb method;
  std::string_view pattern;
  std::variant<HandlerOf<Api>, HandlerOf<Routes>> handler;
};

namespace {

constexpr std::string_view kPrediction = "/api/predictions/{category}/{game}";

const std::array kRoutes = {
    Route{verb::get, kPrediction, &Api::predict},
    Route{verb::put, kPrediction, &Api::correct},
    Route{verb::post, "/api/predictions/batch", &Api::predict_many},
    Route{verb::post, "/api/auth/token", &Api::give_token},
    Route{verb::get, "/health", &Routes::health},
    Route{verb::get, "/metrics", &Routes::metrics},
};

asio::awaitable<Response> run(Api& api, Routes& routes, const Route& route, const Request& request,
                              const Api::Arguments& arguments) {
  if (const auto* const handler = std::get_if<HandlerOf<Api>>(&route.handler)) {
    return (api.**handler)(request, arguments);
  }
  return (routes.*std::get<HandlerOf<Routes>>(route.handler))(request, arguments);
}

/// The answer instead of what was thrown.
Response answer_to(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const http::Error& error) {
    Response response = http::error_response(error.status(), error.what());
    if (error.status() == Status::unauthorized) response.set(field::www_authenticate, "Bearer");
    return response;
  } catch (const StoreError& error) {
    std::cerr << "database: " << error.what() << std::endl;
    Response response = http::error_response(Status::service_unavailable, "the database is down");
    response.set(field::retry_after, "5");
    return response;
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << std::endl;
    return http::error_response(Status::internal_server_error, "something went wrong");
  }
}

Response nothing_here() { return http::error_response(Status::not_found, "there is nothing here"); }

Response not_by_this_method(const std::string& allowed) {
  Response response = http::error_response(Status::method_not_allowed, "not by this method");
  response.set(field::allow, allowed);
  return response;
}

}  // namespace

asio::awaitable<Response> Routes::respond(Request request) {
  const auto begin = std::chrono::steady_clock::now();
  Routed routed = co_await route(request);
  http::allow(cors_origins_, request, routed.response);

  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  const std::string_view cache = routed.response["X-Cache"];
  metrics_.count_request(to_string(request.method()), routed.route, routed.response.result_int(),
                         took);
  std::ostringstream line;
  line << request.method_string() << ' ' << request.target() << ' ' << routed.response.result_int()
       << ' ' << took.count() << " ms " << (cache.empty() ? "-" : cache);
  log_.write(line.view());
  co_return std::move(routed.response);
}

asio::awaitable<Routes::Routed> Routes::route(const Request& request) {
  if (http::is_preflight(request)) co_return Routed{http::preflight_response(), "preflight"};
  const std::string_view target = request.target();
  const std::string_view path = target.substr(0, target.find('?'));
  std::string_view pattern = "none";
  std::string allowed;
  for (const Route& route : kRoutes) {
    const auto arguments = http::match(route.pattern, path);
    if (!arguments) continue;
    pattern = route.pattern;
    if (route.method == request.method()) {
      Response response = co_await answer(route, request, *arguments);
      co_return Routed{std::move(response), pattern};
    }
    allowed += (allowed.empty() ? "" : ", ") + std::string(to_string(route.method));
  }
  co_return Routed{allowed.empty() ? nothing_here() : not_by_this_method(allowed), pattern};
}

asio::awaitable<Response> Routes::answer(const Route& route, const Request& request,
                                         const Api::Arguments& arguments) {
  std::exception_ptr thrown;
  try {
    co_return co_await run(api_, *this, route, request, arguments);
  } catch (...) {
    thrown = std::current_exception();
  }
  co_return answer_to(thrown);
}

asio::awaitable<Response> Routes::health(const Request&, const Api::Arguments&) {
  co_return health_.report();
}

asio::awaitable<Response> Routes::metrics(const Request&, const Api::Arguments&) {
  co_return http::make_response(Status::ok, "text/plain; version=0.0.4; charset=utf-8",
                                metrics_.exposition(gauges_()));
}

}  // namespace prediction
