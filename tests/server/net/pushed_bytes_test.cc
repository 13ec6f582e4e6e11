#include "server/net/pushed_bytes.h"

#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sideline::net {
namespace {

using ::testing::Optional;

TEST(PushedBytes, AreTakenTogetherInOrder) {
  PushedBytes pushed;
  EXPECT_TRUE(pushed.add("a", 0));
  EXPECT_FALSE(pushed.add("b", 0)) << "the owner knows already";
  EXPECT_THAT(pushed.take(), Optional(std::string("ab")));
  EXPECT_THAT(pushed.take(), Optional(std::string()));
}

TEST(PushedBytes, TellTheOwnerAgainAfterATake) {
  PushedBytes pushed;
  EXPECT_TRUE(pushed.add("a", 0));
  static_cast<void>(pushed.take());
  EXPECT_TRUE(pushed.add("b", 0));
}

TEST(PushedBytes, AreDroppedBeyondTheLimit) {
  PushedBytes pushed;
  EXPECT_TRUE(pushed.add("123", 4));
  EXPECT_FALSE(pushed.add("45", 4));
  EXPECT_FALSE(pushed.add("6", 4));
  EXPECT_EQ(pushed.take(), std::nullopt);
  EXPECT_TRUE(pushed.add("7", 4));
  EXPECT_EQ(pushed.take(), std::nullopt) << "a gap would be worse than the end";
}

TEST(PushedBytes, NothingIsLostBetweenThreads) {
  constexpr int kThreads = 3;
  constexpr std::size_t kEach = 2000;
  PushedBytes pushed;
  std::string taken;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&pushed] {
        for (std::size_t n = 0; n < kEach; ++n) static_cast<void>(pushed.add("x", 0));
      });
    }
    while (taken.size() < kThreads * kEach) taken += pushed.take().value_or("");
  }
  EXPECT_EQ(taken, std::string(kThreads * kEach, 'x'));
}

}  // namespace
}  // namespace sideline::net
