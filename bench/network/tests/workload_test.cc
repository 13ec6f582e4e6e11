#include "bench/network/load/workload.h"

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "bench/network/load/zipf.h"

namespace load {
namespace {

std::string key(const KeySpace& keys, std::uint64_t number) {
  std::string text;
  keys.append_key(text, number);
  return text;
}

std::string value(const KeySpace& keys, std::uint64_t number) {
  std::string text;
  keys.append_value(text, number);
  return text;
}

TEST(KeySpace, HasTheKeysOfRedisBenchmark) {
  const KeySpace keys{Options{}};
  EXPECT_EQ(key(keys, 0), "key:000000000000");
  EXPECT_EQ(key(keys, 123), "key:000000000123");
}

TEST(KeySpace, KnowsItsValues) {
  for (const std::uint64_t size : {0U, 5U, 16U, 17U, 64U, 1000U}) {
    Options options;
    options.value_size = {size, size};
    const KeySpace keys{options};
    std::string text = value(keys, 7);
    EXPECT_EQ(text.size(), size);
    EXPECT_TRUE(keys.is_value_of(text, 7));
    if (text.empty()) continue;
    text.back() ^= 1;
    EXPECT_FALSE(keys.is_value_of(text, 7)) << size;
    EXPECT_FALSE(keys.is_value_of(text.substr(1), 7)) << size;
  }
}

TEST(KeySpace, TellsTheValuesOfTwoKeysApart) {
  const KeySpace keys{Options{}};
  EXPECT_FALSE(keys.is_value_of(value(keys, 1), 2));
}

TEST(KeySpace, SpreadsSizesLogarithmically) {
  Options options;
  options.value_size = {32, 16384};
  const KeySpace keys{options};
  int below_the_middle = 0;
  for (std::uint64_t number = 0; number < 10'000; ++number) {
    const std::size_t size = keys.value_size(number);
    ASSERT_GE(size, 32);
    ASSERT_LE(size, 16384);
    if (size < 724) ++below_the_middle;  // the root of 32 * 16384
  }
  EXPECT_NEAR(below_the_middle, 5000, 200);
}

TEST(Workload, GoesThroughTheKeysInOrder) {
  Options options;
  options.order = Order::kSequential;
  options.first_key = 10;
  options.keys = 3;
  Workload workload(options);
  std::vector<std::uint64_t> seen;
  for (int i = 0; i < 4; ++i) seen.push_back(workload.next().key);
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{10, 11, 12, 10}));
}

TEST(Workload, KeepsToTheShareOfSets) {
  Options options;
  options.set_share = 0.1;
  options.ttl_ms = {5, 5};
  Workload workload(options);
  int sets = 0;
  for (int i = 0; i < 10'000; ++i) {
    const Request request = workload.next();
    if (request.operation != Operation::kSet) continue;
    ++sets;
    EXPECT_EQ(request.ttl_ms, 5);
  }
  EXPECT_NEAR(sets, 1000, 120);
}

TEST(Workload, ReachesEveryKeyUnderZipf) {
  Options options;
  options.order = Order::kZipf;
  options.keys = 50;
  Workload workload(options);
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 10'000; ++i) seen.insert(workload.next().key);
  EXPECT_EQ(seen.size(), 50);
}

TEST(Zipf, DrawsARankAsOftenAsItShould) {
  constexpr int kDraws = 200'000;
  const Zipf zipf(1000, 0.99);
  Random random(1);
  std::vector<int> counts(1000);
  for (int i = 0; i < kDraws; ++i) ++counts[zipf(random)];
  double sum = 0;
  for (int rank = 1; rank <= 1000; ++rank) sum += std::pow(rank, -0.99);
  for (const int rank : {1, 2, 10, 100}) {
    const double expected = kDraws * std::pow(rank, -0.99) / sum;
    EXPECT_NEAR(counts[static_cast<std::size_t>(rank - 1)], expected, 5 * std::sqrt(expected));
  }
}

}  // namespace
}  // namespace load
