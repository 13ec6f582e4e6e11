#include "server/net/handshakes.h"

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace sideline::net {
namespace {

/// Writes down each of its steps.
struct Party final : Handshakes::Party {
  void step_handshake() override {
    ++steps;
    if (order != nullptr) *order += name;
  }

  int steps = 0;
  char name = '?';
  std::string* order = nullptr;
};

class HandshakesTest : public ::testing::Test {
 protected:
  HandshakesTest() {
    for (std::size_t i = 0; i < parties.size(); ++i) {
      parties[i].name = static_cast<char>('A' + i);
      parties[i].order = &order;
    }
  }

  void enter_all() {
    for (Party& party : parties) handshakes.enter(party);
  }
  void run() {
    while (loop.poll()) continue;
  }

  std::string order;
  std::array<Party, Handshakes::kMost + 3> parties;
  EventLoop loop;
  Handshakes handshakes{loop};
};

TEST_F(HandshakesTest, MakesOneStepBetweenOtherThings) {
  for (int i = 0; i < 3; ++i) handshakes.enter(parties[static_cast<std::size_t>(i)]);
  const auto something = [this](auto self) -> void {
    order += '.';
    if (order.size() < 7) loop.defer([self] { self(self); });
  };
  loop.defer([something] { something(something); });
  run();
  EXPECT_EQ(order, "A.B.C..");
}

TEST_F(HandshakesTest, SoManyHaveAPlaceAndTheOthersWait) {
  enter_all();
  EXPECT_TRUE(handshakes.is_crowded());
  run();
  EXPECT_EQ(order.size(), Handshakes::kMost);
  EXPECT_EQ(parties[Handshakes::kMost].steps, 0);
}

TEST_F(HandshakesTest, WhoWaitsGetsThePlaceOfWhoLeaves) {
  enter_all();
  run();
  order.clear();
  handshakes.leave(parties[5]);
  handshakes.leave(parties[0]);
  run();
  EXPECT_EQ(order,
            std::string({parties[Handshakes::kMost].name, parties[Handshakes::kMost + 1].name}))
      << "the first first";
  EXPECT_TRUE(handshakes.is_crowded());
  handshakes.leave(parties[1]);
  EXPECT_FALSE(handshakes.is_crowded());
}

TEST_F(HandshakesTest, WhoWaitsMayLeave) {
  enter_all();
  for (std::size_t i = Handshakes::kMost; i < parties.size(); ++i) handshakes.leave(parties[i]);
  EXPECT_FALSE(handshakes.is_crowded());
  handshakes.leave(parties[0]);
  run();
  EXPECT_EQ(order.size(), Handshakes::kMost - 1);
}

TEST_F(HandshakesTest, WhoLeavesGetsNoTurn) {
  handshakes.enter(parties[0]);
  handshakes.leave(parties[0]);
  run();
  EXPECT_EQ(order, "");
}

TEST_F(HandshakesTest, WhoIsReadyAgainGetsAnotherTurn) {
  handshakes.enter(parties[0]);
  run();
  handshakes.ready(parties[0]);
  run();
  EXPECT_EQ(order, "AA");
}

TEST_F(HandshakesTest, WhoNeverEnteredMayLeave) {
  handshakes.leave(parties[0]);
  handshakes.enter(parties[1]);
  run();
  EXPECT_EQ(order, "B");
}

}  // namespace
}  // namespace sideline::net
