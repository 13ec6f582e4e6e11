// The borders of sizes and times: where the layout of an item changes, and what is just possible.

#include <chrono>
#include <cstdint>
#include <string>

#include <gtest/gtest.h>
#include <libcache/cache.h>

namespace libcache {
namespace {

using std::chrono::milliseconds;

class CacheBordersTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(cache_.check_invariants(), ""); }

  std::string read(Key key) {
    const auto value = cache_.get(key);
    return value ? std::string(value->bytes()) : "(nothing)";
  }

  ManualClock clock_;
  Cache cache_{{.shards = 4, .maintenance = Maintenance::kManual, .clock = &clock_}};
};

TEST(CacheBorders, EveryNumberOfShardsFitsTheSmallestLimit) {
  for (int shards = 1; shards <= 64; shards *= 2) {
    Cache cache({.max_memory = std::size_t{1} << 20, .shards = shards});
    EXPECT_EQ(cache.set("key", "v").status, Status::kOk) << shards;
    EXPECT_LE(cache.memory(), cache.max_memory()) << shards;
  }
}

TEST_F(CacheBordersTest, APinnedValueNeverChanges) {
  const std::string before(20'000, 'a');
  cache_.set("key", before);
  const auto pin = cache_.get("key");
  std::size_t size = 0;
  cache_.set("key", std::string(20'000, 'b'));
  EXPECT_EQ(cache_.set_range("key", 0, "c", size), Status::kOk);
  EXPECT_EQ(cache_.append("key", "c", size), Status::kOk);
  EXPECT_EQ(pin->bytes(), before);
}

TEST_F(CacheBordersTest, AValueIsStoredFromItsOwnPinnedBytes) {
  cache_.set("key", std::string(20'000, 'a'));
  const auto pin = cache_.get("key");
  EXPECT_EQ(cache_.set("key", pin->bytes().substr(1)).status, Status::kOk);
  EXPECT_EQ(read("key"), std::string(19'999, 'a'));
}

TEST_F(CacheBordersTest, ALifetimeBeyondAllTimeLastsForEver) {
  EXPECT_EQ(cache_.set("key", "v", {.ttl = milliseconds::max()}).status, Status::kOk);
  clock_.advance_ms(std::int64_t{1} << 50);
  EXPECT_TRUE(cache_.exists("key"));
}

// A key that an item cannot hold itself, with a value so small that both would fit into one object.
TEST_F(CacheBordersTest, AKeyJustTooLongForAnItemIsKept) {
  for (std::size_t size = 16'330; size < 16'390; ++size) {
    const std::string key(size, 'k');
    cache_.set(key, "v");
    EXPECT_EQ(read(key), "v") << size;
  }
}

// With a deadline the value needs an extent, without it has room in the item.
TEST_F(CacheBordersTest, TakingADeadlineAwayKeepsTheValueAtTheBorderOfAnExtent) {
  for (std::size_t size = 16'330; size < 16'390; ++size) {
    const std::string value(size, 'v');
    cache_.set("key", value, {.ttl = milliseconds(1000)});
    EXPECT_EQ(cache_.persist("key"), Status::kOk);
    EXPECT_EQ(read("key"), value) << size;
    EXPECT_EQ(cache_.expire_at("key", clock_.now_ms() + 1000), Status::kOk);
    EXPECT_EQ(read("key"), value) << size;
  }
}

}  // namespace
}  // namespace libcache
