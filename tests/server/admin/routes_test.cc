#include "server/admin/routes.h"

#include <string>

#include <gmock/gmock.h>

#include "server/admin/page.h"
#include "server/config/password_hash.h"
#include "server/version.h"
#include "tests/support/command_fixture.h"

namespace sideline::admin {
namespace {

using ::testing::HasSubstr;
namespace http = boost::beast::http;

class Routes : public test::CommandFixture {
 protected:
  using CommandFixture::CommandFixture;

  Response ask(http::verb method, std::string_view target, std::string_view authorization = {}) {
    Request request(method, target, 11);
    if (!authorization.empty()) request.set(http::field::authorization, authorization);
    if (!host.empty()) request.set(http::field::host, host);
    return respond(server, request, loopback);
  }
  http::status status(std::string_view target, std::string_view authorization = {}) {
    return ask(http::verb::get, target, authorization).result();
  }

  bool loopback = true;
  std::string host;
};

TEST_F(Routes, HealthIsOkWhenNothingHinders) {
  for (const std::string_view path : {"/health", "/health/ready", "/health?verbose=1"}) {
    const Response response = ask(http::verb::get, path);
    EXPECT_EQ(response.result(), http::status::ok) << path;
    EXPECT_EQ(response[http::field::content_type], "application/json");
    EXPECT_THAT(response.body(), HasSubstr(R"("status":"ready")"));
  }
}

TEST_F(Routes, WhoIsNotReadyIsLiveNevertheless) {
  server.stopping = true;
  EXPECT_EQ(status("/health"), http::status::service_unavailable);
  EXPECT_EQ(status("/health/ready"), http::status::service_unavailable);
  EXPECT_EQ(status("/health/live"), http::status::ok);
}

TEST_F(Routes, AnythingElseIsNotFound) {
  for (const std::string_view path : {"/healthy", "/health/", "/../etc/passwd", "/health/../live",
                                      "//health", "/%68ealth", "*", ""}) {
    EXPECT_EQ(status(path), http::status::not_found) << path;
  }
}

TEST_F(Routes, OtherMethodsAreNotAllowed) {
  for (const auto method : {http::verb::post, http::verb::put, http::verb::delete_,
                            http::verb::options, http::verb::trace, http::verb::unknown}) {
    const Response response = ask(method, "/health");
    EXPECT_EQ(response.result(), http::status::method_not_allowed);
    EXPECT_EQ(response[http::field::allow], "GET, HEAD");
  }
  EXPECT_EQ(ask(http::verb::post, "/nowhere").result(), http::status::not_found);
}

class RoutesWithToken : public Routes {
 protected:
  static config::Settings with_token(std::string_view token) {
    config::Settings settings = default_settings();
    settings.admin_token = config::password_hash(token);
    return settings;
  }

  RoutesWithToken() : Routes(with_token("a secret")) {}
};

TEST_F(Routes, MetricsComeInTheFormatThatIsAskedFor) {
  EXPECT_THAT(std::string(ask(http::verb::get, "/metrics")[http::field::content_type]),
              HasSubstr("text/plain"));
  Request request(http::verb::get, "/metrics", 11);
  request.set(http::field::accept, "application/openmetrics-text;version=1.0.0");
  const Response response = respond(server, request, true);
  EXPECT_EQ(response[http::field::content_type],
            "application/openmetrics-text; version=1.0.0; charset=utf-8");
  EXPECT_THAT(response.body(), HasSubstr("# EOF"));
}

TEST_F(Routes, StatisticsAreJson) {
  const Response response = ask(http::verb::get, "/api/stats");
  EXPECT_EQ(response[http::field::content_type], "application/json");
  EXPECT_THAT(response.body(), HasSubstr(R"("hit_ratio":)"));
}

TEST_F(Routes, ProtectedModeServesOthersNothingButHealth) {
  loopback = false;
  EXPECT_EQ(status("/health"), http::status::ok);
  EXPECT_EQ(status("/metrics"), http::status::forbidden);
  EXPECT_EQ(status("/api/stats"), http::status::forbidden);
  run({"CONFIG", "SET", "protected-mode", "no"});
  EXPECT_EQ(status("/metrics"), http::status::ok);
}

TEST_F(Routes, ProtectedModeServesNoNameThatOthersMayHavePointedHere) {
  for (const std::string_view own : {"localhost:9379", "127.0.0.1:9379", "[::1]:9379"}) {
    host = own;
    EXPECT_EQ(status("/api/stats"), http::status::ok) << own;
  }
  host = "evil.example:9379";
  EXPECT_EQ(status("/metrics"), http::status::forbidden);
  EXPECT_EQ(status("/api/stats"), http::status::forbidden);
  EXPECT_EQ(status("/health"), http::status::ok);
  run({"CONFIG", "SET", "protected-mode", "no"});
  EXPECT_EQ(status("/metrics"), http::status::ok);
}

TEST_F(RoutesWithToken, UnderAnyNameTheTokenIsEnough) {
  host = "cache.example:9379";
  EXPECT_EQ(status("/metrics"), http::status::unauthorized);
  EXPECT_EQ(status("/metrics", "Bearer a secret"), http::status::ok);
}

TEST_F(RoutesWithToken, ThePageIsForEverybodyAsItHasNoFigures) {
  loopback = false;
  const Response response = ask(http::verb::get, "/");
  EXPECT_EQ(response.result(), http::status::ok);
  EXPECT_EQ(response[http::field::content_type], "text/html; charset=utf-8");
  EXPECT_EQ(response.body(), kPage);
}

TEST_F(Routes, ThePageComesWithWhatABrowserMustNotDo) {
  const Response page = ask(http::verb::get, "/");
  EXPECT_EQ(page["Content-Security-Policy"], kPagePolicy);
  EXPECT_EQ(page["X-Frame-Options"], "DENY");
  EXPECT_EQ(page["Referrer-Policy"], "no-referrer");
  EXPECT_EQ(page["X-Content-Type-Options"], "nosniff");
  EXPECT_EQ(page[http::field::cache_control], "no-store");
}

TEST_F(RoutesWithToken, TheTokenIsAskedForFromEverywhere) {
  for (const bool from_here : {true, false}) {
    loopback = from_here;
    EXPECT_EQ(status("/metrics"), http::status::unauthorized);
    EXPECT_EQ(status("/api/stats"), http::status::unauthorized);
    EXPECT_EQ(status("/metrics", "Bearer a secret"), http::status::ok);
    EXPECT_EQ(status("/metrics", "bearer a secret"), http::status::ok);
  }
  EXPECT_EQ(ask(http::verb::get, "/metrics")[http::field::www_authenticate],
            "Bearer realm=\"sideline\"");
}

TEST_F(RoutesWithToken, NothingElseIsTheToken) {
  for (const std::string_view given : {"Bearer a secre", "Bearer A secret", "Bearer", "Bearer ",
                                       "Basic YQ==", "a secret", "Bearer  a secret"}) {
    EXPECT_EQ(status("/metrics", given), http::status::unauthorized) << given;
  }
  EXPECT_EQ(status("/metrics", "Bearer " + config::password_hash("a secret")),
            http::status::unauthorized);
}

TEST_F(RoutesWithToken, HealthNeedsNone) {
  loopback = false;
  EXPECT_EQ(status("/health"), http::status::ok);
  EXPECT_EQ(status("/health/live"), http::status::ok);
}

TEST_F(RoutesWithToken, ItIsNotShown) {
  EXPECT_EQ(show({"CONFIG", "GET", "admin-token"}), R"x(["admin-token", "(redacted)"])x");
}

TEST_F(Routes, AResponseSaysWhatItIsAndThatItIsNotToBeKept) {
  const Response response = ask(http::verb::get, "/health");
  EXPECT_EQ(response[http::field::cache_control], "no-store");
  EXPECT_EQ(response[http::field::server], "sideline/" + std::string(kVersion));
  EXPECT_EQ(response["X-Content-Type-Options"], "nosniff");
  EXPECT_EQ(response[http::field::content_length], std::to_string(response.body().size()));
}

}  // namespace
}  // namespace sideline::admin
