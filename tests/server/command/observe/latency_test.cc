#include "server/command/observe/latency.h"

#include <gmock/gmock.h>

#include "server/command/control/latency_report.h"

namespace sideline::command {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kNow = 1'700'000'000;

TEST(Latency, WantsNothingUnlessItIsTurnedOn) {
  const Latency latency;
  EXPECT_FALSE(latency.wants(10'000'000 * kMs));
}

TEST(Latency, WantsWhatTakesAsLongAsTheThreshold) {
  Latency latency;
  latency.configure(5);
  EXPECT_TRUE(latency.wants(5 * kMs));
  EXPECT_FALSE(latency.wants(5 * kMs - 1));
}

TEST(Latency, IsTurnedOffByZero) {
  Latency latency;
  latency.configure(5);
  latency.configure(0);
  EXPECT_FALSE(latency.wants(10'000'000 * kMs));
}

TEST(Latency, KeepsASampleASecond) {
  Latency latency;
  latency.add("command", kNow, 7 * kMs);
  latency.add("command", kNow + 1, 9 * kMs);
  const auto series = latency.series("command");
  ASSERT_TRUE(series);
  ASSERT_THAT(series->samples, SizeIs(2));
  EXPECT_EQ(series->samples[0].unix_time, kNow);
  EXPECT_EQ(series->samples[1].milliseconds, 9);
}

TEST(Latency, ASecondsSampleIsTheLongestInIt) {
  Latency latency;
  latency.add("command", kNow, 7 * kMs);
  latency.add("command", kNow, 9 * kMs);
  latency.add("command", kNow, 8 * kMs);
  const auto series = latency.series("command");
  ASSERT_THAT(series->samples, SizeIs(1));
  EXPECT_EQ(series->samples[0].milliseconds, 9);
}

TEST(Latency, DropsTheOldestSamplesButRemembersTheLongest) {
  Latency latency;
  latency.add("command", kNow, 500 * kMs);
  for (int i = 1; i <= 160; ++i) latency.add("command", kNow + i, 3 * kMs);
  const auto series = latency.series("command");
  EXPECT_THAT(series->samples, SizeIs(160));
  EXPECT_EQ(series->samples.front().unix_time, kNow + 1);
  EXPECT_EQ(series->max_ms, 500);
}

TEST(Latency, KnowsAnEventByItsExactName) {
  Latency latency;
  latency.add("command", kNow, kMs);
  EXPECT_FALSE(latency.series("COMMAND"));
}

TEST(Latency, ForgetsOneEventWhateverTheLettersCase) {
  Latency latency;
  latency.add("command", kNow, kMs);
  latency.add("fast-command", kNow, kMs);
  EXPECT_EQ(latency.reset("COMMAND"), 1);
  EXPECT_EQ(latency.reset("command"), 0);
  EXPECT_THAT(latency.events(), SizeIs(1));
}

TEST(Latency, ForgetsAllEvents) {
  Latency latency;
  latency.add("command", kNow, kMs);
  latency.add("fast-command", kNow, kMs);
  EXPECT_EQ(latency.reset(), 2);
  EXPECT_THAT(latency.events(), IsEmpty());
}

TEST(LatencyGraph, DrawsAColumnASampleWithItsAgeBelow) {
  Latency::Series series;
  series.samples = {{kNow - 3700, 1}, {kNow - 15, 12}, {kNow - 5, 4}};
  series.max_ms = 30;
  EXPECT_EQ(latency_graph("command", series, kNow),
            "command - high 12 ms, low 1 ms (all time high 30 ms)\n" + std::string(80, '-') +
                "\n"
                " # \n"
                " | \n"
                " |_\n"
                "_||\n"
                "   \n"
                "115\n"
                "h5s\n"
                " s \n");
}

TEST(LatencyGraph, StartsANewBandAfterEightyColumns) {
  Latency::Series series;
  for (int i = 0; i < 81; ++i) series.samples.push_back({kNow, 5});
  EXPECT_THAT(latency_graph("command", series, kNow),
              HasSubstr(std::string(80, 's') + "\n\n \n \n \n_\n \n0\ns\n"));
}

TEST(LatencyReport, TellsHowToTurnTheMonitorOn) {
  EXPECT_THAT(latency_report({}, {}, kNow), HasSubstr("CONFIG SET latency-monitor-threshold"));
}

TEST(LatencyReport, TellsThatNothingWasSlow) {
  config::Settings settings;
  settings.latency_monitor_threshold = 5;
  EXPECT_THAT(latency_report({}, settings, kNow), HasSubstr("Nothing took longer"));
}

TEST(LatencyReport, DescribesEachEvent) {
  Latency::Events events;
  events["fast-command"] = {.samples = {{kNow - 20, 4}, {kNow - 10, 8}}, .max_ms = 90};
  EXPECT_THAT(latency_report(events, {}, kNow),
              HasSubstr("fast-command: 2 seconds with a spike, one in 10.00 s; 6 ms in the mean, "
                        "with a mean deviation of 2 ms; the longest ever took 90 ms."));
}

TEST(LatencyReport, AdvisesToTurnTheSlowLogOn) {
  Latency::Events events;
  events["command"] = {.samples = {{kNow, 4}}, .max_ms = 4};
  config::Settings settings;
  settings.slowlog_log_slower_than = -1;
  EXPECT_THAT(latency_report(events, settings, kNow), HasSubstr("The slow log is off"));
  settings.slowlog_log_slower_than = 0;
  EXPECT_THAT(latency_report(events, settings, kNow), Not(HasSubstr("The slow log is off")));
}

}  // namespace
}  // namespace sideline::command
