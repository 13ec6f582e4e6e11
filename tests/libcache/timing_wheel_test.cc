#include "timing_wheel.h"

#include <cstring>
#include <limits>
#include <map>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace libcache {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr std::int64_t kStart = 1'700'000'000'123;
constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kMinute = 60 * kSecond;
constexpr std::int64_t kDay = 1440 * kMinute;
constexpr std::int64_t kYear = 365 * kDay;
constexpr std::int64_t kFirst = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();

class TimingWheelTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(wheel_.check_invariants(), ""); }

  Ref item() { return arena_.allocate(kWheelNodeOffset + sizeof(WheelNode)); }

  Ref add(std::int64_t deadline_ms) {
    const Ref added = item();
    wheel_.add(added, deadline_ms);
    return added;
  }

  /// What is due, taken out, as long as the budget lasts.
  std::vector<Ref> expire(std::int64_t now_ms, std::size_t budget = 1'000'000) {
    std::vector<Ref> due;
    while (const Ref next = wheel_.next_due(now_ms, budget)) {
      wheel_.remove(next);
      due.push_back(next);
    }
    return due;
  }

  /// Goes from event to event until `item` is due; returns when, and counts the events.
  std::int64_t sleep_until_due(Ref item, int& wakes) {
    for (wakes = 1;; ++wakes) {
      const std::int64_t now = wheel_.next_event();
      for (const Ref due : expire(now)) {
        if (due == item) return now;
      }
    }
  }

  Budget budget_{0};
  Arena arena_{budget_};
  TimingWheel wheel_{arena_, kStart};
};

TEST_F(TimingWheelTest, AnEntryIsDueAtItsMillisecondAndNotBefore) {
  for (const std::int64_t ttl : {1L, 255L, 256L, 257L, 65'535L, 65'536L, 65'537L, 30 * kMinute,
                                 40 * kDay, 60 * kDay, 34 * kYear, 36 * kYear, 200 * kYear}) {
    const std::int64_t deadline = kStart + 300 * kYear + ttl;
    TimingWheel wheel(arena_, deadline - ttl);
    const Ref entry = item();
    wheel.add(entry, deadline);
    std::size_t budget = 1000;
    EXPECT_EQ(wheel.next_due(deadline - 1, budget), kNullRef) << ttl;
    EXPECT_EQ(wheel.next_due(deadline, budget), entry) << ttl;
  }
}

TEST_F(TimingWheelTest, ADeadlineThatHasPassedIsDueAtOnce) {
  const Ref now = add(kStart);
  const Ref past = add(kStart - kDay);
  EXPECT_EQ(wheel_.next_event(), kStart);
  EXPECT_THAT(expire(kStart), UnorderedElementsAre(now, past));
}

TEST_F(TimingWheelTest, WhatIsDueStaysInTheWheelUntilItIsRemoved) {
  const Ref entry = add(kStart + 5);
  std::size_t budget = 10;
  EXPECT_EQ(wheel_.next_due(kStart + 5, budget), entry);
  EXPECT_EQ(wheel_.next_due(kStart + 5, budget), entry);
  EXPECT_EQ(wheel_.size(), 1);
  EXPECT_EQ(budget, 10);
}

TEST_F(TimingWheelTest, NothingIsDueInAnEmptyWheelAtAnyTime) {
  for (const std::int64_t now : {kFirst, kStart, kStart + 1, kStart + 50 * kYear, kLast, kStart}) {
    EXPECT_THAT(expire(now), IsEmpty());
    EXPECT_EQ(wheel_.next_event(), kLast);
    EXPECT_EQ(wheel_.nearest(), kNullRef);
    EXPECT_EQ(wheel_.check_invariants(), "");
  }
}

TEST_F(TimingWheelTest, EntriesComeInTheOrderOfTheirDeadlinesAsTimePasses) {
  const Ref third = add(kStart + 3 * kMinute);
  const Ref first = add(kStart + 10);
  const Ref second = add(kStart + 11);
  EXPECT_THAT(expire(kStart + 10), ElementsAre(first));
  EXPECT_THAT(expire(kStart + 2 * kMinute), ElementsAre(second));
  EXPECT_THAT(expire(kStart + kDay), ElementsAre(third));
  EXPECT_EQ(wheel_.size(), 0);
}

TEST_F(TimingWheelTest, ARemovedEntryIsNeverDue) {
  const Ref head = add(kStart + 10);
  const Ref middle = add(kStart + 10);
  const Ref tail = add(kStart + 10);
  const Ref alone = add(kStart + kMinute);
  wheel_.remove(middle);
  wheel_.remove(alone);
  EXPECT_EQ(wheel_.check_invariants(), "");
  EXPECT_THAT(expire(kStart + kDay), UnorderedElementsAre(head, tail));
}

TEST_F(TimingWheelTest, AnItemThatMovesKeepsItsPlace) {
  std::vector<Ref> entries(3);
  for (Ref& entry : entries) entry = add(kStart + kMinute);
  for (Ref& entry : entries) {
    const Ref to = item();
    std::memcpy(arena_.at(to), arena_.at(entry), kWheelNodeOffset + sizeof(WheelNode));
    wheel_.moved(entry, to);
    entry = to;
    EXPECT_EQ(wheel_.check_invariants(), "");
  }
  EXPECT_THAT(expire(kStart + kMinute), testing::UnorderedElementsAreArray(entries));
}

TEST_F(TimingWheelTest, WhoSleepsUntilTheNextEventMissesNoDeadlineByAMillisecond) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 300; ++i) {
    add(kStart + static_cast<std::int64_t>(random() >> (random() % 40 + 18)));
  }
  const WheelNodes nodes(arena_);
  while (wheel_.size() != 0) {
    const std::int64_t now = wheel_.next_event();
    for (const Ref due : expire(now)) ASSERT_EQ(nodes[due].deadline(), now);
  }
}

TEST_F(TimingWheelTest, ASleeperIsWokenAtMostOnceALevel) {
  int wakes = 0;
  EXPECT_EQ(sleep_until_due(add(kStart + 30 * kMinute), wakes), kStart + 30 * kMinute);
  EXPECT_LE(wakes, 3);
  const std::int64_t far = wheel_.next_event() == kLast ? kStart + 20 * kYear : 0;
  EXPECT_EQ(sleep_until_due(add(far), wakes), far);
  EXPECT_LE(wakes, 5);
}

TEST_F(TimingWheelTest, RefilingASlotIsSpreadOverCallsByTheBudget) {
  constexpr std::size_t kEntries = 1000;
  constexpr std::size_t kBudget = 10;
  for (std::size_t i = 0; i < kEntries; ++i) add(kStart + kMinute + 1);
  const std::int64_t before = kStart + kMinute;
  std::size_t calls = 0;
  for (; wheel_.next_event() <= before; ++calls) EXPECT_THAT(expire(before, kBudget), IsEmpty());
  EXPECT_EQ(calls, kEntries / kBudget);
  EXPECT_EQ(wheel_.next_event(), before + 1);
  EXPECT_EQ(expire(before + 1, 1).size(), kEntries);
}

TEST_F(TimingWheelTest, WhatIsDueIsFoundWhileASlotIsBeingRefiled) {
  for (int i = 0; i < 100; ++i) add(kStart + 65 * kSecond);
  const std::int64_t now = wheel_.next_event();
  EXPECT_THAT(expire(now, 1), IsEmpty());
  const Ref due = add(now);
  EXPECT_THAT(expire(now, 2), ElementsAre(due));
}

TEST_F(TimingWheelTest, WithoutABudgetNothingIsReturned) {
  add(kStart);
  EXPECT_THAT(expire(kStart, 0), IsEmpty());
}

TEST_F(TimingWheelTest, AnEntryThatHasLongBeenDueIsNotRefiledFirst) {
  for (int i = 1; i <= 100; ++i) add(kStart + i * kMinute);
  EXPECT_EQ(expire(kStart + kDay, 1).size(), 100);
}

TEST_F(TimingWheelTest, AClockThatStepsBackALittleIsWaitedFor) {
  EXPECT_THAT(expire(kStart + 500), IsEmpty());
  const Ref entry = add(kStart + 501);
  EXPECT_THAT(expire(kStart), IsEmpty());
  EXPECT_THAT(expire(kStart + 500), IsEmpty());
  EXPECT_THAT(expire(kStart + 501), ElementsAre(entry));
}

TEST_F(TimingWheelTest, AClockThatJumpsBackTurnsTheWheelBack) {
  EXPECT_THAT(expire(kStart + kYear), IsEmpty());
  const Ref later = add(kStart + kYear + kSecond);
  const Ref soon = add(kStart + 10);
  EXPECT_THAT(expire(kStart), IsEmpty());
  EXPECT_EQ(wheel_.check_invariants(), "");
  const Ref sooner = add(kStart + 5);
  EXPECT_THAT(expire(kStart + 5), ElementsAre(sooner));
  EXPECT_THAT(expire(kStart + 10), ElementsAre(soon));
  EXPECT_THAT(expire(kStart + kYear), IsEmpty());
  EXPECT_THAT(expire(kStart + kYear + kSecond), ElementsAre(later));
}

TEST_F(TimingWheelTest, AClockThatJumpsYearsAheadFindsWhatIsDueAndKeepsTheRest) {
  const Ref due = add(kStart + kDay);
  const Ref far = add(kStart + 100 * kYear);
  EXPECT_THAT(expire(kStart + 50 * kYear, 10), ElementsAre(due));
  EXPECT_THAT(expire(kStart + 100 * kYear - 1, 10), IsEmpty());
  EXPECT_THAT(expire(kStart + 100 * kYear, 10), ElementsAre(far));
}

TEST_F(TimingWheelTest, AnyDeadlineMayBeGiven) {
  const Ref first = add(kFirst);
  const Ref epoch = add(-1);
  const Ref last = add(kLast);
  EXPECT_THAT(expire(kStart), UnorderedElementsAre(first, epoch));
  EXPECT_THAT(expire(kStart + 1000 * kYear), IsEmpty());
  EXPECT_THAT(expire(kLast), ElementsAre(last));
}

TEST_F(TimingWheelTest, TheWheelMayStartBeforeTheEpoch) {
  TimingWheel wheel(arena_, kFirst);
  const Ref near = item();
  const Ref far = item();
  wheel.add(near, kFirst + 1000);
  wheel.add(far, kLast);
  EXPECT_LE(wheel.next_event(), kFirst + 1000);
  std::size_t budget = 10;
  EXPECT_EQ(wheel.next_due(kFirst + 999, budget), kNullRef);
  EXPECT_EQ(wheel.next_due(kFirst + 1000, budget), near);
  wheel.remove(near);
  EXPECT_EQ(wheel.next_due(kLast, budget), far);
}

TEST_F(TimingWheelTest, TheNearestIsOfTheFirstSlot) {
  add(kStart + kDay);
  const Ref minute = add(kStart + kMinute);
  add(kStart + kMinute + 1);
  EXPECT_EQ(wheel_.nearest(), minute);
  const Ref soon = add(kStart + 3);
  EXPECT_EQ(wheel_.nearest(), soon);
  const Ref past = add(kStart - kDay);
  EXPECT_EQ(wheel_.nearest(), past);
}

// Random deadlines of every magnitude, jumps of the clock of every magnitude in both directions, a
// small budget: at each moment exactly what the model says is due, and nothing late once the work
// is done.
TEST_F(TimingWheelTest, AgreesWithASortedMapUnderRandomJumps) {
  std::mt19937_64 random(1);
  const auto below_power_of_two = [&random](unsigned bits) {
    return static_cast<std::int64_t>(random() >> (64 - 1 - random() % bits));
  };
  const WheelNodes nodes(arena_);
  std::multimap<std::int64_t, Ref> model;
  std::map<Ref, std::multimap<std::int64_t, Ref>::iterator> where;
  std::int64_t now = kStart;

  const auto expire_and_compare = [&](std::size_t budget) {
    while (const Ref due = wheel_.next_due(now, budget)) {
      ASSERT_LE(nodes[due].deadline(), now);
      ASSERT_EQ(where.count(due), 1);
      wheel_.remove(due);
      arena_.free(due);
      model.erase(where[due]);
      where.erase(due);
      --budget;
    }
  };

  for (int step = 0; step < 20'000; ++step) {
    const std::uint64_t action = random() % 40;
    if (action < 20) {
      const std::int64_t deadline = now + below_power_of_two(42) - below_power_of_two(12);
      const Ref added = add(deadline);
      where[added] = model.emplace(deadline, added);
    } else if (action < 24 && !where.empty()) {
      const auto victim = where.begin();
      wheel_.remove(victim->first);
      arena_.free(victim->first);
      model.erase(victim->second);
      where.erase(victim);
    } else if (action < 25) {
      // Once it has caught up, a wheel follows the clock back by more than a second at once.
      expire_and_compare(1'000'000);
      now -= 1001 + below_power_of_two(36);
    } else {
      now += below_power_of_two(random() % 50 == 0 ? 38 : 17);
    }
    expire_and_compare(5);
    ASSERT_EQ(wheel_.size(), model.size());
    if (wheel_.next_event() > now && !model.empty()) {
      ASSERT_GT(model.begin()->first, now) << step;
      ASSERT_LE(wheel_.next_event(), model.begin()->first) << step;
    }
    ASSERT_EQ(wheel_.check_invariants(), "") << step;
  }
}

}  // namespace
}  // namespace libcache
