#include "server/command/observe/hot_keys.h"

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace sideline::command {
namespace {

class HotKeysTest : public testing::Test {
 protected:
  void access(const std::string& key, int times = 1, std::size_t thread = 0, int database = 0) {
    for (int i = 0; i < times; ++i) {
      if (!hot_keys_.wants(thread)) continue;
      const std::uint64_t hash = std::hash<std::string>()(key);
      hot_keys_.add(thread, {hash, key, database}, now_ms_);
      ++looked_at_;
    }
  }
  [[nodiscard]] std::vector<HotKeys::HotKey> hottest(std::size_t count = 10) const {
    return hot_keys_.hottest(count, now_ms_);
  }

  std::int64_t now_ms_ = 1'000'000;
  int looked_at_ = 0;
  HotKeys hot_keys_{2};
};

TEST_F(HotKeysTest, ThereAreNoneAtFirst) { EXPECT_TRUE(hottest().empty()); }

TEST_F(HotKeysTest, TheHottestComeFirst) {
  access("cold");
  access("hot", 5);
  access("warm", 3);
  const auto keys = hottest(2);
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].key, "hot");
  EXPECT_EQ(keys[1].key, "warm");
  EXPECT_NEAR(keys[0].per_second, 5, 0.1);  // in the first second
  EXPECT_EQ(keys[0].error, 0);
}

TEST_F(HotKeysTest, DatabasesAreApart) {
  access("k", 2, 0, 0);
  access("k", 1, 0, 3);
  const auto keys = hottest();
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[1].database, 3);
}

TEST_F(HotKeysTest, WhatSeveralThreadsSawIsAdded) {
  access("k", 2, 0);
  access("k", 3, 1);
  ASSERT_EQ(hottest().size(), 1U);
  EXPECT_NEAR(hottest()[0].per_second, 5, 0.1);
}

TEST_F(HotKeysTest, SharesAreOfTheAccessesToAllKeys) {
  access("k", 30, 0);
  access("k", 30, 1);
  for (int i = 0; i < 40; ++i) access(std::to_string(i));
  EXPECT_NEAR(hottest(1)[0].share, 0.6, 1e-9);
}

TEST_F(HotKeysTest, TellsHowOftenASecond) {
  for (int i = 0; i < 120; ++i) {
    access("k", 20);
    now_ms_ += 1000;
  }
  EXPECT_NEAR(hottest()[0].per_second, 20, 1);
}

TEST_F(HotKeysTest, ForgetsByHalvesInThirtySeconds) {
  for (int i = 0; i < 300; ++i) {
    access("before", 100);
    now_ms_ += 1000;
  }
  for (int i = 0; i < 60; ++i) {
    access("now", 50);
    now_ms_ += 1000;
  }
  const auto keys = hottest();
  EXPECT_EQ(keys[0].key, "now");
  EXPECT_NEAR(keys[0].per_second, 37.5, 2);
  EXPECT_NEAR(keys[1].per_second, 25, 2);
}

TEST_F(HotKeysTest, ALongPauseForgetsEverything) {
  access("before", 100);
  now_ms_ += 100 * 60'000;
  access("now");
  ASSERT_EQ(hottest().size(), 1U);
  EXPECT_EQ(hottest()[0].key, "now");
}

TEST_F(HotKeysTest, AKeyThatNobodyAsksForAnyMoreIsLeftOut) {
  access("k");
  EXPECT_EQ(hottest().size(), 1U);
  now_ms_ += 60'000;  // 0.0077 a second
  EXPECT_EQ(hottest().size(), 1U);
  now_ms_ += 60'000;  // 0.0015
  EXPECT_TRUE(hottest().empty());
}

TEST_F(HotKeysTest, AClockThatIsSetBackLeavesTheRatesAsTheyAre) {
  for (int i = 0; i < 120; ++i) {
    access("k", 20);
    now_ms_ += 1000;
  }
  now_ms_ -= 100 * 60'000;
  EXPECT_NEAR(hottest()[0].per_second, 20, 1);
  for (int i = 0; i < 30; ++i) {
    access("k", 10);
    now_ms_ += 1000;
  }
  EXPECT_NEAR(hottest()[0].per_second, 15, 1);
}

TEST_F(HotKeysTest, AClockThatIsSetBackByLessThanHasPassedWeighsWhatComesAsMuch) {
  for (int i = 0; i < 600; ++i) {
    access("before", 20);
    now_ms_ += 1000;
  }
  now_ms_ -= 300'000;  // ten half-lives
  for (int i = 0; i < 30; ++i) {
    access("now", 20);
    now_ms_ += 1000;
  }
  const auto keys = hottest();
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_NEAR(keys[0].per_second, 10, 1);
  EXPECT_NEAR(keys[1].per_second, 10, 1);
}

TEST_F(HotKeysTest, WhatOthersReadOfTheClockALittleLaterIsNoOtherClock) {
  for (int i = 0; i < 120; ++i) {
    access("k", 20);
    for (int late = 0; late < 100; ++late) {
      now_ms_ += 500;
      EXPECT_FALSE(hottest().empty());
      now_ms_ -= 500;
      EXPECT_FALSE(hottest().empty());
    }
    now_ms_ += 1000;
  }
  EXPECT_NEAR(hottest()[0].per_second, 20, 1);
}

TEST_F(HotKeysTest, AnAccessThatCouldNotBeAddedDoesNotEndTheCount) {
  EXPECT_TRUE(hot_keys_.wants(0));  // and there is no add()
  EXPECT_TRUE(hot_keys_.wants(0));
}

TEST_F(HotKeysTest, LooksAtSomeOfManyAccessesAndStillTellsHowMany) {
  for (int ms = 0; ms < 20'000; ++ms) {
    for (int i = 0; i < 70; ++i) access("often");
    for (int i = 0; i < 30; ++i) access("rare" + std::to_string(i * ms % 1000));
    ++now_ms_;
  }
  EXPECT_LT(looked_at_, 20 * 6000);  // of 2 million
  const auto keys = hottest();
  EXPECT_EQ(keys[0].key, "often");
  EXPECT_NEAR(keys[0].per_second, 70'000, 7'000);
}

TEST_F(HotKeysTest, LooksAtAllAgainWhenThereAreFew) {
  for (int i = 0; i < 1'000'000; ++i) access("k");
  for (int i = 0; i < 10'000; ++i) {
    now_ms_ += 10;
    access("k");
  }
  looked_at_ = 0;
  for (int i = 0; i < 100; ++i) {
    now_ms_ += 10;
    access("k");
  }
  EXPECT_EQ(looked_at_, 100);
}

TEST_F(HotKeysTest, OthersLookWhileAThreadAdds) {
  std::thread other([this] {
    for (int i = 0; i < 1000; ++i) static_cast<void>(hottest());
  });
  for (int i = 0; i < 100'000; ++i) access("k" + std::to_string(i % 500));
  other.join();
  EXPECT_EQ(hottest(1000).size(), SpaceSaving::kCounters);
}

}  // namespace
}  // namespace sideline::command
