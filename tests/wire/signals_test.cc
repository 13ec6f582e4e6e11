#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/server_process.h"
#include "tests/support/wire_client.h"

namespace sideline::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Lt;

using std::chrono::seconds;
using std::chrono::steady_clock;

TEST(Signals, TermEndsTheServerInGoodOrder) {
  ServerProcess server;
  EXPECT_EQ(server.stop(SIGTERM).code, 0);
}

TEST(Signals, IntEndsTheServerInGoodOrder) {
  ServerProcess server;
  EXPECT_EQ(server.stop(SIGINT).code, 0);
}

TEST(Signals, AnIdleClientSeesTheEnd) {
  ServerProcess server;
  auto client = WireClient::connect(server.port());
  EXPECT_EQ(client.ask("PING"), "+PONG\r\n");
  server.signal(SIGTERM);
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(server.wait().code, 0);
}

TEST(Signals, RequestsThatHaveArrivedAreAnswered) {
  constexpr int kRequests = 20'000;
  ServerProcess server({"--enable-debug-command", "yes"});
  auto client = WireClient::connect(server.port());
  auto other = WireClient::connect(server.port());
  // While its thread sleeps, a pipeline arrives, and then the signal.
  client.send("DEBUG SLEEP 0.3\r\n" + repeat("PING\r\n", kRequests));
  EXPECT_EQ(other.ask("PING"), "+PONG\r\n");
  server.signal(SIGTERM);
  EXPECT_EQ(client.read_to_end(), "+OK\r\n" + repeat("+PONG\r\n", kRequests));
  EXPECT_EQ(server.wait().code, 0);
}

TEST(Signals, ARequestThatIsNotCompleteDoesNotKeepTheServer) {
  ServerProcess server;
  auto client = WireClient::connect(server.port());
  client.send("PING\r\n*2\r\n$3\r\nGET\r\n$100\r\nxx");
  EXPECT_EQ(client.read(7), "+PONG\r\n");
  EXPECT_EQ(server.stop().code, 0);
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(Signals, AClientThatKeepsSendingDoesNotKeepTheServer) {
  ServerProcess server;
  auto client = WireClient::connect(server.port());
  server.signal(SIGTERM);
  while (client.send("PING\r\n")) {
  }
  EXPECT_EQ(server.wait().code, 0);
}

TEST(Signals, ClientsAreServedDuringTheDelay) {
  ServerProcess server({"--shutdown-delay", "3600"});
  auto client = WireClient::connect(server.port());
  server.signal(SIGTERM);
  ASSERT_TRUE(server.wait_for("output", "serving for 3600 seconds yet"));
  EXPECT_EQ(client.ask("PING"), "+PONG\r\n");
  EXPECT_EQ(WireClient::connect(server.port()).ask("PING"), "+PONG\r\n");
  server.signal(SIGTERM);  // ends the delay, in good order
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(server.wait().code, 0);
}

TEST(Signals, TheDelayHasAnEnd) {
  ServerProcess server({"--shutdown-delay", "1"});
  const auto start = steady_clock::now();
  EXPECT_EQ(server.stop().code, 0);
  EXPECT_THAT(steady_clock::now() - start, ::testing::Ge(seconds(1)));
}

TEST(Signals, ShutdownKnowsNoDelay) {
  ServerProcess server({"--shutdown-delay", "3600", "--save", "3600 1", "--dir", "{folder}"});
  auto client = WireClient::connect(server.port());
  EXPECT_EQ(client.ask("SET k v"), "+OK\r\n");
  server.signal(SIGTERM);
  ASSERT_TRUE(server.wait_for("output", "serving for 3600 seconds yet"));
  client.send("SHUTDOWN NOSAVE\r\n");
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(server.wait().code, 0);
  EXPECT_EQ(server.folder().read("dump.rdb"), "");
}

TEST(Signals, TheSnapshotIsMadeAfterTheDelay) {
  ServerProcess server({"--shutdown-delay", "3600", "--save", "3600 1", "--dir", "{folder}"});
  server.signal(SIGTERM);
  ASSERT_TRUE(server.wait_for("output", "serving for 3600 seconds yet"));
  EXPECT_EQ(WireClient::connect(server.port()).ask("SET late value"), "+OK\r\n");
  server.signal(SIGTERM);  // ends the delay
  EXPECT_EQ(server.wait().code, 0);
  EXPECT_THAT(server.folder().read("dump.rdb"), HasSubstr("late"));
}

TEST(Signals, ASecondOneEndsTheServerAtOnce) {
  ServerProcess server({"--enable-debug-command", "yes"});
  auto client = WireClient::connect(server.port());
  client.send("DEBUG SLEEP 300\r\n");
  const auto start = steady_clock::now();
  server.signal(SIGTERM);
  ASSERT_TRUE(server.wait_for("output", "Shutting down"));
  server.signal(SIGTERM);
  EXPECT_EQ(server.wait().code, 1);
  EXPECT_THAT(steady_clock::now() - start, Lt(seconds(4)));
}

TEST(Signals, NeitherAReaderThatDoesNotReadNorARequestWithoutEndKeepsTheServer) {
  ServerProcess server({"--enable-debug-command", "yes"});
  auto reader = WireClient::connect(server.port());
  EXPECT_EQ(reader.ask(request({"SET", "k", std::string(10'000, 'x')})), "+OK\r\n");
  reader.send_until_blocked(repeat("GET k\r\n", 1000));
  auto sleeper = WireClient::connect(server.port());
  sleeper.send("DEBUG SLEEP 300\r\n");
  EXPECT_EQ(server.stop().code, 0);
}

TEST(Signals, ShutdownEndsTheServerInGoodOrder) {
  ServerProcess server;
  auto client = WireClient::connect(server.port());
  client.send("SHUTDOWN NOSAVE\r\n");
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_EQ(server.wait().code, 0);
}

TEST(Signals, HupOpensTheLogFileAgain) {
  ServerProcess server({"--logfile", "{folder}/a.log", "--loglevel", "verbose"});
  std::filesystem::rename(server.folder().path("a.log"), server.folder().path("old.log"));
  server.signal(SIGHUP);
  // The signal is heard some time later: events go to the old file until then.
  for (int i = 0; i < 10'000 && !std::filesystem::exists(server.folder().path("a.log")); ++i) {
    EXPECT_EQ(WireClient::connect(server.port()).ask("PING"), "+PONG\r\n");
  }
  EXPECT_EQ(WireClient::connect(server.port()).ask("PING"), "+PONG\r\n");
  EXPECT_THAT(server.folder().read("a.log"), HasSubstr("verbose Accepted 127.0.0.1:"));
  EXPECT_THAT(server.folder().read("old.log"), HasSubstr("Ready to accept connections"));
}

TEST(Signals, APeerThatIsGoneDoesNotEndTheServer) {
  const ServerProcess server;
  auto client = WireClient::connect(server.port());
  client.send("SET k " + std::string(10'000, 'x') + "\r\n" + repeat("GET k\r\n", 10'000));
  client.close();
  EXPECT_EQ(WireClient::connect(server.port()).ask("PING"), "+PONG\r\n");
}

}  // namespace
}  // namespace sideline::test
