#include <string>

#include "tests/support/command_fixture.h"

namespace sideline::command {
namespace {

class HotkeysCommandTest : public test::CommandFixture {
 protected:
  void repeat(Arguments request, int times) {
    for (int i = 0; i < times; ++i) run(request);
  }
};

TEST_F(HotkeysCommandTest, ThereAreNoneAtFirst) { EXPECT_EQ(run({"HOTKEYS"}), "*0\r\n"); }

TEST_F(HotkeysCommandTest, ShowsKeysWithDatabaseRateAndErrorInBothProtocols) {
  repeat({"GET", "k"}, 3);
  pass_ms(1000);
  EXPECT_EQ(show({"HOTKEYS"}), R"([["key", "k", "db", 0, "per-second", "2.97", "error", "0"]])");
  run({"HELLO", "3"});
  EXPECT_EQ(run({"HOTKEYS"}),
            "*1\r\n%4\r\n$3\r\nkey\r\n$1\r\nk\r\n$2\r\ndb\r\n:0\r\n$10\r\nper-second\r\n,2.97\r\n"
            "$5\r\nerror\r\n,0\r\n");
}

TEST_F(HotkeysCommandTest, ShowsAsManyAsAskedForTheHottestFirst) {
  for (int i = 0; i < 20; ++i) {
    const std::string key = "k" + std::to_string(i);
    for (int times = 0; times <= i; ++times) run({"SET", key, "v"});
  }
  EXPECT_EQ(ask({"HOTKEYS"}).elements.size(), 10U);
  const auto two = ask({"HOTKEYS", "count", "2"});
  ASSERT_EQ(two.elements.size(), 2U);
  EXPECT_EQ(two.elements[0].elements[1].text, "k19");
  EXPECT_EQ(two.elements[1].elements[1].text, "k18");
  EXPECT_EQ(ask({"HOTKEYS", "COUNT", "1000"}).elements.size(), 20U);
}

TEST_F(HotkeysCommandTest, CountsEachKeyOfACommandWithSeveral) {
  repeat({"MGET", "a", "b", "a"}, 2);
  const auto keys = ask({"HOTKEYS"});
  ASSERT_EQ(keys.elements.size(), 2U);
  EXPECT_EQ(keys.elements[0].elements[1].text, "a");
}

TEST_F(HotkeysCommandTest, KnowsDatabases) {
  run({"SELECT", "3"});
  run({"GET", "k"});
  EXPECT_EQ(ask({"HOTKEYS"}).elements[0].elements[3].integer, 3);
}

TEST_F(HotkeysCommandTest, RefusesOtherArguments) {
  EXPECT_EQ(run({"HOTKEYS", "COUNT"}), "-ERR syntax error\r\n");
  EXPECT_EQ(run({"HOTKEYS", "LIMIT", "3"}), "-ERR syntax error\r\n");
  EXPECT_EQ(run({"HOTKEYS", "COUNT", "x"}), "-ERR value is not an integer or out of range\r\n");
  EXPECT_EQ(run({"HOTKEYS", "COUNT", "0"}), "-ERR value is out of range, must be positive\r\n");
}

}  // namespace
}  // namespace sideline::command
