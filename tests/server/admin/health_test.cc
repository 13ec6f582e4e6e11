#include "server/admin/health.h"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>

#include "server/version.h"
#include "tests/support/command_fixture.h"

namespace sideline::admin {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Health : public test::CommandFixture {
 protected:
  std::vector<std::string_view> reasons() {
    std::vector<std::string_view> found;
    for (const Hindrance& each : hindrances(server)) found.push_back(each.reason);
    return found;
  }

  /// Stores the keys 0, 1, ... until one is refused; how many are stored.
  int fill() {
    const std::string value(1000, 'x');
    int stored = 0;
    while (run({"SET", std::to_string(stored), value}) == "+OK\r\n") ++stored;
    return stored;
  }
};

TEST_F(Health, NothingHindersAServerThatServes) { EXPECT_THAT(reasons(), IsEmpty()); }

TEST_F(Health, LoadingHindersWhileClientsWaitForIt) {
  server.obstacles = persist::kLoadingFirst;
  EXPECT_THAT(reasons(), ElementsAre("loading"));
}

TEST_F(Health, LoadingBesideClientsDoesNot) {
  server.obstacles = persist::kLoadingBeside;
  EXPECT_THAT(reasons(), IsEmpty());
}

TEST_F(Health, StoppingHinders) {
  server.stopping = true;
  EXPECT_THAT(reasons(), ElementsAre("stopping"));
}

TEST_F(Health, ASnapshotThatFailedHindersIfWritesAreRefusedForIt) {
  server.obstacles = persist::kCannotSave;
  EXPECT_EQ(run({"SET", "k", "v"}).substr(0, 8), "-MISCONF");
  EXPECT_THAT(reasons(), ElementsAre("cannot_save"));
}

TEST_F(Health, AFullCacheHindersIfNothingIsEvicted) {
  run({"CONFIG", "SET", "maxmemory-policy", "noeviction", "maxmemory", "1mb"});
  EXPECT_GT(fill(), 100);
  EXPECT_THAT(reasons(), ElementsAre("out_of_memory"));
  run({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
  EXPECT_THAT(reasons(), IsEmpty());
}

TEST_F(Health, ACacheThatTakesWritesYetDoesNotHinder) {
  constexpr std::size_t kFree = 12'288;  // more than one write takes, and less than a 64th
  run({"CONFIG", "SET", "maxmemory-policy", "noeviction", "maxmemory", "1mb"});
  const std::string value(1000, 'x');
  int stored = 0;
  for (; cache.memory() + kFree <= cache.max_memory(); ++stored) {
    ASSERT_THAT(reasons(), IsEmpty()) << cache.memory();
    ASSERT_EQ(run({"SET", std::to_string(stored), value}), "+OK\r\n");
  }
  EXPECT_GT(stored, 100);
}

TEST_F(Health, AFullCacheHindersIfNothingHasADeadlineThatAVolatilePolicyLooksFor) {
  run({"CONFIG", "SET", "maxmemory-policy", "volatile-lru", "maxmemory", "1mb"});
  EXPECT_GT(fill(), 100);
  EXPECT_THAT(reasons(), ElementsAre("out_of_memory"));
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(run({"EXPIRE", std::to_string(i), "100"}), ":1\r\n");
    EXPECT_THAT(reasons(), IsEmpty());
  }
  EXPECT_EQ(run({"SET", "one more", std::string(1000, 'x')}), "+OK\r\n");
}

TEST_F(Health, AsManyClientsAsMayBeHinder) {
  run({"CONFIG", "SET", "maxclients", "2"});
  EXPECT_THAT(reasons(), IsEmpty());
  client(1);
  EXPECT_THAT(reasons(), ElementsAre("maxclients"));
}

TEST_F(Health, TellsEveryReasonAsJson) {
  server.obstacles = persist::kLoadingFirst;
  server.stopping = true;
  clock.advance_ms(7500);
  const auto health = boost::json::parse(health_json(server, hindrances(server))).as_object();
  EXPECT_EQ(health.at("status"), "not ready");
  ASSERT_EQ(health.at("reasons").as_array().size(), 2U);
  EXPECT_EQ(health.at("reasons").at(0).at("reason"), "stopping");
  EXPECT_EQ(health.at("reasons").at(1).at("reason"), "loading");
  EXPECT_FALSE(health.at("reasons").at(1).at("detail").as_string().empty());
  EXPECT_EQ(std::string_view(health.at("version").as_string()), kVersion);
  EXPECT_EQ(health.at("uptime_seconds"), 7);
}

TEST_F(Health, HasNoReasonsIfItIsReady) {
  const auto health = boost::json::parse(health_json(server, {})).as_object();
  EXPECT_EQ(health.at("status"), "ready");
  EXPECT_FALSE(health.contains("reasons"));
}

}  // namespace
}  // namespace sideline::admin
