#include <array>
#include <span>
#include <string>
#include <thread>
#include <utility>

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

// A shard may be empty: then the memory it needs is in others, which the same lock holds.
TEST_F(KeyLockTest, WritesUnderALockOfAllShardsEvictLargeValuesOfAnyShard) {
  for (int i = 0; i < 64; ++i) {
    auto lock = cache_.lock_all();
    ASSERT_EQ(lock.set("large" + std::to_string(i), std::string(250'000, 'v')).status, Status::kOk);
  }
}

// --- rename --------------------------------------------------------------------------------------

class RenameTest : public KeyLockTest {
 protected:
  Status rename(const std::string& from, const std::string& to) {
    return cache_.lock(std::array<Key, 2>{from, to}).rename(from, to);
  }
};

TEST_F(RenameTest, MovesValueDeadlineAndEncoding) {
  std::size_t size = 0;
  ASSERT_EQ(cache_.append("from", "val", size), Status::kOk);
  ASSERT_EQ(cache_.append("from", "ue", size), Status::kOk);
  ASSERT_EQ(cache_.expire_at("from", Clock::system().now_ms() + 100'000), Status::kOk);
  const auto before = cache_.info("from");
  for (int i = 0; i < 20; ++i) {  // in whichever shards the keys are
    const std::string from = i == 0 ? "from" : "to" + std::to_string(i - 1);
    ASSERT_EQ(rename(from, "to" + std::to_string(i)), Status::kOk);
  }
  const auto after = cache_.info("to19");
  EXPECT_EQ(cache_.get("to19")->bytes(), "value");
  EXPECT_EQ(after->deadline_ms, before->deadline_ms);
  EXPECT_EQ(after->encoding, Encoding::kEdited);
  EXPECT_EQ(cache_.size(), 1);
}

TEST_F(RenameTest, DoesNotCopyALargeValue) {
  cache_.set("from", std::string(100'000, 'v'));
  const void* const bytes = cache_.get("from")->bytes().data();
  ASSERT_EQ(rename("from", "to"), Status::kOk);
  EXPECT_EQ(cache_.get("to")->bytes().data(), bytes);
}

TEST_F(RenameTest, ReplacesWhatIsThere) {
  cache_.set("from", std::string(100'000, 'v'));
  cache_.set("to", std::string(100'000, 'w'));
  ASSERT_EQ(rename("from", "to"), Status::kOk);
  EXPECT_EQ(cache_.get("to")->bytes(), std::string(100'000, 'v'));
  EXPECT_EQ(cache_.size(), 1);
}

TEST_F(RenameTest, MovesKeysThatLieWithTheirValueInAnExtent) {
  const std::string longest(20'000, 'k');
  cache_.set("from", std::string(30'000, 'v'));
  for (const auto& [from, to] : {std::pair<std::string, std::string>{"from", longest},
                                 {longest, longest + "k"},
                                 {longest + "k", std::string(20'001, 'l')},
                                 {std::string(20'001, 'l'), "to"}}) {
    ASSERT_EQ(rename(from, to), Status::kOk);
    ASSERT_EQ(cache_.get(to)->bytes(), std::string(30'000, 'v'));
  }
}

TEST_F(RenameTest, ToItselfChangesNothing) {
  cache_.set("key", "v");
  EXPECT_EQ(rename("key", "key"), Status::kOk);
  EXPECT_EQ(cache_.get("key")->bytes(), "v");
}

TEST_F(RenameTest, OfAnAbsentKeyLeavesTheTargetAlone) {
  cache_.set("to", "v");
  EXPECT_EQ(rename("absent", "to"), Status::kNotFound);
  EXPECT_EQ(rename("absent", "absent"), Status::kNotFound);
  EXPECT_EQ(cache_.get("to")->bytes(), "v");
}

// --- set_many ------------------------------------------------------------------------------------

TEST_F(KeyLockTest, StoresManyAtOnceTheLastOfAKeyLast) {
  const std::array<KeyValue, 3> entries{{{"a", "1"}, {"b", "2"}, {"a", "3"}}};
  EXPECT_EQ(cache_.set_many(entries), Status::kOk);
  EXPECT_EQ(cache_.get("a")->bytes(), "3");
  EXPECT_EQ(cache_.get("b")->bytes(), "2");
  EXPECT_EQ(cache_.set_many({}), Status::kOk);
}

TEST_F(KeyLockTest, StoresNoneOfManyIfOneCanNeverFit) {
  const std::string too_large(kMiB, 'v');
  const std::array<KeyValue, 2> entries{{{"a", "1"}, {"b", too_large}}};
  EXPECT_EQ(cache_.set_many(entries), Status::kTooLarge);
  EXPECT_FALSE(cache_.exists("a"));
}

}  // namespace
}  // namespace libcache
