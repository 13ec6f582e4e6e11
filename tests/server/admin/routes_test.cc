#include "server/admin/routes.h"

#include <string>

#include <gmock/gmock.h>

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
    return respond(server, request, loopback);
  }
  http::status status(std::string_view target, std::string_view authorization = {}) {
    return ask(http::verb::get, target, authorization).result();
  }

  bool loopback = true;
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

TEST_F(Routes, AResponseSaysWhatItIsAndThatItIsNotToBeKept) {
  const Response response = ask(http::verb::get, "/health");
  EXPECT_EQ(response[http::field::cache_control], "no-store");
  EXPECT_EQ(response[http::field::server], "sideline/" + std::string(kVersion));
  EXPECT_EQ(response["X-Content-Type-Options"], "nosniff");
  EXPECT_EQ(response[http::field::content_length], std::to_string(response.body().size()));
}

}  // namespace
}  // namespace sideline::admin
