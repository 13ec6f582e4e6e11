#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "server/resp/output_buffer.h"

namespace sideline::resp {
namespace {

constexpr std::size_t kLimit = 100'000;

class OutputLimitTest : public ::testing::Test {
 protected:
  OutputLimitTest() { out.set_limit(kLimit); }

  void append(std::size_t bytes) {
    const std::string piece(100, 'x');
    for (; bytes > 0; bytes -= piece.size()) out.append(piece);
  }

  void lend(std::size_t bytes) {
    const auto value = std::make_shared<const std::string>(bytes, 'v');
    out.append_shared(*value, value, bytes);
  }

  OutputBuffer out;
};

TEST_F(OutputLimitTest, BelowItAllIsKept) {
  append(kLimit / 2);
  EXPECT_FALSE(out.overflowed());
  EXPECT_EQ(out.size(), kLimit / 2);
  EXPECT_EQ(out.lent(), 0U);
}

TEST_F(OutputLimitTest, BeyondItAllIsDropped) {
  append(kLimit * 10);
  EXPECT_TRUE(out.overflowed());
  EXPECT_LT(out.size(), kLimit * 2);
}

TEST_F(OutputLimitTest, LentBytesDoNotCount) {
  lend(kLimit * 10);
  append(kLimit / 2);
  EXPECT_FALSE(out.overflowed());
  EXPECT_EQ(out.lent(), kLimit * 10);
  EXPECT_EQ(out.size(), kLimit * 10 + kLimit / 2);
}

TEST_F(OutputLimitTest, ConsumedBytesCountNoMore) {
  for (int i = 0; i < 100; ++i) {
    append(kLimit / 2);
    lend(kLimit);
    out.consume(kLimit / 2 + kLimit);
  }
  EXPECT_FALSE(out.overflowed());
  EXPECT_EQ(out.lent(), 0U);
}

TEST_F(OutputLimitTest, LentBytesAreFollowedWhenTheyAreSentInPart) {
  append(1000);
  lend(50'000);
  append(1000);
  out.consume(11'000);
  EXPECT_EQ(out.lent(), 40'000U);
  out.consume(40'500);
  EXPECT_EQ(out.lent(), 0U);
  EXPECT_EQ(out.size(), 500U);
}

TEST_F(OutputLimitTest, LentBytesAreFollowedWhenTheyAreCutOff) {
  append(1000);
  lend(50'000);
  lend(50'000);
  out.truncate(21'000);
  EXPECT_EQ(out.lent(), 20'000U);
  out.truncate(500);
  EXPECT_EQ(out.lent(), 0U);
}

TEST_F(OutputLimitTest, CuttingOffAfterAnOverflowIsHarmless) {
  append(kLimit - 1000);
  const std::size_t before = out.size();
  append(kLimit * 3);
  ASSERT_TRUE(out.overflowed());
  out.truncate(before);
  EXPECT_LE(out.size(), before);
}

TEST_F(OutputLimitTest, WithoutItAnythingGoes) {
  out.set_limit(0);
  append(kLimit * 10);
  EXPECT_FALSE(out.overflowed());
  EXPECT_EQ(out.size(), kLimit * 10);
}

}  // namespace
}  // namespace sideline::resp
