#include "server/command/info/info.h"

#include <unistd.h>

#include <map>

#include <gmock/gmock.h>

#include "server/command/info/info_format.h"
#include "server/config/letter_case.h"
#include "tests/support/command_fixture.h"

namespace sideline::command {
namespace {

using ::testing::ContainsRegex;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class InfoTest : public test::CommandFixture {
 protected:
  std::string info(std::vector<std::string_view> sections = {}) {
    sections.insert(sections.begin(), "INFO");
    const std::string bytes = run(client(0), sections);
    std::string_view rest = bytes;
    return test::parse_reply(rest).text;
  }

  /// The value of a field; empty if it is not shown.
  std::string field(std::string_view name, std::vector<std::string_view> sections = {}) {
    const std::string text = "\r\n" + info(std::move(sections));
    const std::string start = "\r\n" + std::string(name) + ":";
    const std::size_t begin = text.find(start);
    if (begin == std::string::npos) return {};
    const std::size_t value = begin + start.size();
    return text.substr(value, text.find('\r', value) - value);
  }

  std::vector<std::string> titles(std::vector<std::string_view> sections = {}) {
    std::vector<std::string> found;
    const std::string text = info(std::move(sections));
    for (std::size_t at = text.find("# "); at != std::string::npos; at = text.find("# ", at + 1)) {
      found.push_back(text.substr(at + 2, text.find('\r', at) - at - 2));
    }
    return found;
  }
};

TEST_F(InfoTest, ShowsTheDefaultSectionsInRedisOrder) {
  EXPECT_THAT(titles(), ElementsAre("Server", "Clients", "Memory", "Persistence", "Stats",
                                    "Replication", "CPU", "Modules", "Errorstats", "Cluster",
                                    "Keyspace", "Sideline", "Curve"));
}

TEST_F(InfoTest, ShowsOneSectionInAnyLetterCase) {
  EXPECT_THAT(titles({"memory"}), ElementsAre("Memory"));
  EXPECT_THAT(titles({"MEMORY"}), ElementsAre("Memory"));
}

TEST_F(InfoTest, ShowsSeveralSectionsOnceEachInItsOwnOrder) {
  EXPECT_THAT(titles({"cpu", "server", "cpu"}), ElementsAre("Server", "CPU"));
}

TEST_F(InfoTest, AllAndEverythingAddTheStatisticsOfCommands) {
  EXPECT_THAT(titles({"all"}), ::testing::IsSupersetOf({"Commandstats", "Latencystats", "Server"}));
  EXPECT_EQ(titles({"everything"}), titles({"all"}));
}

TEST_F(InfoTest, DefaultCanBeJoinedWithOtherSections) {
  std::vector<std::string> expected = titles();
  expected.insert(expected.begin() + 8, "Commandstats");
  EXPECT_EQ(titles({"default", "commandstats"}), expected);
}

TEST_F(InfoTest, AnUnknownSectionIsEmpty) { EXPECT_EQ(run({"INFO", "nosuch"}), "$0\r\n\r\n"); }

TEST_F(InfoTest, IsAVerbatimTextInResp3) {
  run({"HELLO", "3"});
  EXPECT_EQ(run({"INFO", "cluster"}), "=34\r\ntxt:# Cluster\r\ncluster_enabled:0\r\n\r\n");
}

TEST_F(InfoTest, ABlankLineStandsBetweenSections) {
  EXPECT_THAT(info({"cluster", "modules"}),
              HasSubstr("# Modules\r\n\r\n# Cluster\r\ncluster_enabled:0\r\n"));
}

TEST_F(InfoTest, EveryFieldHasANameOfItsOwnWithinAllSections) {
  std::map<std::string_view, int> seen;
  for (const InfoSection& section : info_sections()) {
    for (const InfoField& entry : section.fields) EXPECT_EQ(seen[entry.name]++, 0) << entry.name;
  }
}

TEST_F(InfoTest, EveryLineIsATitleOrAFieldOrBlank) {
  run({"SET", "k", "v"});
  std::string_view rest = "";
  const std::string text = info({"everything"});
  rest = text;
  while (!rest.empty()) {
    const std::string line(rest.substr(0, rest.find("\r\n")));
    rest.remove_prefix(line.size() + 2);
    EXPECT_TRUE(line.empty() || line.starts_with("# ") || line.find(':') != std::string::npos)
        << line;
  }
}

TEST_F(InfoTest, TellsWhichServerThisIs) {
  server.tcp_port = 12345;
  EXPECT_EQ(field("redis_version"), kRedisVersion);
  EXPECT_EQ(field("redis_mode"), "standalone");
  EXPECT_EQ(field("process_id"), std::to_string(getpid()));
  EXPECT_EQ(field("run_id"), server.run_id);
  EXPECT_EQ(field("tcp_port"), "12345");
  EXPECT_EQ(field("listener0"), "name=tcp,bind=127.0.0.1,bind=-::1,port=12345");
  EXPECT_THAT(field("os"), StartsWith("Linux "));
}

TEST_F(InfoTest, TellsThePortForTls) {
  server.tls_port = 6380;
  EXPECT_EQ(field("listener2"), "name=tls,bind=127.0.0.1,bind=-::1,port=6380");
  EXPECT_EQ(field("tcp_port"), "6380") << "if there is no other";
  server.tcp_port = 6379;
  EXPECT_EQ(field("tcp_port"), "6379");
}

TEST_F(InfoTest, TellsWhenTheCertificateExpires) {
  constexpr std::int64_t kDay = std::int64_t{24} * 60 * 60 * 1000;
  EXPECT_THAT(info({"sideline"}), Not(HasSubstr("tls_certificate")));
  const auto days_at = [this](std::int64_t ms_from_now) {
    server.certificate_expiry_ms = clock.now_ms() + ms_from_now;
    return field("tls_certificate_expires_in_days");
  };
  EXPECT_EQ(days_at(30 * kDay), "30");
  EXPECT_EQ(days_at(kDay - 1), "0");
  EXPECT_EQ(days_at(-1), "-1") << "it has expired";
  EXPECT_EQ(days_at(-kDay), "-1");
  EXPECT_EQ(days_at(-kDay - 1), "-2");
}

TEST_F(InfoTest, CountsTheSecondsSinceTheStart) {
  clock.advance_ms(25 * 60 * 60 * 1000 + 999);
  EXPECT_EQ(field("uptime_in_seconds"), "90000");
  EXPECT_EQ(field("uptime_in_days"), "1");
}

TEST_F(InfoTest, CountsTheClients) {
  client(2);
  EXPECT_EQ(field("connected_clients"), "3");
  EXPECT_EQ(field("maxclients"), "10000");
  EXPECT_EQ(field("blocked_clients"), "0");
}

TEST_F(InfoTest, ClientsThatWaitForAPauseAreBlocked) {
  client(1).client->paused = true;
  EXPECT_EQ(field("blocked_clients"), "1");
}

TEST_F(InfoTest, ShowsTheLargestBuffers) {
  client(1).client->query_buffer_size = 1000;
  client(2).client->output_size = 70;
  EXPECT_EQ(field("client_recent_max_input_buffer"), "1000");
  EXPECT_EQ(field("client_recent_max_output_buffer"), "70");
  EXPECT_EQ(field("mem_clients_normal"), "1070");
}

TEST_F(InfoTest, UsedMemoryIsWhatIsChargedToTheLimit) {
  run({"SET", "k", std::string(100000, 'x')});
  EXPECT_EQ(field("used_memory"), std::to_string(server.cache.memory()));
  EXPECT_GE(std::stoull(field("used_memory_dataset")), 100000);
  EXPECT_EQ(std::stoull(field("used_memory_dataset")) + std::stoull(field("used_memory_overhead")),
            server.cache.memory());
}

TEST_F(InfoTest, TheProcessIsLargerThanNothing) {
  EXPECT_GT(std::stoull(field("used_memory_rss")), 1000000);
  EXPECT_GT(std::stoull(field("total_system_memory")), std::stoull(field("used_memory_rss")));
}

TEST_F(InfoTest, ShowsTheLimitAndThePolicy) {
  EXPECT_EQ(field("maxmemory"), "67108864");
  EXPECT_EQ(field("maxmemory_human"), "64.00M");
  EXPECT_EQ(field("maxmemory_policy"), "allkeys-lru");
  run({"CONFIG", "SET", "maxmemory", "32mb", "maxmemory-policy", "noeviction"});
  EXPECT_EQ(field("maxmemory"), "33554432");
  EXPECT_EQ(field("maxmemory_policy"), "noeviction");
}

TEST_F(InfoTest, CountsCommandsHitsAndMisses) {
  run({"SET", "k", "v"});
  run({"GET", "k"});
  run({"GET", "missing"});
  EXPECT_EQ(field("total_commands_processed"), "3");
  EXPECT_EQ(field("keyspace_hits"), "1");
  EXPECT_EQ(field("keyspace_misses"), "1");
}

TEST_F(InfoTest, CountsExpiredKeys) {
  run({"SET", "k", "v", "PX", "10"});
  clock.advance_ms(11);
  run({"GET", "k"});
  EXPECT_EQ(field("expired_keys"), "1");
}

TEST_F(InfoTest, CountsTheRequestsThatWroteWhateverIsReset) {
  run({"SET", "k", "v"});
  run({"GET", "k"});
  run({"INCR", "k"});
  run({"CONFIG", "RESETSTAT"});
  run({"DEL", "k"});
  EXPECT_EQ(field("rdb_changes_since_last_save"), "2");
}

TEST_F(InfoTest, ShowsTheNetworkCounters) {
  server.connections_received = 5;
  server.connections_rejected = 2;
  for (int i = 0; i < 30; ++i) server.traffic.record_read(0, 10);
  server.traffic.record_writes(0, 40, 400);
  EXPECT_EQ(field("total_connections_received"), "5");
  EXPECT_EQ(field("rejected_connections"), "2");
  EXPECT_EQ(field("total_net_input_bytes"), "300");
  EXPECT_EQ(field("total_net_output_bytes"), "400");
  EXPECT_EQ(field("total_reads_processed"), "30");
  EXPECT_EQ(field("total_writes_processed"), "40");
}

TEST_F(InfoTest, ShowsHowManyCommandsRunASecond) {
  EXPECT_EQ(field("instantaneous_ops_per_sec"), "0");
  server.sample_rates();
  for (int i = 0; i < 16; ++i) {
    for (int j = 0; j < 10; ++j) run({"PING"});
    server.traffic.record_read(0, 1024);
    clock.advance_ms(100);
    server.sample_rates();
  }
  EXPECT_EQ(field("instantaneous_ops_per_sec"), "100");
  EXPECT_EQ(field("instantaneous_input_kbps"), "10.00");
}

TEST_F(InfoTest, IsAMasterWithoutReplicas) {
  EXPECT_EQ(field("role"), "master");
  EXPECT_EQ(field("connected_slaves"), "0");
}

TEST_F(InfoTest, HasAReplicationIdOfItsOwn) {
  EXPECT_THAT(field("master_replid"), ContainsRegex("^[0-9a-f]{40}$"));
  EXPECT_NE(field("master_replid"), server.run_id);
  EXPECT_EQ(field("master_replid2"), std::string(40, '0'));
}

TEST_F(InfoTest, TheMemoryAtTheStartIsThatOfAnEmptyCache) {
  const std::string at_start = field("used_memory");
  run({"SET", "k", std::string(100000, 'x')});
  EXPECT_EQ(field("used_memory_startup"), at_start);
}

TEST_F(InfoTest, TheMainThreadIsAPartOfTheProcess) {
  EXPECT_LE(std::stod(field("used_cpu_user_main_thread")),
            std::stod(field("used_cpu_user")) + 0.02);
  EXPECT_GE(std::stod(field("used_cpu_sys_main_thread")), 0);
}

TEST_F(InfoTest, ShowsWhatTheHitRatioWouldBe) {
  EXPECT_EQ(field("curve_enabled"), "1");
  EXPECT_EQ(field("curve_reads"), "0");
  EXPECT_EQ(field("curve_lru"), "") << "nothing is known yet";
  run({"SET", "k", "v"});
  for (int i = 0; i < 3; ++i) run({"GET", "k"});
  run({"GET", "x"});
  EXPECT_EQ(field("curve_reads"), "4");
  EXPECT_EQ(field("curve_sampled_keys"), "1");
  EXPECT_EQ(field("curve_sampling_rate"), "1.000000");
  EXPECT_EQ(field("curve_memory"), std::to_string(cache.stats().curve->memory));
  EXPECT_EQ(field("curve_actual_hit_ratio"), "0.7500");
  for (const std::string_view name : {"curve_lru", "curve_s3fifo", "curve_lfu", "curve_random"}) {
    EXPECT_EQ(field(name), "0.25=0.7500,0.5=0.7500,1=0.7500,2=0.7500,4=0.7500") << name;
  }
  run({"CONFIG", "SET", "maxmemory", "0"});
  EXPECT_EQ(info({"curve"}), "# Curve\r\ncurve_enabled:0\r\n");
}

TEST_F(InfoTest, CountsErrorsByTheirCode) {
  run({"NOSUCH"});
  run({"SET", "k"});
  EXPECT_EQ(field("errorstat_ERR"), "count=2");
  EXPECT_EQ(field("total_error_replies"), "2");
}

TEST_F(InfoTest, ShowsCallsAndFailuresOfEachCommandThatWasUsed) {
  run({"SET", "k", "v"});
  run({"INCR", "k"});
  run({"GET"});
  EXPECT_THAT(field("cmdstat_set", {"commandstats"}),
              ContainsRegex("^calls=1,usec=[0-9]+,usec_per_call=[0-9.]+,rejected_calls=0,"
                            "failed_calls=0$"));
  EXPECT_THAT(field("cmdstat_incr", {"commandstats"}), HasSubstr("failed_calls=1"));
  EXPECT_EQ(field("cmdstat_get", {"commandstats"}),
            "calls=0,usec=0,usec_per_call=0.00,rejected_calls=1,failed_calls=0");
  EXPECT_EQ(field("cmdstat_del", {"commandstats"}), "");
}

TEST_F(InfoTest, ASubcommandIsCountedUnderItsFullName) {
  run({"CONFIG", "GET", "port"});
  EXPECT_THAT(field("cmdstat_config|get", {"commandstats"}), StartsWith("calls=1,"));
}

TEST_F(InfoTest, ShowsPercentilesInMicroseconds) {
  const std::size_t get = server.table.find_command("get")->index;
  for (int i = 0; i < 99; ++i) server.command_stats.record_call(0, get, 200, false);
  server.command_stats.record_call(0, get, 100'000, false);
  EXPECT_EQ(field("latency_percentiles_usec_get", {"latencystats"}),
            "p50=0.200,p99=0.200,p99.9=100.351");
}

TEST_F(InfoTest, ShowsTheDatabasesThatHaveKeys) {
  run({"SET", "a", "1"});
  run({"SET", "b", "2", "PX", "5000"});
  run({"SELECT", "3"});
  run({"SET", "c", "3"});
  EXPECT_EQ(
      info({"keyspace"}),
      "# Keyspace\r\ndb0:keys=2,expires=1,avg_ttl=5000\r\ndb3:keys=1,expires=0,avg_ttl=0\r\n");
}

TEST_F(InfoTest, TheMeanTimeToLiveOfTheLatestDeadlinesIsOneOfThem) {
  const std::string latest = std::to_string(INT64_MAX);
  for (int i = 0; i < 20; ++i) run({"SET", std::to_string(i), "v", "PXAT", latest});
  EXPECT_EQ(field("db0"),
            "keys=20,expires=20,avg_ttl=" + std::to_string(INT64_MAX - clock.now_ms()));
}

TEST_F(InfoTest, ShowsItsOwnMemoryByKind) {
  run({"SET", "k", "v"});
  EXPECT_EQ(field("cache_entries"), "1");
  EXPECT_EQ(field("cache_key_bytes"), "1");
  EXPECT_EQ(field("cache_value_bytes"), "1");
  EXPECT_GT(std::stoull(field("cache_index_memory")), 0);
}

TEST(InfoFormat, PrintsDecimalsWithFixedDigits) {
  EXPECT_EQ(decimal(0, 2), "0.00");
  EXPECT_EQ(decimal(1.005e3, 2), "1005.00");
  EXPECT_EQ(decimal(2.5, 0), "2");
}

TEST(InfoFormat, PrintsBytesForPeople) {
  EXPECT_EQ(human_bytes(0), "0B");
  EXPECT_EQ(human_bytes(1023), "1023B");
  EXPECT_EQ(human_bytes(1024), "1.00K");
  EXPECT_EQ(human_bytes(1042680), "1018.24K");
  EXPECT_EQ(human_bytes(256ULL << 20), "256.00M");
  EXPECT_EQ(human_bytes(25276502016), "23.54G");
  EXPECT_EQ(human_bytes(1ULL << 40), "1.00T");
  EXPECT_EQ(human_bytes(UINT64_MAX), "16.00E");
}

}  // namespace
}  // namespace sideline::command
