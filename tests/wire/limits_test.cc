#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/run_tool.h"
#include "tests/support/sanitizer.h"
#include "tests/support/server_process.h"
#include "tests/support/tls_server.h"
#include "tests/support/wire_client.h"

namespace sideline::test {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Lt;
using ::testing::StartsWith;

constexpr std::size_t kMiB = std::size_t{1} << 20;

WireClient connect(const ServerProcess& server) { return WireClient::connect(server.port()); }

// --- Clients -------------------------------------------------------------------------------------

TEST(Limits, MoreThanMaxclientsAreTurnedAway) {
  const ServerProcess server({"--maxclients", "2"});
  auto first = connect(server);
  EXPECT_EQ(first.ask("PING"), "+PONG\r\n");
  auto second = connect(server);
  EXPECT_EQ(second.ask("PING"), "+PONG\r\n");
  EXPECT_EQ(connect(server).read_to_end(), "-ERR max number of clients reached\r\n");
  EXPECT_THAT(first.ask("INFO stats"), HasSubstr("rejected_connections:1\r\n"));
}

TEST(Limits, AClientThatLeavesMakesRoom) {
  const ServerProcess server({"--maxclients", "1"});
  auto first = connect(server);
  EXPECT_EQ(first.ask("QUIT"), "+OK\r\n");
  EXPECT_EQ(first.read_to_end(), "");
  first.close();
  // The server hears of it some time later.
  std::string reply;
  for (int i = 0; i < 10'000 && reply != "+PONG\r\n"; ++i) reply = connect(server).ask("PING");
  EXPECT_EQ(reply, "+PONG\r\n");
}

TEST(Limits, MaxclientsMayChange) {
  const ServerProcess server;
  auto client = connect(server);
  EXPECT_EQ(client.ask("CONFIG SET maxclients 1"), "+OK\r\n");
  EXPECT_EQ(connect(server).read_to_end(), "-ERR max number of clients reached\r\n");
  EXPECT_EQ(client.ask("CONFIG SET maxclients 100"), "+OK\r\n");
  EXPECT_EQ(connect(server).ask("PING"), "+PONG\r\n");
}

TEST(Limits, MoreClientsThanFilesAreRefused) {
  const ServerProcess server;
  EXPECT_THAT(connect(server).ask("CONFIG SET maxclients 2147483647"),
              StartsWith("-ERR CONFIG SET failed (possibly related to argument 'maxclients') - The "
                         "operating system is not able to handle the specified number of clients, "
                         "try with "));
}

TEST(Limits, AnIdleClientIsClosedAfterTheTimeout) {
  const ServerProcess server({"--timeout", "1"});
  auto client = connect(server);
  EXPECT_EQ(client.ask("PING"), "+PONG\r\n");
  EXPECT_EQ(client.read_to_end(), "");
}

/// An address of this machine that others could reach.
std::optional<std::string> public_address() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return std::nullopt;
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || each->ifa_addr->sa_family != AF_INET) continue;
    sockaddr_in address{};
    std::memcpy(&address, each->ifa_addr, sizeof(address));
    if (ntohl(address.sin_addr.s_addr) >> 24 == 127) continue;
    std::array<char, INET_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
    return text.data();
  }
  return std::nullopt;
}

class ProtectedMode : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!address) GTEST_SKIP() << "this machine has only loopback addresses";
  }

  const std::optional<std::string> address = public_address();
};

TEST_F(ProtectedMode, TurnsOtherMachinesAway) {
  const ServerProcess server({"--bind", "127.0.0.1", *address});
  EXPECT_THAT(WireClient::connect(server.port(), *address).read_to_end(),
              StartsWith("-DENIED Redis is running in protected mode because protected mode is "
                         "enabled and no password is set for the default user."));
  EXPECT_EQ(connect(server).ask("PING"), "+PONG\r\n");
}

TEST_F(ProtectedMode, TellsThemOverTlsToo) {
  const TlsServer server({"--bind", *address});
  const auto result = run_tool("openssl s_client -quiet -connect " + *address + ":" +
                               std::to_string(server.port) + " </dev/null");
  EXPECT_THAT(result.output, HasSubstr("-DENIED Redis is running in protected mode"));
}

TEST_F(ProtectedMode, TrustsAPassword) {
  const ServerProcess server({"--bind", *address, "--requirepass", "secret"});
  EXPECT_EQ(WireClient::connect(server.port(), *address).ask("AUTH secret"), "+OK\r\n");
}

TEST_F(ProtectedMode, MayBeSwitchedOff) {
  const ServerProcess server({"--bind", "127.0.0.1", *address});
  EXPECT_EQ(connect(server).ask("CONFIG SET protected-mode no"), "+OK\r\n");
  EXPECT_EQ(WireClient::connect(server.port(), *address).ask("PING"), "+PONG\r\n");
}

// --- Requests ------------------------------------------------------------------------------------

TEST(Limits, AnArgumentMayBeAsLongAsTheLimit) {
  const ServerProcess server({"--proto-max-bulk-len", "1mb"});
  auto client = connect(server);
  EXPECT_EQ(client.ask(request({"SET", "k", std::string(kMiB, 'x')})), "+OK\r\n");
  EXPECT_EQ(client.ask("STRLEN k"), ":1048576\r\n");
}

TEST(Limits, ALongerArgumentIsRefusedBeforeItComes) {
  const ServerProcess server({"--proto-max-bulk-len", "1mb"});
  auto client = connect(server);
  client.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1048577\r\n");
  EXPECT_EQ(client.read_to_end(), "-ERR Protocol error: invalid bulk length\r\n");
}

TEST(Limits, ARequestThatExceedsTheQueryBufferIsClosed) {
  const ServerProcess server({"--client-query-buffer-limit", "1mb"});
  auto client = connect(server);
  client.send("*100\r\n");
  const std::string argument = "$100000\r\n" + std::string(100'000, 'x') + "\r\n";
  int sent = 0;
  while (sent < 99 && client.send(argument)) ++sent;
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_TRUE(server.wait_for("output", "Closing client that reached max query buffer length"));
  EXPECT_EQ(connect(server).ask("PING"), "+PONG\r\n");
}

TEST(Limits, ALongLineIsAProtocolError) {
  const ServerProcess server;
  auto client = connect(server);
  client.send(std::string(70'000, 'x'));
  EXPECT_EQ(client.read_to_end(), "-ERR Protocol error: too big inline request\r\n");
}

TEST(Limits, WithoutAPasswordRequestsAreSmall) {
  const ServerProcess server({"--requirepass", "secret"});
  auto client = connect(server);
  client.send("*11\r\n");
  EXPECT_EQ(client.read_to_end(), "-ERR Protocol error: unauthenticated multibulk length\r\n");
  auto other = connect(server);
  other.send("*2\r\n$16385\r\n");
  EXPECT_EQ(other.read_to_end(), "-ERR Protocol error: unauthenticated bulk length\r\n");
}

TEST(Limits, RequestsMayBeLargeOnceThePasswordIsLifted) {
  const ServerProcess server({"--requirepass", "secret"});
  auto stranger = WireClient::connect(server.port());
  EXPECT_EQ(stranger.ask("PING"), "-NOAUTH Authentication required.\r\n");
  auto admin = WireClient::connect(server.port());
  EXPECT_EQ(admin.ask("AUTH secret"), "+OK\r\n");
  EXPECT_EQ(admin.ask(request({"CONFIG", "SET", "requirepass", ""})), "+OK\r\n");
  EXPECT_EQ(stranger.ask(request({"SET", "k", repeat("x", 20000)})), "+OK\r\n");
}

TEST(Limits, ThePasswordInAPipelineCounts) {
  const ServerProcess server({"--requirepass", "secret"});
  auto client = connect(server);
  const std::string large(100'000, 'x');
  client.send(request({"AUTH", "secret"}) + request({"SET", "k", large}));
  EXPECT_EQ(client.read(10), "+OK\r\n+OK\r\n");
}

TEST(Limits, AnAnnouncementTakesNoMemory) {
  const ServerProcess server;
  const std::size_t before = server.resident_memory();
  std::vector<WireClient> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(connect(server));
    EXPECT_EQ(clients.back().ask("PING"), "+PONG\r\n");
    clients.back().send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$500000000\r\nabc");
  }
  EXPECT_EQ(clients.size(), 100U);
  EXPECT_EQ(connect(server).ask("PING"), "+PONG\r\n");
  if (!kIsSanitized) {
    EXPECT_THAT(server.resident_memory(), Lt(before + 8 * kMiB));
  }
}

// --- Replies -------------------------------------------------------------------------------------

TEST(Limits, AReaderThatDoesNotReadIsStoppedAndTakesNoMemory) {
  const ServerProcess server;
  auto client = connect(server);
  const std::string value(10'000, 'x');
  ASSERT_EQ(client.ask(request({"SET", "k", value})), "+OK\r\n");
  const std::size_t before = server.resident_memory();
  const std::string one = request({"GET", "k"});
  const std::size_t sent = client.send_until_blocked(repeat(one, 1000));
  if (!kIsSanitized) {
    EXPECT_THAT(server.resident_memory(), Lt(before + 4 * kMiB));
  }
  EXPECT_EQ(connect(server).ask("PING"), "+PONG\r\n");

  // Nothing is lost once it reads.
  const std::string reply = "$10000\r\n" + value + "\r\n";
  for (std::size_t i = 0; i < sent / one.size(); ++i) ASSERT_EQ(client.read(reply.size()), reply);
}

TEST(Limits, AReplyThatExceedsTheOutputLimitEndsItsClient) {
  const ServerProcess server({"--client-output-buffer-limit", "normal", "1mb", "0", "0"});
  auto client = connect(server);
  ASSERT_EQ(client.ask(request({"SET", "k", std::string(1'000, 'x')})), "+OK\r\n");
  std::string keys = "MGET";
  for (int i = 0; i < 10'000; ++i) keys += " k";
  client.send(keys + "\r\n");
  EXPECT_EQ(client.read_to_end().size(), 0U);
  EXPECT_EQ(connect(server).ask("PING"), "+PONG\r\n");
}

TEST(Limits, ALargeValueIsNoReasonToEndAClient) {
  const ServerProcess server({"--client-output-buffer-limit", "normal", "1mb", "0", "0"});
  auto client = connect(server);
  const std::string value(20'000'000, 'x');
  ASSERT_EQ(client.ask(request({"SET", "k", value})), "+OK\r\n");
  EXPECT_EQ(client.ask("GET k"), value);
}

}  // namespace
}  // namespace sideline::test
