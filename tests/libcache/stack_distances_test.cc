#include "stack_distances.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace libcache {
namespace {

TEST(StackDistances, TheKeyOnTopIsAsDeepAsItIsHeavy) {
  StackDistances stack(4);
  stack.push(0, 10);
  stack.push(1, 20);
  EXPECT_EQ(stack.distance(1), 20U);
  EXPECT_EQ(stack.distance(0), 30U);
}

TEST(StackDistances, AKeyThatIsTouchedPutsOthersDeeper) {
  StackDistances stack(4);
  stack.push(0, 10);
  stack.push(1, 20);
  stack.touch(0, 10);
  EXPECT_EQ(stack.distance(0), 10U);
  EXPECT_EQ(stack.distance(1), 30U);
}

TEST(StackDistances, WhatIsRemovedLeavesRoomThatTheNextOneTakes) {
  StackDistances stack(4);
  stack.push(0, 10);
  stack.push(1, 20);
  stack.remove(1);
  EXPECT_EQ(stack.distance(0), 30U);  // what was evicted below does not come back
  stack.push(2, 15);
  EXPECT_EQ(stack.distance(0), 30U);
  stack.push(3, 15);
  EXPECT_EQ(stack.distance(0), 40U);
}

TEST(StackDistances, AHoleAboveKeepsWhatLiesBelowAKeyThatIsTouched) {
  StackDistances stack(4);
  stack.push(0, 10);
  stack.push(1, 10);
  stack.push(2, 10);
  stack.remove(2);
  stack.touch(0, 10);  // in caches that did not have it, it takes the room of 2
  EXPECT_EQ(stack.distance(1), 20U);
  EXPECT_EQ(stack.total(), 30U);
}

TEST(StackDistances, WhatIsDroppedWasNeverThere) {
  StackDistances stack(4);
  stack.push(0, 10);
  stack.push(1, 20);
  stack.drop(1);
  EXPECT_EQ(stack.distance(0), 10U);
}

TEST(StackDistances, TheBottomIsTheDeepestKeyAndHolesBelowItAreForgotten) {
  StackDistances stack(4);
  EXPECT_EQ(stack.bottom(), kNoSample);
  stack.push(0, 10);
  stack.push(1, 20);
  EXPECT_EQ(stack.bottom(), 0);
  stack.remove(0);
  EXPECT_EQ(stack.total(), 30U);
  EXPECT_EQ(stack.bottom(), 1);
  EXPECT_EQ(stack.total(), 20U);
}

TEST(StackDistances, AHeavierKeySinksOthersByTheDifference) {
  StackDistances stack(4);
  stack.push(0, 10);
  stack.push(1, 20);
  stack.touch(1, 25);
  EXPECT_EQ(stack.distance(0), 35U);
}

/// The same, as a list from the top down; slow and plain.
class Model {
 public:
  [[nodiscard]] bool has(SampleId key) const { return place_of(key) != list_.size(); }
  [[nodiscard]] std::uint64_t distance(SampleId key) const {
    std::uint64_t sum = 0;
    for (const Element& at : list_) {
      sum += at.weight;
      if (at.owner == key) break;
    }
    return sum;
  }
  void push(SampleId key, SampleWeight weight) {
    SampleWeight left = weight;
    for (Element& at : list_) {
      if (at.owner != kNoSample) continue;
      const SampleWeight filled = std::min(left, at.weight);
      at.weight -= filled;
      left -= filled;
    }
    std::erase_if(list_, [](const Element& at) { return at.weight == 0; });
    list_.insert(list_.begin(), {key, weight});
  }
  void remove(SampleId key) { list_[place_of(key)].owner = kNoSample; }
  void drop(SampleId key) {
    list_.erase(list_.begin() + static_cast<std::ptrdiff_t>(place_of(key)));
  }
  SampleId bottom() {
    while (!list_.empty() && list_.back().owner == kNoSample) list_.pop_back();
    return list_.empty() ? kNoSample : list_.back().owner;
  }
  [[nodiscard]] std::uint64_t total() const {
    return std::accumulate(list_.begin(), list_.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const Element& at) { return sum + at.weight; });
  }

 private:
  struct Element {
    SampleId owner;
    SampleWeight weight;
  };
  [[nodiscard]] std::size_t place_of(SampleId key) const {
    std::size_t place = 0;
    while (place != list_.size() && list_[place].owner != key) ++place;
    return place;
  }

  std::vector<Element> list_;
};

TEST(StackDistances, AreThoseOfAListWhateverHappens) {
  constexpr std::size_t kKeys = 40;
  constexpr int kSteps = 20'000;
  StackDistances stack(kKeys);
  Model model;
  std::mt19937 random(7);
  for (int step = 0; step < kSteps; ++step) {
    const auto key = static_cast<SampleId>(random() % kKeys);
    const auto weight = static_cast<SampleWeight>(1 + random() % 100);
    ASSERT_EQ(stack.has(key), model.has(key));
    if (!stack.has(key)) {
      stack.push(key, weight);
      model.push(key, weight);
    } else if (random() % 4 != 0) {
      ASSERT_EQ(stack.distance(key), model.distance(key)) << "step " << step;
      stack.touch(key, weight);
      model.remove(key);
      model.push(key, weight);
    } else if (random() % 4 != 0) {
      stack.remove(key);
      model.remove(key);
    } else {
      stack.drop(key);
      model.drop(key);
    }
    if (random() % 16 == 0) {
      ASSERT_EQ(stack.bottom(), model.bottom()) << "step " << step;
    }
    ASSERT_EQ(stack.total(), model.total()) << "step " << step;
    if (step % 64 == 0) {
      ASSERT_EQ(stack.check_invariants(), "") << "step " << step;
    }
  }
}

}  // namespace
}  // namespace libcache
