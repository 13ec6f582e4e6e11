#include "server/command/observe/rates.h"

#include <gtest/gtest.h>

namespace sideline::command {
namespace {

class RatesTest : public ::testing::Test {
 protected:
  /// A tenth of a second passes, with so many commands.
  void pass(std::uint64_t commands) {
    now_ms += 100;
    totals.commands += commands;
    totals.input_bytes += 10 * commands;
    totals.output_bytes += 20 * commands;
    rates.sample(now_ms, totals);
  }

  Rates rates;
  Rates::Totals totals;
  std::int64_t now_ms = 1'700'000'000'000;
};

TEST_F(RatesTest, AreZeroAtFirst) { EXPECT_EQ(rates.per_second().commands, 0); }

TEST_F(RatesTest, AreTheMeanOfTheLastSixteenPeriods) {
  pass(0);
  for (int i = 0; i < 16; ++i) pass(50);
  EXPECT_DOUBLE_EQ(rates.per_second().commands, 500);
  EXPECT_DOUBLE_EQ(rates.per_second().input_bytes, 5000);
  EXPECT_DOUBLE_EQ(rates.per_second().output_bytes, 10000);
}

TEST_F(RatesTest, ForgetWhatWasBefore) {
  pass(0);
  for (int i = 0; i < 16; ++i) pass(50);
  for (int i = 0; i < 8; ++i) pass(0);
  EXPECT_DOUBLE_EQ(rates.per_second().commands, 250);
  for (int i = 0; i < 8; ++i) pass(0);
  EXPECT_DOUBLE_EQ(rates.per_second().commands, 0);
}

TEST_F(RatesTest, CountTheTimeThatReallyPassed) {
  pass(0);
  now_ms += 100;
  for (int i = 0; i < 16; ++i) {
    pass(50);
    now_ms += 100;
  }
  EXPECT_DOUBLE_EQ(rates.per_second().commands, 250);
}

TEST_F(RatesTest, AClockThatStandsOrGoesBackCountsNothing) {
  pass(0);
  now_ms -= 1000;
  pass(50);
  EXPECT_EQ(rates.per_second().commands, 0);
}

TEST_F(RatesTest, CountersThatStartAnewCountNothing) {
  pass(50);
  totals = {};
  pass(10);
  EXPECT_EQ(rates.per_second().commands, 0);
}

TEST_F(RatesTest, AreZeroAfterAReset) {
  pass(0);
  pass(50);
  rates.reset();
  totals = {};
  pass(10);
  EXPECT_EQ(rates.per_second().commands, 0);
}

}  // namespace
}  // namespace sideline::command
