#include "server/command/observe/monitors.h"

#include <array>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/command_fixture.h"

namespace sideline::command {
namespace {

using std::string_view_literals::operator""sv;

class MonitorLine : public testing::Test {
 protected:
  MonitorLine() { client.address = "127.0.0.1:1234"; }
  std::string line(std::vector<std::string_view> args, int database = 0) {
    return monitor_line(client, database, args, 1'699'999'999'000'456);
  }
  Client client;
};

TEST_F(MonitorLine, HasTimeDatabaseAddressAndArguments) {
  EXPECT_EQ(line({"SET", "k", "v"}, 3),
            "+1699999999.000456 [3 127.0.0.1:1234] \"SET\" \"k\" \"v\"\r\n");
}

TEST_F(MonitorLine, NamesAUnixSocketByItsPath) {
  client.kind = Client::Kind::kUnix;
  client.address = "/tmp/s.sock:0";
  EXPECT_EQ(line({"PING"}), "+1699999999.000456 [0 unix:/tmp/s.sock] \"PING\"\r\n");
}

TEST_F(MonitorLine, EscapesWhatIsNotPrintable) {
  EXPECT_EQ(line({"\"\\\n\r\t\a\b \x00\x7f\xff~"sv}),
            R"(+1699999999.000456 [0 127.0.0.1:1234] "\"\\\n\r\t\a\b \x00\x7f\xff~")"
            "\r\n");
}

class MonitorTest : public test::CommandFixture {};

TEST_F(MonitorTest, ShowsTheRequestsOfOthers) {
  EXPECT_EQ(run({"MONITOR"}), "+OK\r\n");
  run(client(1), {"SELECT", "2"});
  run(client(1), {"ping", "x y"});
  EXPECT_EQ(client(0).pushed,
            "+1700000000.000000 [2 127.0.0.1:50001] \"SELECT\" \"2\"\r\n"
            "+1700000000.000000 [2 127.0.0.1:50001] \"ping\" \"x y\"\r\n");
}

TEST_F(MonitorTest, ShowsItsOwnRequestsToo) {
  run({"MONITOR"});
  EXPECT_EQ(run({"PING"}), "+PONG\r\n");
  EXPECT_EQ(client(0).pushed, "+1700000000.000000 [0 127.0.0.1:50000] \"PING\"\r\n");
}

TEST_F(MonitorTest, ASecondRequestForItGetsNoReply) {
  run({"MONITOR"});
  EXPECT_EQ(run({"MONITOR"}), "");
}

TEST_F(MonitorTest, MayNotUseKeys) {
  run({"MONITOR"});
  EXPECT_EQ(run({"GET", "k"}), "-ERR Replica can't interact with the keyspace\r\n");
  EXPECT_EQ(run({"SET", "k", "v"}), "-ERR Replica can't interact with the keyspace\r\n");
}

TEST_F(MonitorTest, ShowsNoAdministration) {
  run({"MONITOR"});
  run(client(1), {"CLIENT", "LIST"});
  EXPECT_EQ(client(0).pushed, "");
}

TEST_F(MonitorTest, ShowsNoRequestThatWasRefused) {
  run({"MONITOR"});
  run(client(1), {"GET"});
  run(client(1), {"NONSENSE"});
  EXPECT_EQ(client(0).pushed, "");
}

TEST_F(MonitorTest, ShowsNoPasswords) {
  run({"MONITOR"});
  run(client(1), {"AUTH", "default", "secret"});
  run(client(1), {"HELLO", "3", "AUTH", "default", "secret", "SETNAME", "n"});
  EXPECT_EQ(client(0).pushed,
            "+1700000000.000000 [0 127.0.0.1:50001] \"AUTH\" \"(redacted)\" \"(redacted)\"\r\n"
            "+1700000000.000000 [0 127.0.0.1:50001] \"HELLO\" \"3\" \"AUTH\" \"(redacted)\" "
            "\"(redacted)\" \"SETNAME\" \"n\"\r\n");
}

TEST_F(MonitorTest, EndsWithReset) {
  run({"MONITOR"});
  EXPECT_EQ(run({"RESET"}), "+RESET\r\n");
  EXPECT_FALSE(server.monitors.active());
  run(client(1), {"PING"});
  EXPECT_EQ(client(0).pushed, "");
}

TEST_F(MonitorTest, ForgetsAWatcherThatIsGone) {
  {
    const auto gone = test::TestClient::connect(server, "127.0.0.1:9");
    run(*gone, {"MONITOR"});
  }
  EXPECT_TRUE(server.monitors.active());
  run({"PING"});
  EXPECT_FALSE(server.monitors.active());
}

}  // namespace
}  // namespace sideline::command
