#include "server/resp/loan_budget.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "server/resp/output_buffer.h"

namespace sideline::resp {
namespace {

constexpr std::size_t kValue = 10'000;

/// Two buffers that share a budget for three values.
class LoanBudgetTest : public ::testing::Test {
 protected:
  void lend(OutputBuffer& buffer) { buffer.append_shared(*value, value, value->size()); }

  static std::string content(OutputBuffer& buffer) {
    std::string bytes;
    for (const std::string_view piece : buffer.front(buffer.size())) bytes += piece;
    return bytes;
  }

  std::shared_ptr<const std::string> value = std::make_shared<const std::string>(kValue, 'v');
  LoanBudget budget{3 * kValue};
  OutputBuffer out{&budget};
  OutputBuffer other{&budget};
};

TEST_F(LoanBudgetTest, IsSharedByAllBuffers) {
  lend(out);
  lend(other);
  EXPECT_EQ(budget.lent(), 2 * kValue);
  lend(other);
  lend(other);
  EXPECT_EQ(budget.lent(), 3 * kValue);
  EXPECT_EQ(other.lent(), 2 * kValue);
}

TEST_F(LoanBudgetTest, BeyondItBytesAreCopied) {
  budget.set_limit(0);
  lend(out);
  EXPECT_EQ(out.lent(), 0U);
  EXPECT_EQ(value.use_count(), 1);
  EXPECT_EQ(content(out), *value);
}

TEST_F(LoanBudgetTest, IsGivenBackWhenTheBytesAreConsumed) {
  lend(out);
  out.append("tail");
  out.consume(kValue - 1);
  EXPECT_EQ(budget.lent(), kValue);
  out.consume(1);
  EXPECT_EQ(budget.lent(), 0U);
}

TEST_F(LoanBudgetTest, IsGivenBackWhenTheBytesAreCutOff) {
  out.append("head");
  lend(out);
  out.truncate(4);
  EXPECT_EQ(budget.lent(), 0U);
}

TEST_F(LoanBudgetTest, IsGivenBackWhenABufferIsClearedOrDestroyed) {
  {
    OutputBuffer third(&budget);
    lend(third);
    lend(out);
    out.clear();
    EXPECT_EQ(budget.lent(), kValue);
  }
  EXPECT_EQ(budget.lent(), 0U);
}

TEST_F(LoanBudgetTest, IsGivenBackWhenConsumedPiecesAreSweptAway) {
  budget.set_limit(LoanBudget::kNoLimit);
  for (int i = 0; i < 100; ++i) lend(out);
  out.consume(60 * kValue);
  EXPECT_EQ(budget.lent(), 40 * kValue);
}

TEST_F(LoanBudgetTest, APartTakesAsMuchAsItsOwnerKeeps) {
  out.append_shared(std::string_view(*value).substr(0, OutputBuffer::kLoanBytes), value, kValue);
  EXPECT_EQ(budget.lent(), kValue);
  EXPECT_EQ(out.lent(), OutputBuffer::kLoanBytes);
}

TEST_F(LoanBudgetTest, ACopyThatWouldExceedTheLimitIsNotMade) {
  budget.set_limit(0);
  out.set_limit(kValue - 1);
  lend(out);
  EXPECT_TRUE(out.overflowed());
  EXPECT_TRUE(out.empty());
}

}  // namespace
}  // namespace sideline::resp
