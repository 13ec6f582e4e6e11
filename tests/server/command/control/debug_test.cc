#include <gmock/gmock.h>

#include "tests/support/command_fixture.h"

namespace sideline::command {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

config::Settings with_debug(std::string access) {
  config::Settings settings;
  settings.maxmemory = std::size_t{64} << 20;
  settings.enable_debug_command = std::move(access);
  return settings;
}

class DebugTest : public test::CommandFixture {
 protected:
  DebugTest() : CommandFixture(with_debug("yes")) {}
};
class LocalDebugTest : public test::CommandFixture {
 protected:
  LocalDebugTest() : CommandFixture(with_debug("local")) {}
};
class NoDebugTest : public test::CommandFixture {};

constexpr std::string_view kRefusal =
    "-ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you "
    "can run it from a local connection, otherwise you need to set this option in the "
    "configuration file, and then restart the server.\r\n";

TEST_F(NoDebugTest, IsRefusedByDefault) { EXPECT_EQ(run({"DEBUG", "SLEEP", "0"}), kRefusal); }

TEST_F(LocalDebugTest, IsForConnectionsFromThisMachine) {
  EXPECT_EQ(run({"DEBUG", "SLEEP", "0"}), "+OK\r\n");
  client(1).client->loopback = false;
  EXPECT_EQ(run(client(1), {"DEBUG", "SLEEP", "0"}), kRefusal);
}

TEST_F(DebugTest, IsForEverybodyIfSo) {
  client(0).client->loopback = false;
  EXPECT_EQ(run({"DEBUG", "SLEEP", "0"}), "+OK\r\n");
}

TEST_F(DebugTest, SleepOfWhatIsNoTimeDoesNotSleep) {
  EXPECT_EQ(run({"DEBUG", "SLEEP", "x"}), "+OK\r\n");
  EXPECT_EQ(run({"DEBUG", "SLEEP", "-5"}), "+OK\r\n");
  EXPECT_EQ(run({"DEBUG", "SLEEP", "nan"}), "+OK\r\n");
}

TEST_F(DebugTest, ObjectTellsWhatIsKnownOfAKey) {
  run({"SET", "k", "some text"});
  EXPECT_THAT(run({"DEBUG", "OBJECT", "k"}),
              MatchesRegex("\\+Value at:0x[0-9a-f]+ refcount:1 encoding:embstr serializedlength:10 "
                           "lru:[0-9]+ lru_seconds_idle:0\r\n"));
}

TEST_F(DebugTest, ObjectKnowsHowShortIntegersAre) {
  run({"MSET", "a", "100", "b", "-30000", "c", "100000", "d", "5000000000"});
  EXPECT_THAT(run({"DEBUG", "OBJECT", "a"}), HasSubstr("encoding:int serializedlength:2 "));
  EXPECT_THAT(run({"DEBUG", "OBJECT", "b"}), HasSubstr("encoding:int serializedlength:3 "));
  EXPECT_THAT(run({"DEBUG", "OBJECT", "c"}), HasSubstr("encoding:int serializedlength:5 "));
  EXPECT_THAT(run({"DEBUG", "OBJECT", "d"}), HasSubstr("encoding:int serializedlength:11 "));
}

TEST_F(DebugTest, ObjectOfAnAbsentKeyIsAnError) {
  EXPECT_EQ(run({"DEBUG", "OBJECT", "nosuch"}), "-ERR no such key\r\n");
}

TEST_F(DebugTest, SetActiveExpireStopsReclaimingButNotExpiring) {
  EXPECT_EQ(run({"DEBUG", "SET-ACTIVE-EXPIRE", "0"}), "+OK\r\n");
  run({"SET", "k", "v", "PX", "10"});
  clock.advance_ms(1000);
  server.cache.maintain();
  EXPECT_EQ(server.cache.size(), 1);
  EXPECT_EQ(run({"EXISTS", "k"}), ":0\r\n");
}

TEST_F(DebugTest, SetActiveExpireStartsItAgain) {
  run({"DEBUG", "SET-ACTIVE-EXPIRE", "0"});
  run({"SET", "k", "v", "PX", "10"});
  EXPECT_EQ(run({"DEBUG", "SET-ACTIVE-EXPIRE", "1"}), "+OK\r\n");
  clock.advance_ms(1000);
  server.cache.maintain();
  EXPECT_EQ(server.cache.size(), 0);
}

TEST_F(DebugTest, AnUnknownSubcommandOrAWrongNumberOfArgumentsPointsToHelp) {
  EXPECT_EQ(run({"DEBUG", "nosuch"}),
            "-ERR unknown subcommand or wrong number of arguments for 'nosuch'. Try DEBUG HELP."
            "\r\n");
  EXPECT_EQ(run({"DEBUG", "SLEEP"}),
            "-ERR unknown subcommand or wrong number of arguments for 'SLEEP'. Try DEBUG HELP."
            "\r\n");
}

TEST_F(DebugTest, HelpListsTheSubcommands) {
  EXPECT_THAT(ask({"DEBUG", "HELP"}).texts(), ::testing::Contains("SET-ACTIVE-EXPIRE <0|1>"));
}

}  // namespace
}  // namespace sideline::command
