#include "server/persist/snapshots.h"

#include <cstdint>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "counted_new.h"
#include "server/persist/check.h"
#include "tests/support/command_fixture.h"

namespace sideline::persist {
namespace {

using Outcome = Snapshots::Outcome;

/// Each allocation fails once: on the thread of the test if that saves, else on those of the
/// server.
class SnapshotsAllocationTest : public test::CommandFixture {
 protected:
  static constexpr std::uint64_t kKeys = 100;

  SnapshotsAllocationTest() {
    for (std::uint64_t i = 0; i < kKeys; ++i) {
      // Some are compressed, and some large enough to be pinned.
      cache.set("key:" + std::to_string(i), std::string(i * i * 10, 'v'));
    }
    EXPECT_EQ(snapshots.save(), Outcome::kDone);
  }

  bool file_is_whole() const {
    const CheckResult result = check(folder.path("dump.rdb"), config.settings());
    return !result.failure && result.keys == kKeys;
  }

  void await_thread() const {
    SnapshotFacts facts = snapshots.facts();
    while (facts.background_since_s >= 0 || facts.loading_since_s >= 0) {
      std::this_thread::yield();
      facts = snapshots.facts();
    }
  }
};

TEST_F(SnapshotsAllocationTest, AFailureEndsOneSaveAndNoMore) {
  int failures = 0;
  bool has_failed = true;
  for (int number = 1; has_failed; ++number) {
    const int before = libcache::allocations_so_far();
    libcache::fail_allocation(number);
    Outcome outcome{};
    EXPECT_NO_THROW(outcome = snapshots.save()) << number;
    libcache::fail_allocation(0);
    has_failed = libcache::allocations_so_far() >= before + number;
    if (outcome == Outcome::kFailed) ++failures;
    EXPECT_TRUE(outcome == Outcome::kDone || (outcome == Outcome::kFailed && has_failed)) << number;
    ASSERT_TRUE(file_is_whole()) << number;
  }
  EXPECT_GT(failures, 3);
  EXPECT_EQ(snapshots.save_finally(), Outcome::kDone);
}

TEST_F(SnapshotsAllocationTest, AFailureEndsOneSaveInTheBackgroundAndNoMore) {
  int failures = 0;
  bool has_failed = true;
  for (int number = 1; has_failed; ++number) {
    libcache::fail_allocation_of_others(number);
    ASSERT_EQ(snapshots.begin_save(), Outcome::kDone) << number;
    await_thread();
    has_failed = libcache::one_of_others_failed();
    libcache::fail_allocation_of_others(0);
    const bool saved = snapshots.facts().last_background_ok;
    if (!saved) ++failures;
    EXPECT_TRUE(saved || has_failed) << number;
    ASSERT_TRUE(file_is_whole()) << number;
  }
  EXPECT_GT(failures, 3);
  EXPECT_EQ(snapshots.save_finally(), Outcome::kDone);
}

TEST_F(SnapshotsAllocationTest, AfterAFailureToLoadClientsAreServed) {
  int failures = 0;
  bool has_failed = true;
  for (int number = 1; has_failed; ++number) {
    cache.clear();
    libcache::fail_allocation_of_others(number);
    snapshots.begin_load();
    await_thread();
    has_failed = libcache::one_of_others_failed();
    libcache::fail_allocation_of_others(0);
    if (cache.size() != kKeys) ++failures;
    EXPECT_TRUE(cache.size() == kKeys || has_failed) << number;
    EXPECT_EQ(run({"SET", "key:1", "v"}), "+OK\r\n") << number;
    ASSERT_TRUE(file_is_whole()) << number;
  }
  EXPECT_GT(failures, 3);
  EXPECT_EQ(snapshots.save_finally(), Outcome::kDone);
}

}  // namespace
}  // namespace sideline::persist
