#include "server/command/observe/space_saving.h"

#include <map>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace sideline::command {
namespace {

std::size_t find(const SpaceSaving& sketch, std::uint64_t hash) {
  std::size_t i = 0;
  while (i != sketch.size() && sketch.hash(i) != hash) ++i;
  return i;
}

TEST(SpaceSaving, CountsFewKeysExactly) {
  SpaceSaving sketch;
  sketch.add(1, "a", 0, 1);
  sketch.add(2, "b", 3, 1);
  sketch.add(1, "a", 0, 2);
  ASSERT_EQ(sketch.size(), 2U);
  EXPECT_EQ(sketch.count(0), 3);
  EXPECT_EQ(sketch.counter(0).key, "a");
  EXPECT_EQ(sketch.counter(0).error, 0);
  EXPECT_EQ(sketch.counter(1).database, 3);
  EXPECT_EQ(sketch.most_missed(), 0);
}

TEST(SpaceSaving, AKeyTakesOverTheSmallestCounterAndSaysSo) {
  SpaceSaving sketch;
  for (std::uint64_t i = 0; i < SpaceSaving::kCounters; ++i) sketch.add(i, "k", 0, i == 7 ? 2 : 5);
  EXPECT_EQ(sketch.most_missed(), 2);
  sketch.add(1000, "new", 0, 1);
  EXPECT_EQ(find(sketch, 7), sketch.size());
  const std::size_t taken = find(sketch, 1000);
  ASSERT_NE(taken, sketch.size());
  EXPECT_EQ(sketch.count(taken), 3);
  EXPECT_EQ(sketch.counter(taken).error, 2);
  EXPECT_EQ(sketch.counter(taken).key, "new");
}

TEST(SpaceSaving, ALongKeyIsCut) {
  SpaceSaving sketch;
  sketch.add(1, std::string(1000, 'x'), 0, 1);
  EXPECT_EQ(sketch.counter(0).key, std::string(SpaceSaving::kMostKeyBytes, 'x'));
}

TEST(SpaceSaving, ScalesCountsAndErrors) {
  SpaceSaving sketch;
  for (std::uint64_t i = 0; i <= SpaceSaving::kCounters; ++i) sketch.add(i, "k", 0, 4);
  sketch.scale(0.25);
  const std::size_t last = find(sketch, SpaceSaving::kCounters);
  EXPECT_EQ(sketch.count(last), 2);
  EXPECT_EQ(sketch.counter(last).error, 1);
}

TEST(SpaceSaving, NeverCountsTooLittleNorMoreThanTheErrorTooMuch) {
  SpaceSaving sketch;
  std::map<std::uint64_t, double> exact;
  std::mt19937 random(2);
  constexpr int kAdds = 50'000;
  for (int i = 0; i < kAdds; ++i) {
    // A third of all are the first ten of 2000.
    const std::uint64_t key = random() % 3 == 0 ? random() % 10 : random() % 2000;
    sketch.add(key, std::to_string(key), 0, 1);
    ++exact[key];
  }
  for (std::size_t i = 0; i != sketch.size(); ++i) {
    const double truth = exact[sketch.hash(i)];
    EXPECT_GE(sketch.count(i), truth);
    EXPECT_LE(sketch.count(i) - sketch.counter(i).error, truth);
  }
  EXPECT_LE(sketch.most_missed(), kAdds / double{SpaceSaving::kCounters});
  for (std::uint64_t key = 0; key < 10; ++key) EXPECT_NE(find(sketch, key), sketch.size());
}

}  // namespace
}  // namespace sideline::command
