#include "server/command/observe/traffic.h"

#include <thread>

#include <gtest/gtest.h>

namespace sideline::command {
namespace {

TEST(Traffic, AddsUpWhatTheThreadsMove) {
  Traffic traffic(2);
  traffic.record_read(0, 10);
  traffic.record_read(1, 5);
  traffic.record_writes(1, 3, 700);
  const Traffic::Totals moved = traffic.totals();
  EXPECT_EQ(moved.input_bytes, 15U);
  EXPECT_EQ(moved.reads, 2U);
  EXPECT_EQ(moved.output_bytes, 700U);
  EXPECT_EQ(moved.writes, 3U);
}

TEST(Traffic, CountsFrom0AfterAReset) {
  Traffic traffic(1);
  traffic.record_read(0, 10);
  traffic.record_writes(0, 1, 20);
  traffic.reset();
  traffic.record_read(0, 1);
  const Traffic::Totals moved = traffic.totals();
  EXPECT_EQ(moved.input_bytes, 1U);
  EXPECT_EQ(moved.reads, 1U);
  EXPECT_EQ(moved.output_bytes, 0U);
  EXPECT_EQ(moved.writes, 0U);
}

TEST(Traffic, LosesNothingOfSeveralThreads) {
  constexpr int kReads = 10'000;
  Traffic traffic(2);
  const auto read = [&](std::size_t thread) {
    for (int i = 0; i < kReads; ++i) traffic.record_read(thread, 2);
  };
  std::thread other(read, 1);
  read(0);
  other.join();
  EXPECT_EQ(traffic.totals().reads, 2U * kReads);
  EXPECT_EQ(traffic.totals().input_bytes, 4U * kReads);
}

}  // namespace
}  // namespace sideline::command
