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
#include "server/config/directives.h"
#include "server/config/password_hash.h"
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

TEST_F(ServerTest, ARefusedChangeLeavesTheDefaultUserItsPasswords) {
  config.on_change([](const config::Settings&, const config::Settings&) {
    return std::optional<std::string>("no");
  });
  EXPECT_EQ(run({"ACL", "SETUSER", "default", ">mine"}), "+OK\r\n");
  EXPECT_NE(set("requirepass", "x"), std::nullopt);
  EXPECT_FALSE(server.acl.default_user()->is_open());
  EXPECT_TRUE(server.acl.default_user()->accepts("mine"));
  EXPECT_FALSE(server.acl.default_user()->accepts("x"));
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

// --- Whose password ------------------------------------------------------------------------------

class RequiredPasswordTest : public ::testing::Test {
 protected:
  /// The default user of a server whose file has a directive for it and requires a password.
  bool accepts(std::string_view password, config::Source source) {
    config::Settings settings;
    settings.requirepass = config::password_hash("required");
    settings.users = {{.name = "default",
                       .rules = {"on", "#" + config::password_hash("named"), "+get"},
                       .origin = {config::Source::kFile, "f:1"}}};
    settings.io_threads = 1;
    const config::Origins origins = {{config::find_directive("requirepass"), {source, "there"}}};
    config::Config config(settings, folder.write("a.conf", "user default on >named +get\n"),
                          config::Change::kAtRunTime, origins);
    libcache::Cache cache(test::cache_options(settings, clock));
    const Server server(config, cache, all_families());
    EXPECT_EQ(config.rewrite(), std::nullopt);
    return server.acl.default_user()->accepts(password);
  }

  const test::TemporaryFolder folder;
  libcache::ManualClock clock;
};

TEST_F(RequiredPasswordTest, OfTheEnvironmentWinsOverAUserOfTheFileAndStaysThere) {
  EXPECT_TRUE(accepts("required", config::Source::kEnvironment));
  EXPECT_FALSE(accepts("named", config::Source::kEnvironment));
  EXPECT_EQ(folder.read("a.conf").find(config::password_hash("required")), std::string::npos);
}

TEST_F(RequiredPasswordTest, OfTheCommandLineWinsOverAUserOfTheFile) {
  EXPECT_TRUE(accepts("required", config::Source::kCommandLine));
  EXPECT_FALSE(accepts("named", config::Source::kCommandLine));
}

TEST_F(RequiredPasswordTest, OfTheFileDoesNotWinOverAUserOfTheFile) {
  EXPECT_TRUE(accepts("named", config::Source::kFile));
  EXPECT_FALSE(accepts("required", config::Source::kFile));
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
