#include <gmock/gmock.h>

#include "tests/support/command_fixture.h"

namespace sideline::command {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ConfigCommandTest : public test::CommandFixture {};

TEST_F(ConfigCommandTest, GetShowsNameAndValue) {
  EXPECT_EQ(run({"CONFIG", "GET", "maxclients"}), "*2\r\n$10\r\nmaxclients\r\n$5\r\n10000\r\n");
}

TEST_F(ConfigCommandTest, GetIsAMapInResp3) {
  run({"HELLO", "3"});
  EXPECT_EQ(run({"CONFIG", "GET", "maxclients"}), "%1\r\n$10\r\nmaxclients\r\n$5\r\n10000\r\n");
}

TEST_F(ConfigCommandTest, GetTakesSeveralPatterns) {
  const auto reply = ask({"CONFIG", "GET", "maxmem*", "timeout"});
  EXPECT_EQ(reply.at("maxmemory").text, "67108864");
  EXPECT_EQ(reply.at("maxmemory-policy").text, "allkeys-lru");
  EXPECT_EQ(reply.at("timeout").text, "0");
}

TEST_F(ConfigCommandTest, GetOfAnUnknownNameIsEmpty) {
  EXPECT_EQ(run({"CONFIG", "GET", "nosuch"}), "*0\r\n");
}

TEST_F(ConfigCommandTest, SetChangesADirective) {
  EXPECT_EQ(run({"CONFIG", "SET", "maxclients", "77"}), "+OK\r\n");
  EXPECT_EQ(ask({"CONFIG", "GET", "maxclients"}).at("maxclients").text, "77");
}

TEST_F(ConfigCommandTest, SetChangesAllOrNothing) {
  EXPECT_THAT(run({"CONFIG", "SET", "maxclients", "77", "timeout", "x"}),
              StartsWith("-ERR CONFIG SET failed (possibly related to argument 'timeout') - "));
  EXPECT_EQ(ask({"CONFIG", "GET", "maxclients"}).at("maxclients").text, "10000");
}

TEST_F(ConfigCommandTest, SetNeedsAValueForEachName) {
  EXPECT_EQ(run({"CONFIG", "SET", "maxclients", "77", "timeout"}), "-ERR syntax error\r\n");
}

TEST_F(ConfigCommandTest, SetOfMaxmemoryReachesTheCache) {
  EXPECT_EQ(run({"CONFIG", "SET", "maxmemory", "32mb"}), "+OK\r\n");
  EXPECT_EQ(server.cache.max_memory(), std::size_t{32} << 20);
}

TEST_F(ConfigCommandTest, ThePasswordDoesNotAppearInTheSlowLog) {
  run({"CONFIG", "SET", "slowlog-log-slower-than", "0"});
  run({"CONFIG", "SET", "timeout", "1", "requirepass", "secret"});
  EXPECT_THAT(ask({"SLOWLOG", "GET", "1"})[0][3].texts(),
              ElementsAre("CONFIG", "SET", "timeout", "1", "requirepass", "(redacted)"));
  run({"CONFIG", "SET", "requirepass", "my", "secret"});
  EXPECT_THAT(ask({"SLOWLOG", "GET", "1"})[0][3].texts(),
              ElementsAre("CONFIG", "SET", "requirepass", "(redacted)", "(redacted)"));
}

TEST_F(ConfigCommandTest, GetShowsTheDefaultTtl) {
  EXPECT_EQ(run({"CONFIG", "SET", "default-ttl", "1800"}), "+OK\r\n");
  EXPECT_EQ(ask({"CONFIG", "GET", "default-ttl"}).at("default-ttl").text, "1800");
}

TEST_F(ConfigCommandTest, RewriteNeedsAFile) {
  EXPECT_EQ(run({"CONFIG", "REWRITE"}), "-ERR The server is running without a config file\r\n");
}

TEST_F(ConfigCommandTest, ResetStatLetsTheCountersStartAnew) {
  server.traffic.record_read(0, 5);
  server.traffic.record_writes(0, 1, 5);
  server.connections_received = 5;
  server.connections_rejected = 5;
  run({"SET", "k", "v"});
  run({"GET", "k"});
  run({"GET", "missing"});
  run({"NOSUCH"});
  EXPECT_EQ(run({"CONFIG", "RESETSTAT"}), "+OK\r\n");
  EXPECT_EQ(server.cache.stats().total.hits, 0);
  EXPECT_EQ(server.cache.stats().total.misses, 0);
  EXPECT_EQ(server.traffic.totals().input_bytes, 0);
  EXPECT_EQ(server.traffic.totals().output_bytes, 0);
  EXPECT_EQ(server.connections_received, 0);
  EXPECT_EQ(server.connections_rejected, 0);
  EXPECT_EQ(server.command_stats.errors().size(), 0);
  // Only RESETSTAT itself, which ends after it.
  EXPECT_EQ(server.command_stats.calls(), 1);
}

TEST_F(ConfigCommandTest, ResetStatKeepsTheData) {
  run({"SET", "k", "v"});
  run({"CONFIG", "RESETSTAT"});
  EXPECT_EQ(show({"GET", "k"}), R"("v")");
  EXPECT_EQ(server.cache.stats().total.entries, 1);
}

TEST_F(ConfigCommandTest, HelpListsTheSubcommands) {
  EXPECT_THAT(run({"CONFIG", "HELP"}), HasSubstr("RESETSTAT"));
}

TEST_F(ConfigCommandTest, AnUnknownSubcommandPointsToHelp) {
  EXPECT_EQ(run({"CONFIG", "NOSUCH"}), "-ERR unknown subcommand 'NOSUCH'. Try CONFIG HELP.\r\n");
}

}  // namespace
}  // namespace sideline::command
