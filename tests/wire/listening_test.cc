#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/reserved_port.h"
#include "tests/support/server_process.h"
#include "tests/support/wire_client.h"

namespace sideline::test {
namespace {

using ::testing::HasSubstr;

std::string ping(int port, const std::string& host = "127.0.0.1") {
  return WireClient::connect(port, host).ask("PING");
}

std::string config_set(const ServerProcess& server, const std::string& pairs) {
  return WireClient::connect(server.port()).ask("CONFIG SET " + pairs);
}

TEST(Listening, ThePortMayChangeAndClientsStay) {
  const ServerProcess server;
  const ReservedPort reserved;
  const std::string port = reserved.text();
  auto client = WireClient::connect(server.port());
  ASSERT_EQ(client.ask("CONFIG SET port " + port), "+OK\r\n");
  EXPECT_EQ(ping(std::stoi(port)), "+PONG\r\n");
  EXPECT_THROW(static_cast<void>(ping(server.port())), std::runtime_error);
  EXPECT_THAT(client.ask("INFO server"), HasSubstr("tcp_port:" + port + "\r\n"));
}

TEST(Listening, APortThatIsTakenIsRefusedAndTheOldOneStays) {
  const ServerProcess server;
  const ServerProcess other;
  EXPECT_EQ(config_set(server, "port " + std::to_string(other.port())),
            "-ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on "
            "this port. Check server logs.\r\n");
  EXPECT_EQ(ping(server.port()), "+PONG\r\n");
  EXPECT_EQ(config_set(server, "timeout 0"), "+OK\r\n");
}

TEST(Listening, TheAddressesMayChange) {
  const ServerProcess server;
  EXPECT_THROW(static_cast<void>(ping(server.port(), "127.0.0.2")), std::runtime_error);
  ASSERT_EQ(config_set(server, "bind '127.0.0.1 127.0.0.2'"), "+OK\r\n");
  EXPECT_EQ(ping(server.port(), "127.0.0.2"), "+PONG\r\n");
  ASSERT_EQ(config_set(server, "bind 127.0.0.2"), "+OK\r\n");
  EXPECT_THROW(static_cast<void>(ping(server.port(), "127.0.0.1")), std::runtime_error);
}

TEST(Listening, AddressesThatCannotBeHadAreRefusedAndTheOldOnesStay) {
  const ServerProcess server;
  // 192.0.2.0/24 is for documentation: nobody has it.
  EXPECT_EQ(config_set(server, "bind '127.0.0.1 192.0.2.1'"),
            "-ERR CONFIG SET failed (possibly related to argument 'bind') - Failed to bind to "
            "specified addresses.\r\n");
  EXPECT_EQ(ping(server.port()), "+PONG\r\n");
}

TEST(Listening, NoAddressAtAllIsRefused) {
  const ServerProcess server;
  EXPECT_THAT(config_set(server, "bind ''"), HasSubstr("nothing to listen on"));
  EXPECT_EQ(ping(server.port()), "+PONG\r\n");
}

TEST(Listening, TheUnixSocketStaysWhenTheAddressesGo) {
  const ServerProcess server({"--unixsocket", "{folder}/socket"});
  const std::string path = server.folder().path("socket");
  ASSERT_EQ(WireClient::connect_unix(path).ask("CONFIG SET bind ''"), "+OK\r\n");
  EXPECT_EQ(WireClient::connect_unix(path).ask("PING"), "+PONG\r\n");
  EXPECT_THROW(static_cast<void>(ping(server.port())), std::runtime_error);
}

}  // namespace
}  // namespace sideline::test
