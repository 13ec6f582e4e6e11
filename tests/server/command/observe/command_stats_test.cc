#include "server/command/observe/command_stats.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

namespace sideline::command {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr std::size_t kGet = 0;
constexpr std::size_t kSet = 1;

TEST(CommandStats, CountsTheCallsOfEachCommandAndTheirTime) {
  CommandStats stats(2, 1);
  stats.record_call(0, kGet, 300, false);
  stats.record_call(0, kGet, 500, false);
  EXPECT_EQ(stats.totals(kGet).calls, 2);
  EXPECT_EQ(stats.totals(kGet).nanoseconds, 800);
  EXPECT_EQ(stats.totals(kSet).calls, 0);
}

TEST(CommandStats, CountsFailedAndRejectedCallsApart) {
  CommandStats stats(2, 1);
  stats.record_call(0, kSet, 100, true);
  stats.record_rejection(0, kSet);
  stats.record_rejection(0, kSet);
  EXPECT_EQ(stats.totals(kSet).calls, 1);
  EXPECT_EQ(stats.totals(kSet).failed, 1);
  EXPECT_EQ(stats.totals(kSet).rejected, 2);
}

TEST(CommandStats, SumsUpWhatTheThreadsCounted) {
  CommandStats stats(2, 3);
  for (const std::size_t thread : {0U, 1U, 2U}) stats.record_call(thread, kGet, 1000, false);
  EXPECT_EQ(stats.totals(kGet).calls, 3);
  EXPECT_EQ(stats.latency(kGet).total(), 3);
}

TEST(CommandStats, CallsAreThoseOfAllCommands) {
  CommandStats stats(2, 2);
  stats.record_call(0, kGet, 1, false);
  stats.record_call(1, kSet, 1, false);
  EXPECT_EQ(stats.calls(), 2);
}

TEST(CommandStats, CountsErrorsByTheirCode) {
  CommandStats stats(1, 2);
  stats.record_error(0, "ERR syntax error");
  stats.record_error(1, "ERR no such key");
  stats.record_error(1, "NOAUTH");
  EXPECT_THAT(stats.errors(), ElementsAre(Pair("ERR", 2), Pair("NOAUTH", 1)));
}

TEST(CommandStats, StartsAtZeroAgainAfterAReset) {
  CommandStats stats(1, 1);
  stats.record_call(0, kGet, 100, true);
  stats.record_rejection(0, kGet);
  stats.record_error(0, "ERR x");
  stats.reset();
  EXPECT_EQ(stats.totals(kGet).calls, 0);
  EXPECT_EQ(stats.totals(kGet).nanoseconds, 0);
  EXPECT_EQ(stats.totals(kGet).failed, 0);
  EXPECT_EQ(stats.totals(kGet).rejected, 0);
  EXPECT_EQ(stats.latency(kGet).total(), 0);
  EXPECT_EQ(stats.calls(), 0);
  EXPECT_THAT(stats.errors(), IsEmpty());
}

TEST(CommandStats, CountsOnAfterAReset) {
  CommandStats stats(1, 1);
  stats.record_call(0, kGet, 100, false);
  stats.record_error(0, "ERR x");
  stats.reset();
  stats.record_call(0, kGet, 200, false);
  stats.record_error(0, "ERR x");
  EXPECT_EQ(stats.totals(kGet).calls, 1);
  EXPECT_EQ(stats.latency(kGet).percentile(50), 200);
  EXPECT_THAT(stats.errors(), ElementsAre(Pair("ERR", 1)));
}

TEST(CommandStats, RemembersSuccessesOverAReset) {
  CommandStats stats(1, 2);
  stats.record_call(0, kGet, 100, false);
  stats.record_call(1, kGet, 100, false);
  stats.record_call(1, kGet, 100, true);
  stats.reset();
  EXPECT_EQ(stats.successes_ever(kGet), 2);
}

TEST(CommandStats, CanBeReadAndResetWhileThreadsCount) {
  constexpr int kCalls = 20000;
  CommandStats stats(2, 2);
  std::atomic<int> running{2};
  const auto count = [&](std::size_t thread) {
    for (int i = 0; i < kCalls; ++i) {
      stats.record_call(thread, kGet, i, false);
      if (i % 100 == 0) stats.record_error(thread, "ERR x");
    }
    --running;
  };
  std::thread first(count, 0);
  std::thread second(count, 1);
  do {
    ASSERT_LE(stats.totals(kGet).calls, 2 * kCalls);
    ASSERT_LE(stats.latency(kGet).total(), 2 * kCalls);
    static_cast<void>(stats.errors());
    stats.reset();
  } while (running != 0);
  first.join();
  second.join();
  stats.reset();
  EXPECT_EQ(stats.calls(), 0);
}

TEST(CommandStats, LosesNothingWhenEachThreadHasItsNumber) {
  constexpr std::size_t kThreads = 4;
  constexpr std::uint64_t kCalls = 5000;
  CommandStats stats(1, kThreads);
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&stats, thread] {
      for (std::uint64_t i = 0; i < kCalls; ++i) stats.record_call(thread, kGet, 1, false);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(stats.totals(kGet).calls, kThreads * kCalls);
}

}  // namespace
}  // namespace sideline::command
