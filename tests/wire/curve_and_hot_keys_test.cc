// What a running server tells of its size and of its keys, however many threads serve it.

#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/server_process.h"
#include "tests/support/wire_client.h"

namespace sideline::test {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

/// Sends a request again and again, all at once; each has a reply of one line.
void ask_often(WireClient& client, std::string_view request, int times) {
  ASSERT_TRUE(client.send(repeat(request, static_cast<std::size_t>(times))));
  for (int i = 0; i < times; ++i) ASSERT_NE(client.read_line(), "");
}

TEST(CurveAndHotKeys, TheCurveIsOfWhatAllConnectionsAskFor) {
  const ServerProcess server({"--io-threads", "2"});
  auto first = WireClient::connect(server.port());
  auto second = WireClient::connect(server.port());
  EXPECT_EQ(first.ask(request({"SET", "here", "v"})), "+OK\r\n");
  ask_often(first, request({"STRLEN", "here"}), 300);
  ask_often(second, request({"STRLEN", "gone"}), 100);
  EXPECT_THAT(first.ask("INFO curve"),
              AllOf(HasSubstr("# Curve\r\ncurve_enabled:1\r\ncurve_reads:400\r\n"),
                    HasSubstr("\r\ncurve_actual_hit_ratio:0.7500\r\n"),
                    HasSubstr("\r\ncurve_lru:0.25=0.7500,0.5=0.7500,1=0.7500,2=0.7500,4=0.7500"
                              "\r\n"),
                    ContainsRegex("\r\ncurve_random:[0-9.=,]+\r\n")));
  EXPECT_EQ(first.ask("CONFIG RESETSTAT"), "+OK\r\n");
  EXPECT_THAT(first.ask("INFO curve"), HasSubstr("\r\ncurve_reads:0\r\n"));
}

TEST(CurveAndHotKeys, ThereIsNoCurveIfItIsSwitchedOff) {
  const ServerProcess server({"--miss-ratio-curve", "no"});
  auto client = WireClient::connect(server.port());
  EXPECT_THAT(client.ask("INFO curve"), HasSubstr("# Curve\r\ncurve_enabled:0\r\n"));
}

TEST(CurveAndHotKeys, TheHottestKeyIsThatOfAllConnections) {
  const ServerProcess server({"--io-threads", "2"});
  auto first = WireClient::connect(server.port());
  auto second = WireClient::connect(server.port());
  ask_often(first, request({"STRLEN", "a"}), 60);
  ask_often(second, request({"STRLEN", "b"}), 50);
  ask_often(second, request({"STRLEN", "hot"}), 40);
  ask_often(first, request({"STRLEN", "hot"}), 40);
  ASSERT_TRUE(first.send(request({"HOTKEYS", "COUNT", "1"})));
  const std::string expected =
      "*1\r\n*8\r\n$3\r\nkey\r\n$3\r\nhot\r\n$2\r\ndb\r\n:0\r\n$10\r\nper-second\r\n";
  EXPECT_EQ(first.read(expected.size()), expected);
}

}  // namespace
}  // namespace sideline::test
