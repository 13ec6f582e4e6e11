#include <array>
#include <span>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <libcache/cache.h>

namespace libcache {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

class KeyLockTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(cache_.check_invariants(), ""); }

  Cache cache_{{.max_memory = kMiB, .shards = 4, .maintenance = Maintenance::kManual}};
};

TEST_F(KeyLockTest, AViewShowsTheValueWhereItLies) {
  cache_.set("small", "value");
  cache_.set("large", std::string(20'000, 'v'));
  auto lock = cache_.lock(std::array<Key, 2>{"small", "large"});
  EXPECT_EQ(lock.view("small")->bytes, "value");
  EXPECT_EQ(lock.view("small")->pin, nullptr);
  EXPECT_NE(lock.view("large")->pin, nullptr);
}

TEST_F(KeyLockTest, APinFromAViewOutlivesTheLock) {
  cache_.set("large", std::string(20'000, 'v'));
  const auto view = cache_.lock("large").view("large");
  cache_.erase("large");
  EXPECT_EQ(view->bytes, std::string(20'000, 'v'));
}

TEST_F(KeyLockTest, LooksWithoutCountingAsAUse) {
  cache_.set("key", "v");
  EXPECT_TRUE(cache_.lock("key").info("key"));
  EXPECT_EQ(cache_.stats().total.hits, 0);
}

TEST_F(KeyLockTest, NoKeysLockNothing) {
  const auto none = cache_.lock(std::span<const Key>());
  EXPECT_EQ(cache_.set("key", "v").status, Status::kOk);
}

TEST_F(KeyLockTest, OtherThreadsWaitForIt) {
  std::jthread other;
  {
    auto lock = cache_.lock_all();
    lock.set("key", "first");
    other = std::jthread([this] { cache_.set("key", "second"); });
    EXPECT_EQ(lock.get("key")->bytes(), "first");
  }
  other.join();
  EXPECT_EQ(cache_.get("key")->bytes(), "second");
}

TEST_F(KeyLockTest, WritesUnderALockOfAllShardsEvict) {
  auto lock = cache_.lock_all();
  for (int i = 0; i < 5000; ++i) {
    EXPECT_EQ(lock.set(std::to_string(i), std::string(1000, 'v')).status, Status::kOk);
  }
  EXPECT_LE(cache_.memory(), kMiB);
}

}  // namespace
}  // namespace libcache
