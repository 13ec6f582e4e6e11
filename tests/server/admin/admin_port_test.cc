#include "server/admin/admin_port.h"

#include <chrono>
#include <deque>
#include <limits>
#include <string>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <gmock/gmock.h>

#include "tests/support/admin_settings.h"
#include "tests/support/command_fixture.h"
#include "tests/support/http_client.h"
#include "tests/support/wire_client.h"

namespace sideline::admin {
namespace {

using namespace std::chrono_literals;
using test::HttpResponse;
using test::WireClient;
using ::testing::Gt;
using ::testing::HasSubstr;

constexpr std::string_view kRequest = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";

/// A port on a thread of its own.
class AdminPortTest : public test::CommandFixture {
 protected:
  static config::Settings settings() { return test::with_admin_port(default_settings()); }

  AdminPortTest() : CommandFixture(settings()) {}
  ~AdminPortTest() override {
    context.stop();
    if (thread.joinable()) thread.join();
  }

  void start(Limits limits = {}) {
    port.emplace(context, server, log, limits);
    ASSERT_EQ(port->listen(), std::nullopt);
    thread = std::thread([this] { context.run(); });
  }
  WireClient connect() { return WireClient::connect(server.admin_port); }
  HttpResponse get(std::string_view target) { return test::http_get(server.admin_port, target); }
  /// What is answered to these bytes: its status, 0 if the connection is closed without an answer.
  int status(std::string_view bytes) {
    auto client = connect();
    client.send(bytes);
    const HttpResponse response = test::read_response(client);
    EXPECT_EQ(client.read_to_end(), "");  // it was closed
    return response.status;
  }

  boost::asio::io_context context;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
      context.get_executor()};
  std::optional<AdminPort> port;
  std::thread thread;
};

TEST_F(AdminPortTest, Answers) {
  start();
  EXPECT_THAT(server.admin_port.load(), Gt(0));
  EXPECT_EQ(get("/health").status, 200);
  EXPECT_EQ(get("/nowhere").status, 404);
}

TEST_F(AdminPortTest, KeepsAConnectionForFurtherRequests) {
  start();
  auto client = connect();
  for (int i = 0; i < 3; ++i) {
    client.send(kRequest);
    EXPECT_EQ(test::read_response(client).status, 200);
  }
}

TEST_F(AdminPortTest, ClosesTheConnectionOfWhoAsksForIt) {
  start();
  EXPECT_EQ(status("GET /health HTTP/1.1\r\nConnection: close\r\n\r\n"), 200);
  EXPECT_EQ(status("GET /health HTTP/1.0\r\n\r\n"), 200);
}

TEST_F(AdminPortTest, AnswersWhatIsSentAheadInOrder) {
  start();
  auto client = connect();
  client.send(test::repeat("GET /health/live HTTP/1.1\r\n\r\nGET /no HTTP/1.1\r\n\r\n", 50));
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(test::read_response(client).status, 200) << i;
    ASSERT_EQ(test::read_response(client).status, 404) << i;
  }
}

TEST_F(AdminPortTest, ARequestMayComeInPieces) {
  start();
  auto client = connect();
  for (const char c : kRequest) client.send({&c, 1});
  EXPECT_EQ(test::read_response(client).status, 200);
}

TEST_F(AdminPortTest, TheAnswerToHeadHasTheHeaderOfGet) {
  start();
  auto client = connect();
  client.send("HEAD /health/live HTTP/1.1\r\n\r\n" + std::string(kRequest));
  const HttpResponse head = test::read_response(client, /*has_body=*/false);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.field("content-length"), std::to_string(get("/health/live").body.size()));
  EXPECT_THAT(test::read_response(client).body, HasSubstr("ready"));
}

TEST_F(AdminPortTest, GarbageIsABadRequest) {
  start();
  EXPECT_EQ(status("\x16\x03\x01\x02\r\n\r\n"), 400);
  EXPECT_EQ(status("*1\r\n$4\r\nPING\r\n\r\n"), 400);
  EXPECT_EQ(status("GET /health HTTP/9.9\r\n\r\n"), 400);
  EXPECT_EQ(status("GET /health\r\n\r\n"), 400);
  EXPECT_EQ(status("GET /health HTTP/1.1\r\nno colon\r\n\r\n"), 400);
  EXPECT_EQ(status("GET /health HTTP/1.1\r\nContent-Length: -1\r\n\r\n"), 400);
  EXPECT_EQ(status(std::string(100, '\0')), 400);
}

TEST_F(AdminPortTest, AHeaderOfAnySizeIsBounded) {
  start();
  EXPECT_EQ(status("GET /health HTTP/1.1\r\nX: " + std::string(100'000, 'x')), 431);
  EXPECT_EQ(status("GET /" + std::string(100'000, 'x')), 431);
  EXPECT_EQ(status("GET / HTTP/1.1\r\n" + test::repeat("X: y\r\n", 10'000)), 431);
  const std::string fits =
      "GET /health HTTP/1.1\r\nConnection: close\r\nX: " + std::string(8000, 'x') + "\r\n\r\n";
  EXPECT_EQ(status(fits), 200);
}

TEST_F(AdminPortTest, ABodyIsNotReadAndEndsTheConnection) {
  start();
  EXPECT_EQ(status("POST /health HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"), 405);
  EXPECT_EQ(status("POST /health HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n"), 405);
  EXPECT_EQ(status("POST /health HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello"), 405);
  EXPECT_EQ(
      status("GET /health HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n" + std::string(kRequest)),
      200);
  EXPECT_EQ(status("GET /health HTTP/1.1\r\nContent-Length: 35\r\n\r\n" + std::string(kRequest)),
            200);
}

TEST_F(AdminPortTest, AStepThatFailsEndsThatConnectionOnly) {
  start({.header_bytes = std::numeric_limits<std::size_t>::max()});
  auto other = connect();
  // After the last answer so many bytes are asked for, to read what comes yet.
  EXPECT_EQ(status("GET /health HTTP/1.1\r\nConnection: close\r\n\r\n"), 200);
  other.send(kRequest);
  EXPECT_EQ(test::read_response(other).status, 200);
}

TEST_F(AdminPortTest, APeerThatSendsNothingIsClosed) {
  start({.idle = 50ms});
  EXPECT_EQ(status(""), 0);
}

TEST_F(AdminPortTest, APeerThatNeverEndsItsRequestIsClosed) {
  start({.request = 50ms});
  EXPECT_EQ(status("GET /health HTT"), 0);
}

TEST_F(AdminPortTest, APeerThatSendsAByteNowAndThenIsClosed) {
  start({.request = 100ms});
  auto client = connect();
  client.send("GET /health HTTP/1.1\r\nX: ");
  while (client.send("x")) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(AdminPortTest, APeerThatDoesNotReadIsClosed) {
  start({.response = 100ms});
  auto client = connect();
  // Each answer is larger than the request, so the server's side fills first.
  const std::string requests = test::repeat(kRequest, 1000);
  while (client.send(requests)) {
  }
  EXPECT_EQ(get("/health").status, 200);
}

TEST_F(AdminPortTest, APeerThatIsGoneDoesNoHarm) {
  start();
  for (int i = 0; i < 20; ++i) {
    auto client = connect();
    client.send(test::repeat(kRequest, 100));
    client.close();
  }
  EXPECT_EQ(get("/health").status, 200);
}

TEST_F(AdminPortTest, WhoHasWaitedLongestMakesRoom) {
  start({.connections = 4});
  std::deque<WireClient> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(connect());
    clients.back().send(kRequest);
    EXPECT_EQ(test::read_response(clients.back()).status, 200);
  }
  clients[0].send(kRequest);
  EXPECT_EQ(test::read_response(clients[0]).status, 200);
  EXPECT_EQ(get("/health").status, 200);
  EXPECT_EQ(clients[1].read_to_end(), "");
  clients[0].send(kRequest);
  EXPECT_EQ(test::read_response(clients[0]).status, 200);
}

TEST_F(AdminPortTest, ConnectionsThatSayNothingKeepNobodyOut) {
  start({.connections = 4});
  std::deque<WireClient> silent;
  for (int i = 0; i < 100; ++i) silent.push_back(connect());
  EXPECT_EQ(get("/health").status, 200);
}

TEST_F(AdminPortTest, MayBeDestroyedWithConnections) {
  start();
  auto client = connect();
  client.send(kRequest);
  EXPECT_EQ(test::read_response(client).status, 200);
  context.stop();
  thread.join();
  port.reset();
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(AdminPortTest, APortThatIsTakenIsAnError) {
  start();
  config::Settings same = settings();
  same.admin_port = server.admin_port;
  config::Config other_config(same, "");
  command::Server other(other_config, cache, {});
  AdminPort second(context, other, log);
  EXPECT_EQ(second.listen(), "admin-port: can't listen on 127.0.0.1:" +
                                 std::to_string(same.admin_port) + ": Address already in use");
  EXPECT_EQ(other.admin_port, 0);
}

TEST_F(AdminPortTest, NoAddressIsAnError) {
  config::Settings none = settings();
  none.admin_bind = {};
  config::Config other_config(none, "");
  command::Server other(other_config, cache, {});
  EXPECT_EQ(AdminPort(context, other, log).listen(),
            "admin-port: nothing to listen on, as 'admin-bind' is empty");
}

TEST_F(AdminPortTest, ThereIsNoneUnlessAskedFor) {
  config::Config other_config(default_settings(), "");
  command::Server other(other_config, cache, {});
  EXPECT_EQ(AdminPort(context, other, log).listen(), std::nullopt);
  EXPECT_EQ(other.admin_port, 0);
}

}  // namespace
}  // namespace sideline::admin
