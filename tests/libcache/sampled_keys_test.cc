#include "sampled_keys.h"

#include <map>
#include <random>
#include <utility>

#include <gtest/gtest.h>

namespace libcache {
namespace {

TEST(SampledKeys, AreFoundByHashAndDatabase) {
  SampledKeys keys(4, 1);
  const SampleId first = keys.add({7}, 0);
  const SampleId second = keys.add({7}, 1);
  EXPECT_EQ(keys.find({7}, 0), first);
  EXPECT_EQ(keys.find({7}, 1), second);
  EXPECT_EQ(keys.find({7}, 2), kNoSample);
  EXPECT_EQ(keys.find({8}, 0), kNoSample);
}

TEST(SampledKeys, WhoMovesIsFoundInTheOtherDatabase) {
  SampledKeys keys(4, 1);
  const SampleId key = keys.add({7}, 0);
  keys.move(key, 5);
  EXPECT_EQ(keys.find({7}, 0), kNoSample);
  EXPECT_EQ(keys.find({7}, 5), key);
}

TEST(SampledKeys, AreThoseOfAMapWhateverHappens) {
  constexpr std::size_t kMost = 30;
  SampledKeys keys(kMost, 1);
  std::map<std::pair<std::uint64_t, int>, SampleId> model;
  std::mt19937 random(5);
  for (int step = 0; step < 20'000; ++step) {
    // Few hashes, so that they come again, and far apart.
    const std::uint64_t hash = std::uint64_t{random() % 20} << 50;
    const int database = static_cast<int>(random() % 3);
    const SampleId found = keys.find({hash}, database);
    const auto expected = model.find({hash, database});
    ASSERT_EQ(found, expected == model.end() ? kNoSample : expected->second);
    if (found != kNoSample) {
      keys.remove(found);
      model.erase(expected);
    } else if (!keys.full()) {
      model[{hash, database}] = keys.add({hash}, database);
    }
    ASSERT_EQ(keys.size(), model.size());
    ASSERT_EQ(keys.full(), model.size() == kMost);
    ASSERT_EQ(keys.check_invariants(), "");
  }
}

}  // namespace
}  // namespace libcache
