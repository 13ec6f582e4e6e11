#include <gmock/gmock.h>

#include "tests/support/command_fixture.h"

namespace sideline::command {
namespace {

using ::testing::ElementsAre;

class SlowLogCommandTest : public test::CommandFixture {
 protected:
  SlowLogCommandTest() { run({"CONFIG", "SET", "slowlog-log-slower-than", "0"}); }
};

constexpr std::string_view kCountError = "-ERR count should be greater than or equal to -1\r\n";

TEST_F(SlowLogCommandTest, GetShowsTheNewestRequestFirst) {
  run({"CLIENT", "SETNAME", "worker"});
  run({"SLOWLOG", "RESET"});
  run({"SET", "k", "v"});
  const auto entry = ask({"SLOWLOG", "GET", "1"})[0];
  ASSERT_EQ(entry.size(), 6);
  EXPECT_EQ(entry[0].type, ':');
  EXPECT_EQ(entry[1].integer, clock.now_ms() / 1000);
  EXPECT_GE(entry[2].integer, 0);
  EXPECT_EQ(to_string(entry[3]), R"(["SET", "k", "v"])");
  EXPECT_EQ(entry[4].text, "127.0.0.1:50000");
  EXPECT_EQ(entry[5].text, "worker");
}

TEST_F(SlowLogCommandTest, GetShowsTenUnlessAskedForMore) {
  for (int i = 0; i < 20; ++i) run({"PING"});
  EXPECT_EQ(ask({"SLOWLOG", "GET"}).size(), 10);
  EXPECT_EQ(ask({"SLOWLOG", "GET", "15"}).size(), 15);
  EXPECT_EQ(ask({"SLOWLOG", "GET", "0"}).size(), 0);
}

TEST_F(SlowLogCommandTest, GetShowsAllForMinusOne) {
  run({"SLOWLOG", "RESET"});
  for (int i = 0; i < 20; ++i) run({"PING"});
  // The reset too.
  EXPECT_EQ(ask({"SLOWLOG", "GET", "-1"}).size(), 21);
}

TEST_F(SlowLogCommandTest, GetRefusesOtherCounts) {
  EXPECT_EQ(run({"SLOWLOG", "GET", "-2"}), kCountError);
  EXPECT_EQ(run({"SLOWLOG", "GET", "x"}), kCountError);
  EXPECT_EQ(
      run({"SLOWLOG", "GET", "1", "2"}),
      "-ERR unknown subcommand or wrong number of arguments for 'GET'. Try SLOWLOG HELP.\r\n");
}

TEST_F(SlowLogCommandTest, LenCountsAndResetForgets) {
  run({"CONFIG", "SET", "slowlog-log-slower-than", "-1"});
  run({"SLOWLOG", "RESET"});
  EXPECT_EQ(run({"SLOWLOG", "LEN"}), ":0\r\n");
  run({"CONFIG", "SET", "slowlog-log-slower-than", "0"});
  run({"PING"});
  EXPECT_EQ(run({"SLOWLOG", "LEN"}), ":2\r\n");
}

TEST_F(SlowLogCommandTest, AShorterLengthHoldsAtOnce) {
  for (int i = 0; i < 5; ++i) run({"PING"});
  run({"CONFIG", "SET", "slowlog-max-len", "2"});
  EXPECT_EQ(run({"SLOWLOG", "LEN"}), ":2\r\n");
}

TEST_F(SlowLogCommandTest, APasswordIsNotKept) {
  run({"AUTH", "secret"});
  EXPECT_THAT(ask({"SLOWLOG", "GET", "1"})[0][3].texts(), ElementsAre("AUTH", "(redacted)"));
}

TEST_F(SlowLogCommandTest, APasswordOfAWrongRequestIsNotKept) {
  const auto kept = [this](Arguments args) {
    run(args);
    return ask({"SLOWLOG", "GET", "1"})[0][3].texts();
  };
  EXPECT_THAT(kept({"AUTH", "my", "secret", "x"}),
              ElementsAre("AUTH", "(redacted)", "(redacted)", "(redacted)"));
  EXPECT_THAT(kept({"HELLO", "3", "AUTH", "secret"}),
              ElementsAre("HELLO", "3", "AUTH", "(redacted)"));
  EXPECT_THAT(kept({"HELLO", "4", "AUTH", "u", "secret"}),
              ElementsAre("HELLO", "4", "AUTH", "(redacted)", "(redacted)"));
  EXPECT_THAT(kept({"HELLO", "AUTH", "u", "secret"}),
              ElementsAre("HELLO", "AUTH", "(redacted)", "(redacted)"));
  EXPECT_THAT(kept({"HELLO", "3", "AUTH", "u", "my", "secret"}),
              ElementsAre("HELLO", "3", "AUTH", "(redacted)", "(redacted)", "(redacted)"));
}

}  // namespace
}  // namespace sideline::command
