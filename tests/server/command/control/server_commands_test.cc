#include <algorithm>
#include <filesystem>

#include <gmock/gmock.h>

#include "server/version.h"
#include "tests/support/command_fixture.h"

namespace sideline::command {
namespace {

using ::testing::EndsWith;
using ::testing::StartsWith;

class ServerCommandsTest : public test::CommandFixture {
 protected:
  ServerCommandsTest() {
    server.shutdown = [this] { shut_down = true; };
  }
  [[nodiscard]] bool has_saved() const { return !folder.read("dump.rdb").empty(); }
  void make_saving_impossible() { std::filesystem::remove_all(folder.path("")); }

  bool shut_down = false;
};

TEST_F(ServerCommandsTest, TimeIsSecondsAndMicroseconds) {
  clock.advance_ms(1234);
  EXPECT_EQ(show({"TIME"}), R"(["1700000001", "234000"])");
}

TEST_F(ServerCommandsTest, RoleIsMasterWithoutReplicas) {
  EXPECT_EQ(show({"ROLE"}), R"(["master", 0, []])");
}

TEST_F(ServerCommandsTest, LolwutDrawsSixteenLinesAndTheVersion) {
  const std::string text = ask({"LOLWUT"}).text;
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 17);
  EXPECT_THAT(text, EndsWith("Redis ver. " + std::string(kRedisVersion) + " (Sideline " +
                             std::string(kVersion) + ")\n"));
}

TEST_F(ServerCommandsTest, LolwutDrawsTheSameForTheSameArguments) {
  EXPECT_EQ(run({"LOLWUT", "VERSION", "5", "1"}), run({"LOLWUT", "VERSION", "5", "1"}));
  EXPECT_NE(run({"LOLWUT", "VERSION", "5", "1"}), run({"LOLWUT", "VERSION", "5", "2"}));
  EXPECT_NE(run({"LOLWUT"}), run({"LOLWUT", "VERSION", "6"}));
}

TEST_F(ServerCommandsTest, LolwutDrawsNothingForAVersionWithoutAPicture) {
  for (const std::string_view version : {"4", "7", "-1"}) {
    EXPECT_THAT(ask({"LOLWUT", "VERSION", version}).text, StartsWith("Redis ver. ")) << version;
  }
  EXPECT_THAT(ask({"LOLWUT", "VERSION"}).text, StartsWith("Redis ver. "));
}

TEST_F(ServerCommandsTest, LolwutRefusesAVersionThatIsNoNumber) {
  EXPECT_EQ(run({"LOLWUT", "VERSION", "x"}), "-ERR value is not an integer or out of range\r\n");
}

TEST_F(ServerCommandsTest, ShutdownEndsTheServerWithoutAReply) {
  EXPECT_EQ(run({"SHUTDOWN"}), "");
  EXPECT_TRUE(shut_down);
  EXPECT_FALSE(has_saved());
  EXPECT_EQ(client(0).result, Dispatcher::Result::kClose);
}

TEST_F(ServerCommandsTest, ShutdownTakesItsOptionsInAnyOrderAndCase) {
  EXPECT_EQ(run({"SHUTDOWN", "now", "NOSAVE", "force"}), "");
  EXPECT_TRUE(shut_down);
}

TEST_F(ServerCommandsTest, ShutdownSavesIfAskedTo) {
  EXPECT_EQ(run({"SHUTDOWN", "SAVE"}), "");
  EXPECT_TRUE(has_saved());
  EXPECT_TRUE(shut_down);
}

TEST_F(ServerCommandsTest, ShutdownSavesIfThereAreRulesUnlessAskedNotTo) {
  run({"CONFIG", "SET", "save", "3600 1"});
  EXPECT_EQ(run({"SHUTDOWN", "NOSAVE"}), "");
  EXPECT_FALSE(has_saved());
  EXPECT_EQ(run({"SHUTDOWN"}), "");
  EXPECT_TRUE(has_saved());
}

TEST_F(ServerCommandsTest, ShutdownDoesNotGoIfItCannotSave) {
  make_saving_impossible();
  EXPECT_EQ(run({"SHUTDOWN", "SAVE"}), "-ERR Errors trying to SHUTDOWN. Check logs.\r\n");
  EXPECT_FALSE(shut_down);
}

TEST_F(ServerCommandsTest, ShutdownGoesInSpiteOfThatIfForced) {
  make_saving_impossible();
  EXPECT_EQ(run({"SHUTDOWN", "SAVE", "FORCE"}), "");
  EXPECT_TRUE(shut_down);
}

TEST_F(ServerCommandsTest, ShutdownWhileLoadingSavesNothing) {
  server.obstacles = persist::kLoadingFirst;
  EXPECT_EQ(run({"SHUTDOWN", "SAVE"}), "");
  EXPECT_FALSE(has_saved());
  EXPECT_TRUE(shut_down);
}

TEST_F(ServerCommandsTest, ShutdownRefusesOptionsThatDoNotGoTogether) {
  constexpr std::string_view kSyntax = "-ERR syntax error\r\n";
  EXPECT_EQ(run({"SHUTDOWN", "SAVE", "NOSAVE"}), kSyntax);
  EXPECT_EQ(run({"SHUTDOWN", "ABORT", "NOW"}), kSyntax);
  EXPECT_EQ(run({"SHUTDOWN", "SOON"}), kSyntax);
  EXPECT_FALSE(shut_down);
}

TEST_F(ServerCommandsTest, ThereIsNoShutdownToAbort) {
  EXPECT_EQ(run({"SHUTDOWN", "ABORT"}), "-ERR No shutdown in progress.\r\n");
}

}  // namespace
}  // namespace sideline::command
