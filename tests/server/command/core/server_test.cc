#include "server/command/core/server.h"

#include <array>
#include <chrono>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/command/families.h"
#include "tests/support/command_fixture.h"

namespace sideline::command {
namespace {

class ServerTest : public test::CommandFixture {
 protected:
  std::optional<std::string> set(std::string_view name, std::string_view value) {
    return config.set(std::array{name, value});
  }
};

TEST_F(ServerTest, TakesTheLimitAndThePolicyFromTheConfiguration) {
  EXPECT_EQ(server.cache.max_memory(), default_settings().maxmemory);
  EXPECT_EQ(server.cache.policy(), libcache::Policy::kAllKeysLru);
}

TEST_F(ServerTest, FollowsAChangeOfTheLimit) {
  EXPECT_EQ(set("maxmemory", "32mb"), std::nullopt);
  EXPECT_EQ(server.cache.max_memory(), std::size_t{32} << 20);
}

TEST_F(ServerTest, FollowsAChangeOfThePolicy) {
  EXPECT_EQ(set("maxmemory-policy", "volatile-ttl"), std::nullopt);
  EXPECT_EQ(server.cache.policy(), libcache::Policy::kVolatileTtl);
}

TEST_F(ServerTest, FollowsAChangeOfTheDefaultTtl) {
  EXPECT_EQ(set("default-ttl", "1800"), std::nullopt);
  EXPECT_EQ(server.cache.default_ttl(), std::chrono::seconds(1800));
  EXPECT_EQ(set("default-ttl", "0"), std::nullopt);
  EXPECT_EQ(server.cache.default_ttl(), std::nullopt);
}

TEST_F(ServerTest, ShowsTheDefaultTtlThatTheCacheHasInWholeSeconds) {
  using std::chrono::milliseconds;
  server.cache.set_default_ttl(milliseconds(1));
  EXPECT_EQ(config.settings().default_ttl, 1) << "0 would be none";
  server.cache.set_default_ttl(milliseconds(2000));
  EXPECT_EQ(config.settings().default_ttl, 2);
  server.cache.set_default_ttl(milliseconds::max());
  EXPECT_EQ(config.settings().default_ttl, std::numeric_limits<int>::max());
}

TEST_F(ServerTest, FollowsAChangeOfThePassword) {
  EXPECT_EQ(set("requirepass", "secret"), std::nullopt);
  EXPECT_TRUE(server.acl.default_user()->accepts("secret"));
  EXPECT_FALSE(server.acl.default_user()->accepts("other"));
}

TEST_F(ServerTest, FollowsAChangeOfTheThresholds) {
  EXPECT_EQ(set("slowlog-log-slower-than", "1"), std::nullopt);
  EXPECT_TRUE(server.slowlog.wants(1000));
  EXPECT_EQ(set("latency-monitor-threshold", "7"), std::nullopt);
  EXPECT_EQ(server.latency.threshold_ms(), 7);
}

TEST_F(ServerTest, HasARunIdOfItsOwn) {
  config::Config other_config(default_settings(), "");
  libcache::Cache other_cache(test::cache_options(other_config.settings(), clock));
  const Server other(other_config, other_cache, all_families());
  EXPECT_THAT(server.run_id, testing::MatchesRegex("[0-9a-f]{40}"));
  EXPECT_NE(server.run_id, other.run_id);
}

TEST_F(ServerTest, TellsTheTimeInMicroseconds) {
  EXPECT_EQ(server.now_us(), clock.now_ms() * 1000);
}

TEST(PolicyNames, AreThoseOfRedisAndTwoMore) {
  for (const std::string_view name :
       {"noeviction", "allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-lru",
        "volatile-lfu", "volatile-random", "volatile-ttl", "allkeys-s3fifo", "volatile-s3fifo"}) {
    const auto policy = policy_of(name);
    ASSERT_TRUE(policy.has_value()) << name;
    EXPECT_EQ(policy_name(*policy), name);
  }
  EXPECT_EQ(policy_of("best"), std::nullopt);
}

}  // namespace
}  // namespace sideline::command
