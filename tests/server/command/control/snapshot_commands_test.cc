#include <filesystem>
#include <string>
#include <thread>

#include <gmock/gmock.h>

#include "tests/support/command_fixture.h"

namespace sideline::command {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class SnapshotCommandsTest : public test::CommandFixture {
 protected:
  void make_saving_impossible() { std::filesystem::remove_all(folder.path("")); }
  /// Waits until nothing is saved in the background.
  void await_save() {
    while (snapshots.facts().background_since_s >= 0) std::this_thread::yield();
  }
};

TEST_F(SnapshotCommandsTest, SaveWritesASnapshot) {
  run({"SET", "k", "v"});
  EXPECT_EQ(run({"SAVE"}), "+OK\r\n");
  EXPECT_THAT(folder.read("dump.rdb"), StartsWith("REDIS0010"));
}

TEST_F(SnapshotCommandsTest, BgsaveWritesASnapshotBesideServing) {
  run({"SET", "k", "v"});
  EXPECT_EQ(run({"BGSAVE"}), "+Background saving started\r\n");
  await_save();
  EXPECT_THAT(folder.read("dump.rdb"), StartsWith("REDIS0010"));
  EXPECT_EQ(run({"BGSAVE", "schedule"}), "+Background saving started\r\n");
}

TEST_F(SnapshotCommandsTest, BgsaveKnowsNoOtherWord) {
  EXPECT_EQ(run({"BGSAVE", "now"}), "-ERR syntax error\r\n");
  EXPECT_EQ(run({"BGSAVE", "SCHEDULE", "SCHEDULE"}), "-ERR syntax error\r\n");
}

TEST_F(SnapshotCommandsTest, LastSaveIsFirstTheStart) {
  clock.advance_ms(100'000);
  EXPECT_EQ(run({"LASTSAVE"}), ":1700000000\r\n");
  run({"SAVE"});
  EXPECT_EQ(run({"LASTSAVE"}), ":1700000100\r\n");
}

TEST_F(SnapshotCommandsTest, ASaveThatFailsChangesNothing) {
  make_saving_impossible();
  clock.advance_ms(100'000);
  EXPECT_EQ(run({"SAVE"}), "-ERR\r\n");
  EXPECT_EQ(run({"LASTSAVE"}), ":1700000000\r\n");
}

TEST_F(SnapshotCommandsTest, InfoTellsOfSaves) {
  run({"SET", "k", "v"});
  run({"SET", "l", "v"});
  EXPECT_THAT(ask({"INFO", "persistence"}).text,
              HasSubstr("\r\nrdb_changes_since_last_save:2\r\n"));
  run({"SAVE"});
  run({"SET", "k", "v"});
  const std::string text = ask({"INFO", "persistence"}).text;
  EXPECT_THAT(text, HasSubstr("\r\nrdb_changes_since_last_save:1\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nrdb_saves:1\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nrdb_last_bgsave_time_sec:-1\r\n"));
  EXPECT_THAT(text, HasSubstr("\r\nloading:0\r\nasync_loading:0\r\n"));
}

TEST_F(SnapshotCommandsTest, ASnapshotThatIsRefusedIsMovedOutOfTheWay) {
  folder.write("dump.rdb", "no snapshot");
  snapshots.begin_load();
  while (server.loading()) std::this_thread::yield();
  EXPECT_EQ(folder.read("dump.rdb.refused"), "no snapshot");
  EXPECT_FALSE(std::filesystem::exists(folder.path("dump.rdb")));
  EXPECT_EQ(run({"GET", "k"}), "$-1\r\n");
}

// Saving again would lose what this server could not take.
TEST_F(SnapshotCommandsTest, ASnapshotOfWhichSomethingIsLeftOutStays) {
  using std::string_literals::operator""s;
  const std::string of_redis = "REDIS0004\0\1a\1v\1\1l\1\1x\xFF"s;  // a string, and a list
  folder.write("dump.rdb", of_redis);
  snapshots.begin_load();
  while (server.loading()) std::this_thread::yield();
  EXPECT_EQ(run({"GET", "a"}), "$1\r\nv\r\n");
  EXPECT_EQ(run({"SAVE"}), "+OK\r\n");
  EXPECT_NE(folder.read("dump.rdb"), of_redis);
  EXPECT_EQ(folder.read("dump.rdb.before"), of_redis);
}

TEST_F(SnapshotCommandsTest, ASnapshotThatIsLoadedWholeNeedsNoCopy) {
  run({"SET", "k", "v"});
  run({"SAVE"});
  snapshots.begin_load();
  while (server.loading()) std::this_thread::yield();
  EXPECT_FALSE(std::filesystem::exists(folder.path("dump.rdb.before")));
}

TEST_F(SnapshotCommandsTest, WithoutASnapshotNobodyWaits) {
  snapshots.begin_load();
  EXPECT_FALSE(server.loading());
}

TEST_F(SnapshotCommandsTest, DebugReloadBringsBackWhatThereWas) {
  run({"SET", "k", "v"});
  run({"SET", "n", "12345", "PX", "5000"});
  EXPECT_EQ(snapshots.reload(), persist::Snapshots::Outcome::kDone);
  EXPECT_EQ(show({"MGET", "k", "n"}), R"(["v", "12345"])");
  EXPECT_EQ(run({"PTTL", "n"}), ":5000\r\n");
  EXPECT_THAT(ask({"INFO", "persistence"}).text, HasSubstr("\r\nrdb_last_load_keys_loaded:2\r\n"));
}

// --- `save` and what comes of its failure
// ----------------------------------------------------------

TEST_F(SnapshotCommandsTest, ARuleSavesOnceItIsTime) {
  run({"CONFIG", "SET", "save", "10 2"});
  run({"SET", "k", "v"});
  clock.advance_ms(20'000);
  run({"SET", "l", "v"});
  while (folder.read("dump.rdb").empty()) std::this_thread::yield();
}

TEST_F(SnapshotCommandsTest, ARuleSavesAlsoAfterTheClockWasSetBack) {
  run({"CONFIG", "SET", "save", "10 1"});
  run({"SET", "k", "v"});
  constexpr std::int64_t kDayMs = 86'400'000;
  clock.advance_ms(-kDayMs);
  const std::int64_t now_s = clock.now_ms() / 1000;
  while (snapshots.facts().last_save_s > now_s) std::this_thread::yield();
  clock.advance_ms(20'000);
  while (folder.read("dump.rdb").empty()) std::this_thread::yield();
}

// --- The last save -------------------------------------------------------------------------------

TEST_F(SnapshotCommandsTest, NoSaveFollowsTheLastOne) {
  using Outcome = persist::Snapshots::Outcome;
  for (int i = 0; i < 5000; ++i) run({"SET", std::to_string(i), "v"});
  run({"CONFIG", "SET", "save", "10 1"});
  clock.advance_ms(20'000);  // one is due, and still is after it was cancelled
  while (snapshots.facts().saves == 0) std::this_thread::yield();

  EXPECT_EQ(snapshots.save_finally(), Outcome::kDone);

  const persist::SnapshotFacts facts = snapshots.facts();
  EXPECT_EQ(facts.saves, 2U);
  EXPECT_EQ(facts.keys_saved, 5000U);
  EXPECT_EQ(snapshots.begin_save(), Outcome::kBusy);
  EXPECT_EQ(snapshots.save(), Outcome::kBusy);
}

TEST_F(SnapshotCommandsTest, ALastSaveThatFailsIsNotTheLast) {
  make_saving_impossible();
  EXPECT_EQ(snapshots.save_finally(), persist::Snapshots::Outcome::kFailed);
  std::filesystem::create_directory(folder.path(""));
  EXPECT_EQ(run({"SAVE"}), "+OK\r\n");
}

TEST_F(SnapshotCommandsTest, WritersAreToldThatTheLastSaveFailed) {
  constexpr const char* kRefusal = "-MISCONF Redis is configured to save RDB snapshots, but it's ";
  run({"CONFIG", "SET", "save", "3600 1000"});
  make_saving_impossible();
  run({"BGSAVE"});
  await_save();
  EXPECT_THAT(run({"SET", "k", "v"}), StartsWith(kRefusal));
  EXPECT_THAT(run({"PING"}), StartsWith(kRefusal));
  EXPECT_EQ(run({"GET", "k"}), "$-1\r\n");
  EXPECT_THAT(ask({"INFO", "persistence"}).text, HasSubstr("\r\nrdb_last_bgsave_status:err\r\n"));

  std::filesystem::create_directory(folder.path(""));
  EXPECT_EQ(run({"SAVE"}), "+OK\r\n");
  EXPECT_EQ(run({"SET", "k", "v"}), "+OK\r\n");
}

TEST_F(SnapshotCommandsTest, WritersAreNotStoppedIfNobodyAskedForThat) {
  make_saving_impossible();
  run({"BGSAVE"});
  await_save();
  EXPECT_EQ(run({"SET", "k", "v"}), "+OK\r\n");
  run({"CONFIG", "SET", "save", "3600 1000"});
  EXPECT_THAT(run({"SET", "k", "v"}), StartsWith("-MISCONF"));
  run({"CONFIG", "SET", "stop-writes-on-bgsave-error", "no"});
  EXPECT_EQ(run({"SET", "k", "v"}), "+OK\r\n");
}

// --- While a snapshot is loaded
// --------------------------------------------------------------------

constexpr const char* kLoadingReply = "-LOADING Redis is loading the dataset in memory\r\n";

TEST_F(SnapshotCommandsTest, NobodyIsServedBeforeItIsLoaded) {
  server.obstacles = persist::kLoadingFirst;
  EXPECT_EQ(run({"GET", "k"}), kLoadingReply);
  EXPECT_EQ(run({"PING"}), kLoadingReply);
  EXPECT_EQ(run({"SAVE"}), kLoadingReply);
  EXPECT_THAT(ask({"INFO", "persistence"}).text, HasSubstr("\r\nloading:1\r\nasync_loading:0\r\n"));
}

TEST_F(SnapshotCommandsTest, BesideLoadingOnlyWhatNeedsAllOfItWaits) {
  server.obstacles = persist::kLoadingBeside;
  EXPECT_EQ(run({"GET", "k"}), "$-1\r\n");
  EXPECT_EQ(run({"SET", "k", "v"}), "+OK\r\n");
  EXPECT_EQ(run({"DEL", "k"}), kLoadingReply);
  EXPECT_EQ(run({"FLUSHALL"}), kLoadingReply);
  EXPECT_EQ(run({"BGSAVE"}), kLoadingReply);
  EXPECT_THAT(ask({"INFO", "persistence"}).text, HasSubstr("\r\nloading:0\r\nasync_loading:1\r\n"));
}

}  // namespace
}  // namespace sideline::command
