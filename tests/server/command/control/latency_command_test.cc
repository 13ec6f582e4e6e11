#include <gmock/gmock.h>

#include "tests/support/command_fixture.h"

namespace sideline::command {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::int64_t kMs = 1'000'000;

class LatencyCommandTest : public test::CommandFixture {
 protected:
  void spike(std::string_view event, std::int64_t milliseconds) {
    server.latency.add(event, clock.now_ms() / 1000, milliseconds * kMs);
  }
  void call(std::string_view full_name, std::int64_t nanoseconds) {
    const std::size_t index = server.table.find_full_name(full_name)->index;
    server.command_stats.record_call(0, index, nanoseconds, false);
  }
};

TEST_F(LatencyCommandTest, LatestShowsTheLastAndTheLongestOfEachEvent) {
  spike("command", 30);
  clock.advance_ms(5000);
  spike("command", 20);
  spike("fast-command", 1);
  EXPECT_EQ(show({"LATENCY", "LATEST"}),
            R"([["command", 1700000005, 20, 30], ["fast-command", 1700000005, 1, 1]])");
}

TEST_F(LatencyCommandTest, LatestIsEmptyAtFirst) {
  EXPECT_EQ(run({"LATENCY", "LATEST"}), "*0\r\n");
}

TEST_F(LatencyCommandTest, HistoryShowsTheSamplesOfAnEvent) {
  spike("command", 30);
  clock.advance_ms(1000);
  spike("command", 20);
  EXPECT_EQ(show({"LATENCY", "HISTORY", "command"}), "[[1700000000, 30], [1700000001, 20]]");
  EXPECT_EQ(run({"LATENCY", "HISTORY", "nosuch"}), "*0\r\n");
}

TEST_F(LatencyCommandTest, ResetForgetsEventsAndCountsThem) {
  spike("command", 30);
  spike("fast-command", 30);
  EXPECT_EQ(run({"LATENCY", "RESET", "nosuch", "command"}), ":1\r\n");
  EXPECT_EQ(run({"LATENCY", "RESET"}), ":1\r\n");
  EXPECT_EQ(run({"LATENCY", "RESET"}), ":0\r\n");
}

TEST_F(LatencyCommandTest, GraphDrawsAnEvent) {
  spike("command", 30);
  EXPECT_THAT(ask({"LATENCY", "GRAPH", "command"}).text,
              StartsWith("command - high 30 ms, low 30 ms (all time high 30 ms)\n"));
}

TEST_F(LatencyCommandTest, GraphOfAnUnknownEventIsAnError) {
  EXPECT_EQ(run({"LATENCY", "GRAPH", "nosuch"}),
            "-ERR No samples available for event 'nosuch'\r\n");
}

TEST_F(LatencyCommandTest, DoctorDescribesWhatWasSeen) {
  spike("command", 30);
  EXPECT_THAT(ask({"LATENCY", "DOCTOR"}).text, HasSubstr("command: 1 seconds with a spike"));
}

TEST_F(LatencyCommandTest, HistogramCumulatesCallsAtDoublingBounds) {
  call("get", 900);     // up to 1 us
  call("get", 3'000);   // up to 4 us
  call("get", 33'000);  // up to 33 us
  call("get", 5'000'000'000);
  EXPECT_EQ(show({"LATENCY", "HISTOGRAM", "get"}),
            R"(["get", ["calls", 4, "histogram_usec", [1, 1, 4, 2, 33, 3, 1082130, 4]]])");
}

TEST_F(LatencyCommandTest, HistogramIsAMapOfMapsInResp3) {
  run({"HELLO", "3"});
  call("get", 900);
  EXPECT_EQ(run({"LATENCY", "HISTOGRAM", "get"}),
            "%1\r\n$3\r\nget\r\n%2\r\n$5\r\ncalls\r\n:1\r\n$14\r\nhistogram_usec\r\n%1\r\n:1\r\n:1"
            "\r\n");
}

TEST_F(LatencyCommandTest, HistogramOfAContainerShowsItsSubcommands) {
  call("config|get", 900);
  const auto reply = ask({"LATENCY", "HISTOGRAM", "CONFIG"});
  EXPECT_TRUE(reply.contains("config|get"));
  EXPECT_TRUE(ask({"LATENCY", "HISTOGRAM", "config|get"}).contains("config|get"));
}

TEST_F(LatencyCommandTest, HistogramLeavesOutWhatIsUnknownOrUnused) {
  EXPECT_EQ(run({"LATENCY", "HISTOGRAM", "nosuch", "get"}), "*0\r\n");
}

TEST_F(LatencyCommandTest, HistogramShowsAllUsedCommands) {
  call("get", 900);
  call("config|set", 900);
  const auto reply = ask({"LATENCY", "HISTOGRAM"});
  EXPECT_EQ(reply.size(), 4);
  EXPECT_TRUE(reply.contains("get"));
  EXPECT_TRUE(reply.contains("config|set"));
}

}  // namespace
}  // namespace sideline::command
