#include "server/command/clients/pause.h"

#include <memory>

#include <gtest/gtest.h>

namespace sideline::command {
namespace {

struct Waiter final : Client::Link {
  void close() override {}
  void push(std::string) override {}
  void resume() override { ++resumed; }
  int resumed = 0;
};

class PauseTest : public testing::Test {
 protected:
  using Mode = Pause::Mode;
  bool holds(bool writes, std::int64_t now_ms) { return pause.hold(writes, waiter, now_ms); }

  Pause pause;
  std::shared_ptr<Waiter> waiter = std::make_shared<Waiter>();
};

TEST_F(PauseTest, ThereIsNoneAtFirst) {
  EXPECT_FALSE(pause.pending());
  EXPECT_FALSE(holds(true, 100));
  EXPECT_EQ(pause.remaining_ms(100), 0);
}

TEST_F(PauseTest, OfAllHoldsEveryRequest) {
  pause.begin(Mode::kAll, 200, 100);
  EXPECT_TRUE(pause.pending());
  EXPECT_TRUE(holds(true, 100));
  EXPECT_TRUE(holds(false, 199));
}

TEST_F(PauseTest, OfWritesHoldsOnlyThem) {
  pause.begin(Mode::kWrites, 200, 100);
  EXPECT_TRUE(holds(true, 100));
  EXPECT_FALSE(holds(false, 100));
}

TEST_F(PauseTest, EndsByItselfAtItsTime) {
  pause.begin(Mode::kAll, 200, 100);
  EXPECT_EQ(pause.remaining_ms(150), 50);
  EXPECT_FALSE(holds(true, 200));
  EXPECT_FALSE(pause.pending());
  EXPECT_EQ(pause.remaining_ms(200), 0);
}

TEST_F(PauseTest, HoldsWhoHasReadTheClockBeforeItBegan) {
  pause.begin(Mode::kAll, 10'100, 10'000);
  EXPECT_TRUE(holds(true, 9'950));
  EXPECT_EQ(pause.remaining_ms(9'950), 150);
}

TEST_F(PauseTest, ThatIsEndedResumesWhoeverWaitsOnce) {
  pause.begin(Mode::kAll, 200, 100);
  EXPECT_TRUE(holds(true, 110));
  EXPECT_TRUE(holds(true, 120));
  pause.end();
  EXPECT_EQ(waiter->resumed, 1);
  EXPECT_FALSE(holds(true, 130));
  pause.end();
  EXPECT_EQ(waiter->resumed, 1);
}

TEST_F(PauseTest, ForgetsAWaiterThatIsGone) {
  pause.begin(Mode::kAll, 200, 100);
  EXPECT_TRUE(holds(true, 110));
  waiter.reset();
  pause.end();
}

TEST_F(PauseTest, IsExtendedButNotShortened) {
  pause.begin(Mode::kAll, 200, 100);
  pause.begin(Mode::kAll, 150, 100);
  EXPECT_EQ(pause.remaining_ms(100), 100);
  pause.begin(Mode::kAll, 300, 100);
  EXPECT_EQ(pause.remaining_ms(100), 200);
}

TEST_F(PauseTest, StaysTheStricterOfTwo) {
  pause.begin(Mode::kAll, 200, 100);
  pause.begin(Mode::kWrites, 300, 100);
  EXPECT_TRUE(holds(false, 250));
}

TEST_F(PauseTest, ThatIsOverDoesNotMakeTheNextOneStricter) {
  pause.begin(Mode::kAll, 200, 100);
  pause.begin(Mode::kWrites, 300, 200);
  EXPECT_FALSE(holds(false, 250));
  EXPECT_TRUE(holds(true, 250));
}

}  // namespace
}  // namespace sideline::command
