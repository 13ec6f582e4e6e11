#include "server/persist/snapshots.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
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

  bool is_whole(const std::string& name = "dump.rdb") const {
    const CheckResult result = check(folder.path(name), config.settings());
    return !result.failure && result.keys == kKeys;
  }

  void await_thread() const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    const auto works = [&] {
      const SnapshotFacts facts = snapshots.facts();
      return facts.background_since_s >= 0 || facts.loading_since_s >= 0;
    };
    while (works()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      std::this_thread::yield();
    }
  }

  /// As fails_at(), of what the thread of the snapshots does after `begin`.
  template <class Begin>
  bool thread_fails_at(int number, Begin begin) const {
    libcache::fail_allocation_of_others(number);
    begin();
    await_thread();
    const bool has_failed = libcache::one_of_others_failed();
    libcache::fail_allocation_of_others(0);
    return has_failed;
  }
};

TEST_F(SnapshotsAllocationTest, AFailureEndsOneSaveAndNoMore) {
  int failures = 0;
  bool has_failed = true;
  for (int number = 1; has_failed; ++number) {
    Outcome outcome = Outcome::kBusy;
    has_failed =
        libcache::fails_at(number, [&] { EXPECT_NO_THROW(outcome = snapshots.save()) << number; });
    ASSERT_NE(outcome, Outcome::kBusy) << number;
    if (outcome == Outcome::kFailed) ++failures;
    EXPECT_TRUE(outcome == Outcome::kDone || (outcome == Outcome::kFailed && has_failed)) << number;
    ASSERT_TRUE(is_whole()) << number;
  }
  EXPECT_GT(failures, 3);
  EXPECT_EQ(snapshots.save_finally(), Outcome::kDone);
}

TEST_F(SnapshotsAllocationTest, AFailureEndsOneSaveInTheBackgroundAndNoMore) {
  int failures = 0;
  bool has_failed = true;
  for (int number = 1; has_failed; ++number) {
    has_failed = thread_fails_at(
        number, [&] { ASSERT_EQ(snapshots.begin_save(), Outcome::kDone) << number; });
    if (HasFatalFailure()) return;
    const bool saved = snapshots.facts().last_background_ok;
    if (!saved) ++failures;
    EXPECT_TRUE(saved || has_failed) << number;
    ASSERT_TRUE(is_whole()) << number;
  }
  EXPECT_GT(failures, 3);
  EXPECT_EQ(snapshots.save_finally(), Outcome::kDone);
}

TEST_F(SnapshotsAllocationTest, AfterAFailureToLoadClientsAreServedAndNothingIsLost) {
  int failures = 0;
  bool has_failed = true;
  for (int number = 1; has_failed; ++number) {
    cache.clear();
    has_failed = thread_fails_at(number, [&] { snapshots.begin_load(); });
    if (HasFatalFailure()) return;
    EXPECT_EQ(run({"SET", "key:1", "v"}), "+OK\r\n") << number;
    ASSERT_TRUE(is_whole()) << number;
    if (cache.size() == kKeys) continue;
    ++failures;
    EXPECT_TRUE(has_failed) << number;
    // The next snapshot, which lacks something, does not take its place.
    ASSERT_EQ(snapshots.save(), Outcome::kDone) << number;
    ASSERT_TRUE(is_whole("dump.rdb.before")) << number;
    std::filesystem::rename(folder.path("dump.rdb.before"), folder.path("dump.rdb"));
  }
  EXPECT_GT(failures, 3);
  EXPECT_EQ(snapshots.save_finally(), Outcome::kDone);
}

}  // namespace
}  // namespace sideline::persist
