#include "server/admin/stats_json.h"

#include <string>

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>

#include "server/command/info/info_facts.h"
#include "tests/support/command_fixture.h"

namespace sideline::admin {
namespace {

namespace json = boost::json;

class StatsJson : public test::CommandFixture {
 protected:
  using CommandFixture::CommandFixture;

  /// What is at a path ("/reads/hits").
  json::value at(std::string_view path) {
    return json::parse(stats_json(command::info_facts(server))).at_pointer(path);
  }
};

class ObservedStatsJson : public StatsJson {
 protected:
  static config::Settings observed() {
    config::Settings settings = default_settings();
    settings.metrics_prefix = {"user:"};
    settings.metrics_miss_reasons = true;
    return settings;
  }

  ObservedStatsJson() : StatsJson(observed()) {}
};

TEST_F(StatsJson, AnEmptyServerHasNothingToDivideBy) {
  EXPECT_TRUE(at("/reads/hit_ratio/all").is_null());
  EXPECT_TRUE(at("/reads/hit_ratio/1m").is_null());
  EXPECT_TRUE(at("/reads/miss_reasons").is_null());
  EXPECT_TRUE(at("/keyspace/expiry_lag_seconds").is_null());
  EXPECT_EQ(at("/keyspace/databases"), json::array());
  EXPECT_EQ(at("/prefixes"), json::array());
  EXPECT_EQ(at("/server/ready"), true);
}

TEST_F(StatsJson, TellsOfReads) {
  run({"SET", "k", "v"});
  run({"GET", "k"});
  run({"GET", "none"});
  EXPECT_EQ(at("/reads/hits"), 1);
  EXPECT_EQ(at("/reads/misses"), 1);
  EXPECT_EQ(at("/reads/hit_ratio/all"), 0.5);
  EXPECT_EQ(at("/reads/hit_ratio/5m"), 0.5);
}

TEST_F(StatsJson, TellsOfTheCurve) {
  EXPECT_EQ(at("/miss_ratio_curve/reads"), 0);
  run({"SET", "k", "v"});
  run({"GET", "k"});
  EXPECT_EQ(at("/miss_ratio_curve/sizes"), (json::array{0.25, 0.5, 1.0, 2.0, 4.0}));
  EXPECT_EQ(at("/miss_ratio_curve/policies/0/policy"), "allkeys-lru");
  EXPECT_EQ(at("/miss_ratio_curve/policies/0/hit_ratio/4"), 1.0);
}

TEST_F(StatsJson, TellsOfHotKeys) {
  EXPECT_EQ(at("/hot_keys"), json::array());
  run({"GET", "k"});
  EXPECT_EQ(at("/hot_keys/0/key"), "k");
  EXPECT_EQ(at("/hot_keys/0/db"), 0);
  EXPECT_EQ(at("/hot_keys/0/share"), 1.0);
}

TEST_F(StatsJson, TellsFromWhenOnACommandIsSlow) {
  EXPECT_EQ(at("/slow_log_from_seconds"), 0.01);
  run({"CONFIG", "SET", "slowlog-log-slower-than", "-1"});
  EXPECT_TRUE(at("/slow_log_from_seconds").is_null());
}

TEST_F(StatsJson, TellsOfTheCertificate) {
  EXPECT_TRUE(at("/server/tls_certificate_days").is_null());
  server.certificate_expiry_ms = clock.now_ms() + 3 * 86'400'000 + 1;
  EXPECT_EQ(at("/server/tls_certificate_days"), 3);
}

TEST_F(StatsJson, TellsOfMemoryAndKeys) {
  run({"SET", "k", "v"});
  run({"SET", "l", "v", "EX", "100"});
  EXPECT_EQ(at("/memory/limit_bytes"), std::size_t{64} << 20);
  EXPECT_EQ(at("/memory/used_bytes"), cache.memory());
  EXPECT_EQ(at("/memory/policy"), "allkeys-lru");
  EXPECT_EQ(at("/memory/kinds").as_object().size(), 4U);
  EXPECT_EQ(at("/keyspace/keys"), 2);
  EXPECT_EQ(at("/keyspace/databases/0/keys_with_deadline"), 1);
}

TEST_F(StatsJson, TellsOfCommandsAndErrors) {
  run({"GET", "k"});
  run({"GET"});
  EXPECT_EQ(at("/commands/0/command"), "get");
  EXPECT_EQ(at("/commands/0/calls"), 1);
  EXPECT_EQ(at("/commands/0/rejected"), 1);
  EXPECT_GT(at("/commands/0/latency_seconds/p99").as_double(), 0);
  EXPECT_EQ(at("/errors/ERR"), 1);
}

TEST_F(StatsJson, TellsOfTheSlowLogWhateverBytesAreInIt) {
  run({"CONFIG", "SET", "slowlog-log-slower-than", "0"});
  run({"SET",
       "gr\xc3\xb6\xc3\x9f"
       "e",
       "\xff\"\n"});
  EXPECT_EQ(at("/slow_log/0/arguments/1"),
            "gr\xc3\xb6\xc3\x9f"
            "e");
  EXPECT_EQ(at("/slow_log/0/arguments/2"), "\\xff\"\n");
  EXPECT_EQ(at("/slow_log/0/client"), "127.0.0.1:50000");
}

TEST_F(StatsJson, TheAddressOfAClientMayBeAPathOfAnyBytes) {
  client(0).client->address = "/\xff:0";
  run({"CONFIG", "SET", "slowlog-log-slower-than", "0"});
  run({"PING"});
  EXPECT_EQ(at("/slow_log/0/client"), "/\\xff:0");
  EXPECT_EQ(at("/clients/list/0/address"), "/\\xff:0");
}

TEST_F(StatsJson, TheSlowLogIsBounded) {
  run({"CONFIG", "SET", "slowlog-log-slower-than", "0"});
  for (int i = 0; i < 100; ++i) run({"PING"});
  EXPECT_EQ(at("/slow_log").as_array().size(), 32U);
}

TEST_F(StatsJson, ShowsTheClientsThatHoldMost) {
  for (std::size_t i = 0; i < 150; ++i) client(i);
  client(120).client->output_size = 1'000'000;
  run(client(120), {"CLIENT", "SETNAME", "large"});
  EXPECT_EQ(at("/clients/connected"), 150);
  EXPECT_EQ(at("/clients/list").as_array().size(), 100U);
  EXPECT_EQ(at("/clients/list/0/name"), "large");
  EXPECT_EQ(at("/clients/list/0/output_bytes"), 1'000'000);
  EXPECT_EQ(at("/clients/list/0/command"), "client|setname");
}

TEST_F(StatsJson, TellsOfSnapshots) {
  EXPECT_TRUE(at("/snapshots/last_seconds").is_null());
  EXPECT_TRUE(at("/snapshots/saving_since_ms").is_null());
  EXPECT_EQ(at("/snapshots/last_ok"), true);
  run({"SET", "k", "v"});
  EXPECT_EQ(at("/snapshots/unsaved_changes"), 1);
}

TEST_F(StatsJson, TellsWhyItIsNotReady) {
  server.stopping = true;
  EXPECT_EQ(at("/server/ready"), false);
  EXPECT_EQ(at("/server/reasons/0/reason"), "stopping");
}

TEST_F(ObservedStatsJson, TellsOfPrefixesAndReasons) {
  run({"SET", "user:1", "abc"});
  run({"GET", "user:1"});
  run({"GET", "user:2"});
  EXPECT_EQ(at("/prefixes/0/prefix"), "user:");
  EXPECT_EQ(at("/prefixes/0/hits"), 1);
  EXPECT_EQ(at("/prefixes/0/sets"), 1);
  EXPECT_EQ(at("/prefixes/0/miss_reasons/cold"), 1);
  EXPECT_EQ(at("/reads/miss_reasons/cold"), 1);
}

}  // namespace
}  // namespace sideline::admin
