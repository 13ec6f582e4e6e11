#include "budget.h"

#include <limits>
#include <thread>

#include <gtest/gtest.h>

namespace libcache {
namespace {

TEST(Budget, ChargesUpToTheLimitAndNoFurther) {
  Budget budget(100);
  EXPECT_TRUE(budget.try_charge(60));
  EXPECT_FALSE(budget.try_charge(41));
  EXPECT_EQ(budget.used(), 60);
  EXPECT_TRUE(budget.try_charge(40));
  EXPECT_FALSE(budget.try_charge(1));
}

TEST(Budget, RefusesAChargeThatWouldOverflow) {
  Budget budget(100);
  ASSERT_TRUE(budget.try_charge(1));
  EXPECT_FALSE(budget.try_charge(std::numeric_limits<std::size_t>::max()));
}

TEST(Budget, TakesBackWhatIsReleased) {
  Budget budget(100);
  ASSERT_TRUE(budget.try_charge(100));
  budget.release(30);
  EXPECT_EQ(budget.used(), 70);
  EXPECT_TRUE(budget.try_charge(30));
}

TEST(Budget, HasOnePaymentAtATime) {
  Budget budget(100);
  {
    const Budget::Payment first(budget);
    EXPECT_TRUE(first);
    EXPECT_FALSE(Budget::Payment(budget));
    EXPECT_FALSE(Budget::Payment(budget)) << "one that was refused gave nothing back";
  }
  EXPECT_TRUE(Budget::Payment(budget));
}

TEST(Budget, WithoutALimitRefusesNothing) {
  Budget budget(0);
  EXPECT_TRUE(budget.try_charge(std::size_t{1} << 60));
  EXPECT_EQ(budget.excess(), 0);
}

TEST(Budget, CountsWhatCannotBeRefusedAsExcess) {
  Budget budget(100);
  budget.charge(130);
  EXPECT_EQ(budget.excess(), 30);
  EXPECT_FALSE(budget.try_charge(0));
  budget.release(30);
  EXPECT_EQ(budget.excess(), 0);
  EXPECT_TRUE(budget.try_charge(0));
}

TEST(Budget, HasAnExcessAfterTheLimitWasLowered) {
  Budget budget(100);
  ASSERT_TRUE(budget.try_charge(80));
  budget.set_limit(50);
  EXPECT_EQ(budget.excess(), 30);
  EXPECT_FALSE(budget.try_charge(1));
}

TEST(Budget, MayBeOverdrawnByASixteenth) {
  Budget budget(1600);
  ASSERT_TRUE(budget.try_charge(1600));
  EXPECT_FALSE(budget.try_charge(1));
  EXPECT_FALSE(budget.try_charge(101, Overdraft::kAllowed));
  EXPECT_TRUE(budget.try_charge(100, Overdraft::kAllowed));
  EXPECT_EQ(Budget::overdraft_of(std::size_t{1} << 40), Budget::kMostOverdraft);
}

TEST(Budget, MayBeOverdrawnAgainByWhatIsReleased) {
  Budget budget(1600);
  ASSERT_TRUE(budget.try_charge(1600));
  ASSERT_TRUE(budget.try_charge(100, Overdraft::kAllowed));
  budget.release(30);
  EXPECT_FALSE(budget.try_charge(31, Overdraft::kAllowed));
  EXPECT_TRUE(budget.try_charge(30, Overdraft::kAllowed));
}

TEST(Budget, MayBeOverdrawnAlsoAfterTheLimitWasLowered) {
  Budget budget(0);
  ASSERT_TRUE(budget.try_charge(10'000));
  budget.set_limit(1600);
  EXPECT_TRUE(budget.try_charge(100, Overdraft::kAllowed));
  EXPECT_FALSE(budget.try_charge(1, Overdraft::kAllowed));
  budget.set_limit(20'000);
  ASSERT_TRUE(budget.try_charge(9900));
  EXPECT_TRUE(budget.try_charge(1250, Overdraft::kAllowed));
}

TEST(Budget, KnowsWhatIsAvailable) {
  Budget budget(100);
  ASSERT_TRUE(budget.try_charge(30));
  EXPECT_EQ(budget.available(), 70);
  budget.set_limit(20);
  EXPECT_EQ(budget.available(), 0);
  budget.set_limit(0);
  EXPECT_EQ(budget.available(), std::numeric_limits<std::size_t>::max());
}

TEST(Budget, RemembersThePeak) {
  Budget budget(0);
  budget.charge(70);
  budget.release(50);
  ASSERT_TRUE(budget.try_charge(20));
  EXPECT_EQ(budget.peak(), 70);
}

TEST(Budget, IsNotExceededByThreadsThatChargeAtTheSameTime) {
  constexpr std::size_t kLimit = 1000;
  Budget budget(kLimit);
  const auto churn = [&budget] {
    for (std::size_t i = 1; i < 20'000; ++i) {
      const std::size_t bytes = i % 700;
      if (budget.try_charge(bytes)) budget.release(bytes);
    }
  };
  std::thread one(churn);
  std::thread two(churn);
  one.join();
  two.join();
  EXPECT_EQ(budget.used(), 0);
  EXPECT_LE(budget.peak(), kLimit);
}

}  // namespace
}  // namespace libcache
