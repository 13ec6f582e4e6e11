#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/tls1.h>

#include "tests/support/reserved_port.h"
#include "tests/support/sanitizer.h"
#include "tests/support/tls_client.h"
#include "tests/support/tls_server.h"
#include "tests/support/wire_client.h"

namespace sideline::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Lt;
using ::testing::Not;

constexpr std::size_t kMiB = std::size_t{1} << 20;

/// The bytes that the server holds for a client, once nothing moves any more (for a third of a
/// second); 0 if the client is gone.
std::size_t unsent_at_rest(WireClient& other, const std::string& id) {
  const auto unsent = [&] {
    const std::string line = other.ask("CLIENT LIST ID " + id);
    const std::size_t at = line.find(" omem=");
    return at == std::string::npos ? 0 : std::stoul(line.substr(at + std::strlen(" omem=")));
  };
  for (std::size_t before = std::string::npos;;) {
    const std::size_t now = unsent();
    if (now == before) return now;
    before = now == 0 ? std::string::npos : now;
    std::this_thread::sleep_for(std::chrono::milliseconds(333));
  }
}

// --- Bytes ---------------------------------------------------------------------------------------

TEST(TlsConnections, LargeValuesGoBothWays) {
  const TlsServer server;
  std::string value;
  for (int i = 0; value.size() < 20'000'000; ++i) value += std::to_string(i) + ' ';
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    auto client = TlsClient::connect(server.port, nullptr, version);
    ASSERT_TRUE(client.send(request({"SET", "k", value})));
    EXPECT_EQ(client.read_line(), "+OK\r\n");
    ASSERT_TRUE(client.send(request({"GET", "k"})));
    EXPECT_EQ(client.read_line(), "$" + std::to_string(value.size()) + "\r\n");
    EXPECT_TRUE(client.read(value.size()) == value);
    EXPECT_EQ(client.read(2), "\r\n");
  }
}

TEST(TlsConnections, ADeepPipelineOfSmallAndLargeRepliesKeepsItsOrder) {
  const TlsServer server;
  auto client = TlsClient::connect(server.port);
  const std::string middle(5'000, 'm');   // lent by the cache
  const std::string large(300'000, 'l');  // many records
  ASSERT_TRUE(client.send(request({"MSET", "s", "small", "m", middle, "l", large})));
  ASSERT_EQ(client.read_line(), "+OK\r\n");
  std::string requests;
  std::string replies;
  for (int i = 0; i < 100; ++i) {
    requests += "GET s\r\nGET m\r\nECHO " + std::to_string(i) + "\r\nGET l\r\n";
    const std::string number = std::to_string(i);
    replies += "$5\r\nsmall\r\n$5000\r\n" + middle + "\r\n$" + std::to_string(number.size()) +
               "\r\n" + number + "\r\n$300000\r\n" + large + "\r\n";
  }
  // More than the sockets hold: the server has to wait for the reader amid a record.
  ASSERT_TRUE(client.send(requests));
  EXPECT_TRUE(client.read(replies.size()) == replies);
}

TEST(TlsConnections, RequestsThatCameInOneRecordAreAllServed) {
  const TlsServer server;
  auto client = TlsClient::connect(server.port);
  // 16 KiB at once, read by a buffer that starts with one.
  ASSERT_TRUE(client.send(repeat("PING\r\n", 2'700)));
  EXPECT_EQ(client.read(2'700 * 7), repeat("+PONG\r\n", 2'700));
}

TEST(TlsConnections, TheLastRepliesComeBeforeTheEnd) {
  const TlsServer server;
  auto client = TlsClient::connect(server.port);
  ASSERT_TRUE(client.send(repeat("PING\r\n", 1'000) + "QUIT\r\n"));
  EXPECT_EQ(client.read_to_end(), repeat("+PONG\r\n", 1'000) + "+OK\r\n");
}

TEST(TlsConnections, WhatWasSentBeforeTheClientsEndIsAnswered) {
  const TlsServer server;
  auto client = TlsClient::connect(server.port);
  ASSERT_TRUE(client.send("SET k v\r\n"));
  client.end_sending();
  EXPECT_EQ(client.read_to_end(), "+OK\r\n");
}

TEST(TlsConnections, AnEndThatComesWithARequestIsSeen) {
  const TlsServer server;
  auto client = TlsClient::connect(server.port);
  client.send_last("SET k v\r\n");
  EXPECT_EQ(client.read_to_end(), "+OK\r\n");
}

TEST(TlsConnections, PlainBytesEndTheConnectionAndNothingElse) {
  const TlsServer server;
  auto client = TlsClient::connect(server.port);
  auto plain = WireClient::connect(server.port);
  plain.send("*1\r\n$4\r\nPING\r\n");
  EXPECT_THAT(plain.read_to_end(), Not(HasSubstr("PONG")));
  EXPECT_EQ(client.ask("PING"), "+PONG\r\n");
}

TEST(TlsConnections, TlsBytesOnThePlainPortAreAProtocolError) {
  const ReservedPort plain;
  const TlsServer server({"--port", plain.text()});
  const int plain_port = server.process.port();
  EXPECT_THROW(static_cast<void>(TlsClient::connect(plain_port)), std::runtime_error);
  EXPECT_EQ(WireClient::connect(plain_port).ask("PING"), "+PONG\r\n");
}

TEST(TlsConnections, AReaderThatDoesNotReadIsStoppedAndTakesNoMemory) {
  constexpr int kRequests = 4'000;
  const ReservedPort plain;
  const TlsServer server({"--port", plain.text()});
  auto other = WireClient::connect(server.process.port());
  const std::string value(10'000, 'x');
  ASSERT_EQ(other.ask(request({"SET", "k", value})), "+OK\r\n");
  auto client = TlsClient::connect(server.port);
  const std::string id = client.ask("CLIENT ID").substr(1);
  const std::size_t before = server.process.resident_memory();
  ASSERT_TRUE(client.send(repeat("GET k\r\n", kRequests)));
  ASSERT_GT(unsent_at_rest(other, id), 0U);
  if (!kIsSanitized) {
    EXPECT_THAT(server.process.resident_memory(), Lt(before + 4 * kMiB));
  }

  // Nothing is lost once it reads.
  const std::string reply = "$10000\r\n" + value + "\r\n";
  for (int i = 0; i < kRequests; ++i) ASSERT_EQ(client.read(reply.size()), reply) << i;
}

// --- Connections ---------------------------------------------------------------------------------

TEST(TlsConnections, AClientIsShownAsInRedis) {
  const TlsServer server;
  auto client = TlsClient::connect(server.port);
  EXPECT_TRUE(client.send("CLIENT INFO\r\n"));
  static_cast<void>(client.read_line());
  EXPECT_THAT(client.read_line(), HasSubstr("laddr=127.0.0.1:" + std::to_string(server.port)));
  ASSERT_TRUE(client.send("INFO server\r\nQUIT\r\n"));
  EXPECT_THAT(client.read_to_end(),
              HasSubstr("listener2:name=tls,bind=127.0.0.1,port=" + std::to_string(server.port)));
}

TEST(TlsConnections, MonitorAndKillReachIt) {
  const TlsServer server;
  auto monitor = TlsClient::connect(server.port);
  ASSERT_EQ(monitor.ask("MONITOR"), "+OK\r\n");
  auto client = TlsClient::connect(server.port);
  EXPECT_EQ(client.ask("PING"), "+PONG\r\n");
  EXPECT_THAT(monitor.read_line(), HasSubstr("\"PING\""));
  EXPECT_EQ(client.ask("CLIENT KILL TYPE normal SKIPME no"), ":2\r\n");
  static_cast<void>(monitor.read_to_end());
}

TEST(TlsConnections, OneTooManyIsTurnedAwayWithoutAWord) {
  const TlsServer server({"--maxclients", "1"});
  auto client = TlsClient::connect(server.port);
  EXPECT_THROW(static_cast<void>(TlsClient::connect(server.port)), std::runtime_error);
  EXPECT_EQ(client.ask("PING"), "+PONG\r\n");
}

TEST(TlsConnections, WhoStallsInTheHandshakeHindersNobody) {
  const TlsServer server({"--io-threads", "1"});
  auto established = TlsClient::connect(server.port);
  std::vector<WireClient> stalled;
  for (int i = 0; i < 300; ++i) {  // more than a thread has under way
    stalled.push_back(WireClient::connect(server.port));
    stalled.back().send({"\x16\x03\x01\x02\x00\x01", 6});
    ASSERT_EQ(established.ask("PING"), "+PONG\r\n") << i;
  }
  EXPECT_EQ(TlsClient::connect(server.port).ask("PING"), "+PONG\r\n");
}

TEST(TlsConnections, WhoLeavesAmidTheHandshakeHindersNobody) {
  const TlsServer server;
  for (int i = 0; i < 100; ++i) {
    auto client = WireClient::connect(server.port);
    client.send({"\x16\x03\x01\x02\x00\x01", 6});
  }
  EXPECT_EQ(TlsClient::connect(server.port).ask("PING"), "+PONG\r\n");
}

TEST(TlsConnections, AtTheEndOfTheServerItsClientsSeeTheEnd) {
  TlsServer server;
  auto idle = TlsClient::connect(server.port);
  ASSERT_EQ(idle.ask("PING"), "+PONG\r\n");
  auto stalled = WireClient::connect(server.port);
  stalled.send({"\x16\x03\x01\x02\x00\x01", 6});
  EXPECT_EQ(server.process.stop().code, 0);
  EXPECT_EQ(idle.read_to_end(), "");
}

TEST(TlsConnections, RequestsThatHaveArrivedAtTheEndAreAnswered) {
  constexpr int kRequests = 20'000;
  TlsServer server({"--enable-debug-command", "yes", "--io-threads", "1"});
  auto client = TlsClient::connect(server.port);
  ASSERT_TRUE(client.send("DEBUG SLEEP 0.3\r\n" + repeat("PING\r\n", kRequests)));
  server.process.signal(SIGTERM);
  EXPECT_EQ(client.read_to_end(), "+OK\r\n" + repeat("+PONG\r\n", kRequests));
  EXPECT_EQ(server.process.wait().code, 0);
}

TEST(TlsConnections, RequestsThatArrivedWithTheEndOfTheHandshakeAreAnsweredToo) {
  constexpr int kRequests = 2'000;
  TlsServer server({"--enable-debug-command", "yes", "--io-threads", "1"});
  auto other = TlsClient::connect(server.port);
  // While the thread sleeps, the rest of the handshake arrives, and then the signal.
  auto client = TlsClient::connect(server.port, [&] {
    EXPECT_EQ(other.ask("PING"), "+PONG\r\n");  // so it has nothing else to do
    EXPECT_TRUE(other.send("DEBUG SLEEP 0.3\r\n"));
  });
  ASSERT_TRUE(client.send(repeat("PING\r\n", kRequests)));
  server.process.signal(SIGTERM);
  EXPECT_EQ(client.read_to_end(), repeat("+PONG\r\n", kRequests));
  EXPECT_EQ(server.process.wait().code, 0);
}

}  // namespace
}  // namespace sideline::test
