#include <cstdint>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/command_fixture.h"

namespace sideline::command {
namespace {

using ::testing::AllOf;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::Le;

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kYearMs = 365 * 24 * 60 * kMinuteMs;

/// The system's clock, when somebody sets it. Deadlines are times of that clock, as in Redis.
class SetClockTest : public test::CommandFixture {
 protected:
  SetClockTest() {
    run({"SET", "minute", "v", "EX", "60"});
    run({"SET", "always", "v"});
  }

  void set_clock(std::int64_t by_ms) {
    pass_ms(by_ms);
    server.sample_rates();
  }

  /// What reads or keeps the time answers.
  void expect_all_is_well() {
    EXPECT_EQ(run({"SET", "new", "v", "PX", "1000"}), "+OK\r\n");
    EXPECT_EQ(run({"PTTL", "new"}), ":1000\r\n");
    EXPECT_EQ(run({"GET", "always"}), "$1\r\nv\r\n");
    EXPECT_THAT(run({"INFO", "everything"}), HasSubstr("instantaneous_ops_per_sec:0\r\n"));
    EXPECT_THAT(run({"CLIENT", "LIST"}), HasSubstr("id=1 "));
    EXPECT_EQ(run({"OBJECT", "IDLETIME", "always"}), ":0\r\n");
    pass_ms(1000);
    EXPECT_EQ(run({"GET", "new"}), "$-1\r\n");
    EXPECT_EQ(cache.check_invariants(), "");
  }
};

TEST_F(SetClockTest, ForwardEndsWhatIsDueThen) {
  set_clock(kYearMs);
  EXPECT_EQ(run({"DBSIZE"}), ":1\r\n");
  EXPECT_EQ(run({"GET", "minute"}), "$-1\r\n");
  expect_all_is_well();
}

TEST_F(SetClockTest, BackKeepsEntriesForSoMuchLonger) {
  set_clock(-kYearMs);
  EXPECT_EQ(run({"PTTL", "minute"}), ":" + std::to_string(kYearMs + kMinuteMs) + "\r\n");
  expect_all_is_well();
}

TEST_F(SetClockTest, BackAndForthLeavesDeadlinesWhereTheyWere) {
  for (const std::int64_t by_ms : {kYearMs, 2 * kYearMs}) {
    run({"SET", "minute", "v", "EX", "60"});
    set_clock(-by_ms);
    EXPECT_EQ(run({"GET", "minute"}), "$1\r\nv\r\n");
    set_clock(by_ms);
    EXPECT_EQ(run({"PTTL", "minute"}), ":60000\r\n");
    pass_ms(kMinuteMs);
    EXPECT_EQ(run({"GET", "minute"}), "$-1\r\n");
  }
  expect_all_is_well();
}

TEST_F(SetClockTest, NeitherEndsNorLengthensAPause) {
  EXPECT_EQ(run({"CLIENT", "PAUSE", "600000", "WRITE"}), "+OK\r\n");
  for (const std::int64_t by_ms : {-kYearMs, 2 * kYearMs}) {
    set_clock(by_ms);
    EXPECT_EQ(run(client(1), {"SET", "k", "v"}), "");
    EXPECT_EQ(client(1).result, Dispatcher::Result::kPaused);
    EXPECT_THAT(dispatcher.pause_remaining_ms(), AllOf(Gt(0), Le(600'000)));
  }
}

}  // namespace
}  // namespace sideline::command
