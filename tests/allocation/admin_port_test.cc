#include "server/admin/admin_port.h"

#include <chrono>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "counted_new.h"
#include "tests/support/admin_settings.h"
#include "tests/support/command_fixture.h"
#include "tests/support/http_client.h"
#include "tests/support/wire_client.h"

namespace sideline::admin {
namespace {

using test::WireClient;

/// An admin port on the thread of the test. Nothing happens but in run().
class AdminPortAllocationTest : public test::CommandFixture {
 protected:
  AdminPortAllocationTest() : CommandFixture(test::with_admin_port(default_settings())) {
    EXPECT_EQ(port.listen(), std::nullopt);
  }

  WireClient connect() const { return WireClient::connect(server.admin_port); }

  void run() {
    while (context.poll() != 0) continue;
  }

  /// What was sent may arrive a little later. For a minute at most.
  void run_until_answered(const WireClient& client) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!client.can_read() && std::chrono::steady_clock::now() < deadline) {
      context.run_one_for(std::chrono::milliseconds(10));
    }
    EXPECT_TRUE(client.can_read());
  }

  int status_for(WireClient& client) {
    client.send(kRequest);
    run_until_answered(client);
    return test::read_response(client).status;
  }

  /// One connection from its begin to its end.
  void serve(std::string_view request) {
    WireClient client = connect();
    client.send(request.substr(0, request.size() / 2));
    run();
    client.send(request.substr(request.size() / 2));
    run_until_answered(client);
    client.close();
    run();
  }

  static constexpr std::string_view kRequest = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";

  boost::asio::io_context context;
  AdminPort port{context, server, log};
};

TEST_F(AdminPortAllocationTest, EachThatFailsEndsOneConnectionAtMost) {
  auto other = connect();
  EXPECT_EQ(status_for(other), 200);
  for (const std::string_view request :
       {kRequest, std::string_view("GET /metrics HTTP/1.1\r\nX: y\r\nConnection: close\r\n\r\n"),
        std::string_view("GET / nonsense\r\n\r\n")}) {
    bool has_failed = true;
    for (int number = 1; has_failed; ++number) {
      has_failed = libcache::fails_at(number, [&] { EXPECT_NO_THROW(serve(request)) << number; });
      ASSERT_EQ(status_for(other), 200) << number;
    }
  }
}

}  // namespace
}  // namespace sideline::admin
