#include "server/log/log.h"

#include <filesystem>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace sideline::log {
namespace {

using ::testing::Each;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Optional;
using ::testing::SizeIs;

class LogTest : public ::testing::Test {
 protected:
  LogTest() { EXPECT_EQ(log.reopen(), std::nullopt); }

  [[nodiscard]] std::vector<std::string> lines(std::string_view file = "a.log") const {
    std::istringstream stream(folder.read(file));
    std::vector<std::string> result;
    for (std::string line; std::getline(stream, line);) result.push_back(line);
    return result;
  }

  const test::TemporaryFolder folder;
  Log log{folder.path("a.log"), Level::kNotice};
};

TEST_F(LogTest, AnEventIsALineWithTimeAndLevel) {
  log.notice({"listening on ", "port ", "1"});
  EXPECT_THAT(folder.read("a.log"),
              MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z "
                           "notice listening on port 1\n"));
}

TEST_F(LogTest, LesserEventsAreLeftOut) {
  log.debug({"1"});
  log.verbose({"2"});
  log.notice({"3"});
  log.warning({"4"});
  EXPECT_THAT(lines(), SizeIs(2));
  EXPECT_THAT(lines().back(), HasSubstr(" warning 4"));
}

TEST_F(LogTest, TheThresholdMayChange) {
  log.set_threshold(Level::kNothing);
  log.warning({"1"});
  EXPECT_FALSE(log.writes(Level::kWarning));
  log.set_threshold(Level::kDebug);
  log.debug({"2"});
  EXPECT_TRUE(log.writes(Level::kDebug));
  EXPECT_THAT(lines(), SizeIs(1));
}

TEST_F(LogTest, WhatUsersSentCannotForgeALine) {
  log.notice({"name: ", std::string_view("a\nb\r\0\x1b[1m\\\xff", 11)});
  EXPECT_THAT(lines(), SizeIs(1));
  EXPECT_THAT(lines().front(), EndsWith("name: a\\x0ab\\x0d\\x00\\x1b[1m\\\\\\xff"));
}

TEST_F(LogTest, ReopeningContinuesInANewFile) {
  log.notice({"1"});
  std::filesystem::rename(folder.path("a.log"), folder.path("old.log"));
  log.notice({"2"});
  EXPECT_EQ(log.reopen(), std::nullopt);
  log.notice({"3"});
  EXPECT_THAT(lines("old.log"), SizeIs(2));
  EXPECT_THAT(lines("a.log"), SizeIs(1));
}

TEST_F(LogTest, ExistingLinesAreKept) {
  log.notice({"1"});
  Log other(folder.path("a.log"), Level::kNotice);
  ASSERT_EQ(other.reopen(), std::nullopt);
  other.notice({"2"});
  EXPECT_THAT(lines(), SizeIs(2));
}

TEST_F(LogTest, AFileThatCannotBeOpenedIsAnError) {
  Log other(folder.path("none/a.log"), Level::kNotice);
  EXPECT_THAT(other.reopen(), Optional(HasSubstr("none/a.log': No such file or directory")));
}

TEST_F(LogTest, LinesOfManyThreadsAreWhole) {
  constexpr int kThreads = 4;
  constexpr int kEvents = 500;
  const std::string text(300, 'x');
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        for (int event = 0; event < kEvents; ++event) {
          log.notice({text});
          if (event % 100 == 0) {
            EXPECT_EQ(log.reopen(), std::nullopt);
          }
        }
      });
    }
  }
  EXPECT_THAT(lines(), SizeIs(kThreads * kEvents));
  EXPECT_THAT(lines(), Each(EndsWith(" notice " + text)));
}

TEST(LogLevel, HasTheNamesOfTheDirective) {
  EXPECT_EQ(level_of("debug"), Level::kDebug);
  EXPECT_EQ(level_of("verbose"), Level::kVerbose);
  EXPECT_EQ(level_of("notice"), Level::kNotice);
  EXPECT_EQ(level_of("warning"), Level::kWarning);
  EXPECT_EQ(level_of("nothing"), Level::kNothing);
  EXPECT_EQ(level_of("info"), std::nullopt);
}

}  // namespace
}  // namespace sideline::log
