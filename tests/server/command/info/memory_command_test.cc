#include <gmock/gmock.h>

#include "server/command/info/memory_report.h"
#include "tests/support/command_fixture.h"

namespace sideline::command {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class MemoryCommandTest : public test::CommandFixture {};

TEST_F(MemoryCommandTest, UsageIsMoreThanKeyAndValue) {
  run({"SET", "key", std::string(1000, 'x')});
  const std::int64_t usage = ask({"MEMORY", "USAGE", "key"}).integer;
  EXPECT_GE(usage, 1003);
  EXPECT_LE(usage, 1500);
}

TEST_F(MemoryCommandTest, UsageOfAnAbsentKeyIsNull) {
  EXPECT_EQ(run({"MEMORY", "USAGE", "nosuch"}), "$-1\r\n");
}

TEST_F(MemoryCommandTest, UsageTakesSamples) {
  run({"SET", "key", "v"});
  EXPECT_EQ(ask({"MEMORY", "USAGE", "key", "SAMPLES", "0"}).type, ':');
  EXPECT_EQ(ask({"MEMORY", "USAGE", "key", "samples", "5", "samples", "6"}).type, ':');
}

TEST_F(MemoryCommandTest, UsageRefusesOtherOptions) {
  EXPECT_EQ(run({"MEMORY", "USAGE", "key", "SAMPLES"}), "-ERR syntax error\r\n");
  EXPECT_EQ(run({"MEMORY", "USAGE", "key", "SAMPLES", "-1"}), "-ERR syntax error\r\n");
  EXPECT_EQ(run({"MEMORY", "USAGE", "key", "COUNT", "1"}), "-ERR syntax error\r\n");
  EXPECT_EQ(run({"MEMORY", "USAGE", "key", "SAMPLES", "x"}),
            "-ERR value is not an integer or out of range\r\n");
}

TEST_F(MemoryCommandTest, UsageIsNoUseOfTheKey) {
  run({"SET", "key", "v"});
  run({"MEMORY", "USAGE", "key"});
  EXPECT_EQ(server.cache.stats().total.hits, 0);
}

TEST_F(MemoryCommandTest, StatsAddUp) {
  run({"SET", "key", std::string(50000, 'x')});
  const auto stats = ask({"MEMORY", "STATS"});
  EXPECT_EQ(stats.at("total.allocated").integer,
            stats.at("dataset.bytes").integer + stats.at("overhead.total").integer);
  EXPECT_EQ(stats.at("keys.count").integer, 1);
  EXPECT_EQ(stats.at("keys.bytes-per-key").integer, stats.at("total.allocated").integer);
  EXPECT_GE(stats.at("peak.allocated").integer, stats.at("total.allocated").integer);
}

TEST_F(MemoryCommandTest, StatsIsAMapWithDoublesInResp3) {
  run({"HELLO", "3"});
  const auto stats = ask({"MEMORY", "STATS"});
  EXPECT_EQ(stats.type, '%');
  EXPECT_EQ(stats.at("dataset.percentage").type, ',');
  EXPECT_EQ(stats.at("fragmentation.bytes").type, ':');
}

TEST_F(MemoryCommandTest, StatsOfAnEmptyCacheDivideByNothing) {
  EXPECT_EQ(ask({"MEMORY", "STATS"}).at("keys.bytes-per-key").integer, 0);
}

TEST_F(MemoryCommandTest, DoctorHasNothingToSayOfAnEmptyCache) {
  EXPECT_THAT(ask({"MEMORY", "DOCTOR"}).text, HasSubstr("The cache is empty"));
}

TEST_F(MemoryCommandTest, MallocStatsShowWhereTheMemoryIs) {
  EXPECT_THAT(ask({"MEMORY", "MALLOC-STATS"}).text, HasSubstr("index: "));
}

TEST_F(MemoryCommandTest, PurgeAnswersOk) { EXPECT_EQ(run({"MEMORY", "PURGE"}), "+OK\r\n"); }

/// A report on a process in which nothing is unusual, unless a test changes that.
class MemoryReportTest : public test::CommandFixture {
 protected:
  MemoryReportTest() {
    facts.stats.total.entries = 1000;
    facts.stats.total.item_memory = 100 << 20;
    facts.stats.peak_memory = 100 << 20;
    facts.stats.max_memory = 256 << 20;
    facts.process.resident_bytes = 110 << 20;
  }

  InfoFacts facts{
      .server = server, .settings = {}, .stats = {}, .process = {}, .clients = {}, .snapshots = {}};
};

TEST_F(MemoryReportTest, FindsNothing) {
  EXPECT_EQ(memory_report(facts), "Nothing about the memory is unusual.\n");
}

TEST_F(MemoryReportTest, FindsAHighPeak) {
  facts.stats.peak_memory = 200 << 20;
  EXPECT_THAT(memory_report(facts), HasSubstr("The peak was"));
}

TEST_F(MemoryReportTest, FindsALargeProcess) {
  facts.process.resident_bytes = 200 << 20;
  EXPECT_THAT(memory_report(facts), HasSubstr("far larger than what the cache uses"));
}

TEST_F(MemoryReportTest, FindsLargeBuffers) {
  facts.clients.connected = 2;
  facts.clients.buffer_bytes = 500 << 10;
  EXPECT_THAT(memory_report(facts), HasSubstr("more than 200 KiB each"));
}

TEST_F(MemoryReportTest, FindsALimitThatIsReachedOnlyIfNothingIsEvicted) {
  facts.stats.total.item_memory = 250 << 20;
  facts.stats.peak_memory = 250 << 20;
  EXPECT_THAT(memory_report(facts), Not(HasSubstr("noeviction")));
  facts.settings.maxmemory_policy = "noeviction";
  EXPECT_THAT(memory_report(facts), HasSubstr("noeviction"));
}

TEST_F(MemoryReportTest, FindsLateExpiry) {
  facts.stats.total.max_expiry_lag_ms = 1001;
  EXPECT_THAT(memory_report(facts), HasSubstr("after their deadline"));
}

}  // namespace
}  // namespace sideline::command
