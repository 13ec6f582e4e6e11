#include "server/net/frontend.h"

#include <string>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "counted_new.h"
#include "server/log/log.h"
#include "server/net/environment.h"
#include "tests/support/command_fixture.h"
#include "tests/support/wire_client.h"

namespace sideline::net {
namespace {

/// Accepts on the thread of the test, within run(), and serves on others.
class FrontendAllocationTest : public test::CommandFixture {
 protected:
  FrontendAllocationTest() {
    EXPECT_FALSE(frontend.listen_tcp(config.settings(), Frontend::Protocol::kPlain, 0));
    frontend.start([] {});
  }

  test::WireClient connect() const { return test::WireClient::connect(server.tcp_port); }

  void run() {
    while (context.poll() != 0) continue;
  }

  /// Others know of no client but those that there are.
  bool has_clients(std::size_t number) const {
    for (int i = 0; i < 1'000'000 && server.clients.size() != number; ++i) {
      std::this_thread::yield();
    }
    return server.clients.size() == number;
  }

  log::Log nothing{"", log::Level::kNothing};
  Environment environment{server, nothing};
  boost::asio::io_context context;
  Frontend frontend{context, environment};
};

TEST_F(FrontendAllocationTest, EachThatFailsCostsOneNewClientAtMost) {
  auto other = connect();
  run();
  ASSERT_EQ(other.ask("PING"), "+PONG\r\n");
  bool has_failed = true;
  for (int number = 1; has_failed; ++number) {
    auto client = connect();
    has_failed = libcache::fails_at(number, [&] { EXPECT_NO_THROW(run()) << number; });
    const std::string reply = client.ask("PING");
    EXPECT_TRUE(reply == "+PONG\r\n" || (has_failed && reply.empty())) << number << ": " << reply;
    ASSERT_EQ(other.ask("PING"), "+PONG\r\n") << number;
    client.close();
    ASSERT_TRUE(has_clients(1)) << number;
  }
}

}  // namespace
}  // namespace sideline::net
