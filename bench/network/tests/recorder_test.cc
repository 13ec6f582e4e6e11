#include "bench/network/load/recorder.h"

#include <string>

#include <gtest/gtest.h>

namespace load {
namespace {

constexpr std::int64_t kOpened = 1'000'000;
constexpr std::int64_t kClosed = 9'000'000;

class RecorderTest : public testing::Test {
 protected:
  /// A GET of key 1 that was due at one time and answered at another.
  void hit(std::int64_t due, std::int64_t now) { answer(due, now, Outcome::kHit, value_); }
  void answer(std::int64_t due, std::int64_t now, Outcome outcome, std::string_view text) {
    recorder_.answered({{Operation::kGet, 1, 0}, due}, {1, outcome, text}, now);
  }
  [[nodiscard]] const Results& results() const { return recorder_.results(); }

  void SetUp() override { keys_.append_value(value_, 1); }

  Options options_;
  KeySpace keys_{options_};
  Recorder recorder_{options_, keys_};
  std::string value_;
};

TEST_F(RecorderTest, CountsWhatIsAnsweredInTheWindow) {
  hit(0, 500'000);
  recorder_.open(kOpened);
  hit(kOpened + 100, kOpened + 300);
  recorder_.close(kClosed);
  hit(kClosed - 100, kClosed + 100);
  EXPECT_EQ(results().operations, 1);
  EXPECT_EQ(results().hits, 1);
  EXPECT_EQ(results().hit_bytes, 16 + 64);
  EXPECT_EQ(results().latency.count(), 1);
  EXPECT_EQ(results().latency.max(), 200);
  EXPECT_DOUBLE_EQ(results().seconds, 0.008);
}

TEST_F(RecorderTest, KeepsLateRepliesOfAnOpenLoop) {
  options_.rate = 1000;
  recorder_.open(kOpened);
  recorder_.close(kClosed);
  hit(kClosed - 100, kClosed + 5'000'000);
  hit(kClosed, kClosed + 1);  // was due after the window
  EXPECT_EQ(results().latency.count(), 1);
  EXPECT_EQ(results().latency.max(), 5'000'100);
  EXPECT_EQ(results().operations, 0);
}

TEST_F(RecorderTest, CountsWhatIsGivenUpAsLateAsItIs) {
  recorder_.open(kOpened);
  recorder_.lost({{Operation::kGet, 1, 0}, kOpened}, kOpened + 7000);
  EXPECT_EQ(results().lost, 1);
  EXPECT_EQ(results().latency.max(), 7000);
}

TEST_F(RecorderTest, TakesWrongAnswersForErrors) {
  recorder_.open(kOpened);
  answer(kOpened, kOpened, Outcome::kHit, "another value");
  answer(kOpened, kOpened, Outcome::kError, "-ERR no");
  answer(kOpened, kOpened, Outcome::kMiss, "");
  EXPECT_EQ(results().errors, 2);
  EXPECT_EQ(results().first_error, "a wrong value");
  EXPECT_EQ(results().misses, 1);
  EXPECT_EQ(results().hits, 0);
}

TEST_F(RecorderTest, TellsTheLongestLatencyOfEachInterval) {
  options_.interval_ms = 2;
  recorder_.open(kOpened);
  hit(kOpened, kOpened + 10);
  hit(kOpened + 1'999'999, kOpened + 2'000'019);
  hit(kOpened + 4'000'000, kOpened + 4'000'030);
  EXPECT_EQ(results().interval_max_ns, (std::vector<std::int64_t>{20, 0, 30}));
}

}  // namespace
}  // namespace load
