#include "server/admin/routes.h"

#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "server/admin/exposition.h"
#include "server/admin/health.h"
#include "server/admin/host_field.h"
#include "server/admin/page.h"
#include "server/admin/stats_json.h"
#include "server/config/letter_case.h"
#include "server/config/password_hash.h"
#include "server/version.h"

namespace sideline::admin {
namespace {

namespace http = boost::beast::http;
using command::Server;

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kText = "text/plain; charset=utf-8";

struct Content {
  http::status status = http::status::ok;
  std::string_view type = kText;
  std::string body;
  bool is_page = false;
};

Content ready(Server& server, const Request&) {
  const auto found = hindrances(server);
  return {.status = found.empty() ? http::status::ok : http::status::service_unavailable,
          .type = kJson,
          .body = health_json(server, found)};
}

Content metrics(Server& server, const Request& request) {
  const Exposition format = negotiate(request[http::field::accept]);
  return {.type = content_type(format), .body = exposition(command::info_facts(server), format)};
}

Content stats(Server& server, const Request&) {
  return {.type = kJson, .body = stats_json(command::info_facts(server))};
}

Content page(Server&, const Request&) {
  return {.type = "text/html; charset=utf-8", .body = std::string(kPage), .is_page = true};
}

Content live(Server&, const Request&) { return {.type = kJson, .body = R"({"status":"live"})"}; }

struct Route {
  std::string_view path;
  bool for_everybody;
  Content (*content)(Server&, const Request&);
};

constexpr std::array kRoutes = {
    Route{"/", true, page},
    Route{"/health", true, ready},
    Route{"/health/ready", true, ready},
    Route{"/health/live", true, live},
    Route{"/metrics", false, metrics},
    Route{"/api/stats", false, stats},
};

/// A text of one line.
Content plain(http::status status, std::string_view text) {
  return {.status = status, .body = std::string(text) + '\n'};
}

Response response(Content content, unsigned version) {
  Response response(content.status, version);
  response.set(http::field::server, "sideline/" + std::string(kVersion));
  response.set(http::field::content_type, content.type);
  response.set(http::field::cache_control, "no-store");
  response.set("X-Content-Type-Options", "nosniff");
  response.set("Cross-Origin-Resource-Policy", "same-origin");
  if (content.is_page) {
    response.set("Content-Security-Policy", kPagePolicy);
    response.set("X-Frame-Options", "DENY");
    response.set("Referrer-Policy", "no-referrer");
  }
  response.body() = std::move(content.body);
  response.prepare_payload();
  return response;
}

/// Whether it has the bearer token, whose hash is `expected`.
bool has_token(const Request& request, std::string_view expected) {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view given = request[http::field::authorization];
  return config::same_ignoring_case(given.substr(0, kScheme.size()), kScheme) &&
         config::same_password_hash(config::password_hash(given.substr(kScheme.size())), expected);
}

/// Answers on behalf of a route who may not have what is there.
std::optional<Response> objection(const Server& server, const Request& request, bool loopback) {
  const config::Settings settings = server.config.settings();
  if (!settings.admin_token.empty()) {
    if (has_token(request, settings.admin_token)) return std::nullopt;
    Response answer =
        response(plain(http::status::unauthorized, "A bearer token is needed"), request.version());
    answer.set(http::field::www_authenticate, "Bearer realm=\"sideline\"");
    return answer;
  }
  if (!settings.protected_mode) return std::nullopt;
  if (!loopback) {
    return response(plain(http::status::forbidden,
                          "Without an admin-token, protected mode serves this to the machine "
                          "itself only"),
                    request.version());
  }
  if (is_nobodys_name(request[http::field::host])) return std::nullopt;
  return response(plain(http::status::forbidden,
                        "Without an admin-token, protected mode serves this as localhost or under "
                        "an IP address only"),
                  request.version());
}

Response respond_to(Server& server, const Request& request, bool loopback) {
  const std::string_view target = request.target();
  const auto* const route =
      std::ranges::find(kRoutes, target.substr(0, target.find('?')), &Route::path);
  if (route == kRoutes.end()) {
    return response(plain(http::status::not_found, "There is nothing here"), request.version());
  }
  if (request.method() != http::verb::get && request.method() != http::verb::head) {
    Response answer =
        response(plain(http::status::method_not_allowed, "Only GET and HEAD"), request.version());
    answer.set(http::field::allow, "GET, HEAD");
    return answer;
  }
  if (!route->for_everybody) {
    if (auto answer = objection(server, request, loopback)) return *std::move(answer);
  }
  return response(route->content(server, request), request.version());
}

}  // namespace

Response respond(Server& server, const Request& request, bool loopback) {
  try {
    return respond_to(server, request, loopback);
  } catch (const std::exception& failure) {
    return response(plain(http::status::internal_server_error, failure.what()), request.version());
  }
}

Response refusal(http::status status, std::string_view text) {
  Response answer = response(plain(status, text), 11);
  answer.keep_alive(false);
  return answer;
}

}  // namespace sideline::admin
