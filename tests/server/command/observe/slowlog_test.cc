#include "server/command/observe/slowlog.h"

#include <gmock/gmock.h>

namespace sideline::command {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class SlowLogTest : public ::testing::Test {
 protected:
  void add(std::vector<std::string_view> args) {
    log.add(1'700'000'000, 12'345'678, args, "127.0.0.1:50000", "worker");
  }
  SlowLog::Entry newest() { return log.newest(1).at(0); }

  SlowLog log;
};

TEST_F(SlowLogTest, WantsWhatTakesAsLongAsTheThreshold) {
  log.configure(10, 128);
  EXPECT_TRUE(log.wants(10'000));
  EXPECT_FALSE(log.wants(9'999));
}

TEST_F(SlowLogTest, WantsEverythingAtThresholdZero) {
  log.configure(0, 128);
  EXPECT_TRUE(log.wants(0));
}

TEST_F(SlowLogTest, WantsNothingAtANegativeThreshold) {
  log.configure(-1, 128);
  EXPECT_FALSE(log.wants(1'000'000'000'000));
}

TEST_F(SlowLogTest, TheLargestThresholdDoesNotOverflow) {
  log.configure(INT64_MAX, 128);
  EXPECT_FALSE(log.wants(1'000'000'000'000));
}

TEST_F(SlowLogTest, KeepsWhoAskedForWhatAndHowLongItTook) {
  add({"GET", "key"});
  const SlowLog::Entry entry = newest();
  EXPECT_EQ(entry.unix_time, 1'700'000'000);
  EXPECT_EQ(entry.microseconds, 12'345);
  EXPECT_THAT(entry.args, ElementsAre("GET", "key"));
  EXPECT_EQ(entry.address, "127.0.0.1:50000");
  EXPECT_EQ(entry.client_name, "worker");
}

TEST_F(SlowLogTest, ShowsTheNewestFirst) {
  add({"a"});
  add({"b"});
  add({"c"});
  const auto entries = log.newest(2);
  ASSERT_THAT(entries, SizeIs(2));
  EXPECT_EQ(entries[0].id, 2);
  EXPECT_EQ(entries[1].id, 1);
}

TEST_F(SlowLogTest, KeepsNoMoreThanItsLength) {
  log.configure(0, 2);
  for (int i = 0; i < 5; ++i) add({"x"});
  EXPECT_EQ(log.size(), 2);
  EXPECT_EQ(newest().id, 4);
}

TEST_F(SlowLogTest, KeepsNothingAtLengthZero) {
  log.configure(0, 0);
  add({"x"});
  EXPECT_EQ(log.size(), 0);
}

TEST_F(SlowLogTest, AShorterLengthDropsTheOldest) {
  for (int i = 0; i < 5; ++i) add({"x"});
  log.configure(0, 3);
  EXPECT_EQ(log.size(), 3);
  EXPECT_EQ(newest().id, 4);
}

TEST_F(SlowLogTest, NumbersGoOnAfterClear) {
  add({"a"});
  log.clear();
  EXPECT_EQ(log.size(), 0);
  add({"b"});
  EXPECT_EQ(newest().id, 1);
}

TEST_F(SlowLogTest, CutsLongArgumentsWithANote) {
  const std::string exact(128, 'x');
  const std::string longer(130, 'y');
  add({"SET", exact, longer});
  EXPECT_THAT(newest().args,
              ElementsAre("SET", exact, std::string(128, 'y') + "... (2 more bytes)"));
}

TEST_F(SlowLogTest, KeepsThirtyTwoArguments) {
  add(std::vector<std::string_view>(32, "x"));
  EXPECT_THAT(newest().args, SizeIs(32));
  EXPECT_EQ(newest().args.back(), "x");
}

TEST_F(SlowLogTest, TheLastOfTooManyArgumentsSaysHowManyAreMissing) {
  add(std::vector<std::string_view>(33, "x"));
  EXPECT_THAT(newest().args, SizeIs(32));
  EXPECT_EQ(newest().args.back(), "... (2 more arguments)");
}

}  // namespace
}  // namespace sideline::command
