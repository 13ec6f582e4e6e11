#include "server/admin/exposition.h"

#include <string>

#include <gmock/gmock.h>

#include "tests/support/command_fixture.h"

namespace sideline::admin {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ExpositionTest : public test::CommandFixture {
 protected:
  using CommandFixture::CommandFixture;

  std::string text() { return exposition(command::info_facts(server), Exposition::kText); }
  std::string open_metrics() {
    return exposition(command::info_facts(server), Exposition::kOpenMetrics);
  }
  /// The value of a sample, with its labels; empty if it is not there.
  std::string sample(const std::string& name) { return sample(command::info_facts(server), name); }
  static std::string sample(const command::InfoFacts& facts, const std::string& name) {
    const std::string all = exposition(facts, Exposition::kText);
    const std::size_t at = all.find("\n" + name + " ");
    if (at == std::string::npos) return {};
    const std::size_t value = at + name.size() + 2;
    return all.substr(value, all.find('\n', value) - value);
  }
};

class ObservedExposition : public ExpositionTest {
 protected:
  static config::Settings observed() {
    config::Settings settings = default_settings();
    settings.metrics_prefix = {"user:", "a\"b\\c\nd\xff"};
    settings.metrics_miss_reasons = true;
    return settings;
  }

  ObservedExposition() : ExpositionTest(observed()) {}
};

TEST_F(ExpositionTest, TextNamesAFamilyAsItsSamples) {
  EXPECT_THAT(text(), HasSubstr("# TYPE sideline_hits_total counter\n"
                                "# HELP sideline_hits_total Reads that found their key.\n"
                                "sideline_hits_total 0\n"));
  EXPECT_THAT(text(), Not(HasSubstr("# UNIT")));
  EXPECT_THAT(text(), Not(HasSubstr("# EOF")));
}

TEST_F(ExpositionTest, OpenMetricsNamesAFamilyWithoutTheSuffixOfItsType) {
  EXPECT_THAT(open_metrics(), HasSubstr("# TYPE sideline_hits counter\n"
                                        "# HELP sideline_hits Reads that found their key.\n"
                                        "sideline_hits_total 0\n"));
  EXPECT_THAT(open_metrics(), HasSubstr("# TYPE sideline_build info\n"));
  EXPECT_THAT(open_metrics(), HasSubstr("\nsideline_build_info{version="));
  EXPECT_THAT(open_metrics(), HasSubstr("# TYPE sideline_memory_limit_bytes gauge\n"
                                        "# UNIT sideline_memory_limit_bytes bytes\n"));
  EXPECT_THAT(open_metrics(), EndsWith("\n# EOF\n"));
}

TEST_F(ExpositionTest, AnInfoIsAGaugeInText) {
  EXPECT_THAT(text(), HasSubstr("# TYPE sideline_build_info gauge\n"));
}

TEST_F(ExpositionTest, WholeNumbersAreWrittenInFull) {
  EXPECT_EQ(sample("sideline_memory_limit_bytes"), std::to_string(std::size_t{64} << 20));
}

TEST_F(ExpositionTest, CountsReads) {
  run({"SET", "k", "v"});
  run({"GET", "k"});
  run({"GET", "k"});
  run({"GET", "k"});
  run({"GET", "none"});
  EXPECT_EQ(sample("sideline_hits_total"), "3");
  EXPECT_EQ(sample("sideline_misses_total"), "1");
  EXPECT_EQ(sample("sideline_sets_total"), "1");
  EXPECT_EQ(sample(R"(sideline_hit_ratio{window="1m"})"), "0.75");
}

TEST_F(ExpositionTest, ARatioOfNothingIsNone) {
  EXPECT_EQ(sample(R"(sideline_hit_ratio{window="60m"})"), "NaN");
}

TEST_F(ExpositionTest, HasTheMemoryByKindThatAddsUpToWhatIsUsed) {
  run({"SET", "k", "v"});
  const double sum = std::stod(sample(R"(sideline_memory_bytes{kind="items"})")) +
                     std::stod(sample(R"(sideline_memory_bytes{kind="large_values"})")) +
                     std::stod(sample(R"(sideline_memory_bytes{kind="index"})")) +
                     std::stod(sample(R"(sideline_memory_bytes{kind="overhead"})"));
  EXPECT_EQ(sum, static_cast<double>(cache.memory()));
}

TEST_F(ExpositionTest, TellsWhenTheCertificateEndsIfThereIsOne) {
  EXPECT_THAT(text(), Not(HasSubstr("sideline_tls_certificate")));
  server.certificate_expiry_ms = 1'700'000'000'500;
  EXPECT_EQ(sample("sideline_tls_certificate_end_timestamp_seconds"), "1700000000.5");
}

TEST_F(ExpositionTest, TellsHowHandshakesEnd) {
  server.tls_handshakes_under_way = 3;
  server.tls_handshakes_done = 20;
  server.tls_handshakes_failed = 1;
  EXPECT_EQ(sample("sideline_tls_handshakes_under_way"), "3");
  EXPECT_EQ(sample(R"(sideline_tls_handshakes_total{result="done"})"), "20");
  EXPECT_EQ(sample(R"(sideline_tls_handshakes_total{result="failed"})"), "1");
}

TEST_F(ExpositionTest, TellsWhoIsConnectedAndWhatTheNetworkMoves) {
  server.connections_received = 7;
  server.connections_rejected = 2;
  server.traffic.record_read(0, 100);
  server.traffic.record_writes(0, 1, 200);
  EXPECT_EQ(sample("sideline_connections_received_total"), "7");
  EXPECT_EQ(sample("sideline_connections_rejected_total"), "2");
  EXPECT_EQ(sample("sideline_network_received_bytes_total"), "100");
  EXPECT_EQ(sample("sideline_network_sent_bytes_total"), "200");
}

TEST_F(ExpositionTest, TellsWhatClientsHold) {
  client(0).client->query_buffer_size = 100;
  client(1).client->output_size = 23;
  client(2).client->paused = true;
  run({"CONFIG", "SET", "maxclients", "500"});
  EXPECT_EQ(sample("sideline_connections"), "3");
  EXPECT_EQ(sample("sideline_connections_limit"), "500");
  EXPECT_EQ(sample("sideline_client_buffer_bytes"), "123");
  EXPECT_EQ(sample("sideline_paused_clients"), "1");
}

TEST_F(ExpositionTest, CountsWhatIsTakenAway) {
  run({"SET", "erased", "v"});
  run({"DEL", "erased"});
  EXPECT_EQ(sample("sideline_erases_total"), "1");
  EXPECT_EQ(sample("sideline_evictions_total"), "0");
  run({"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
  const std::string large(std::size_t{8} << 20, 'x');
  for (int i = 0; i < 12; ++i) run({"SET", std::to_string(i), large});  // of which 64 MiB hold 7
  const int evictions = std::stoi(sample("sideline_evictions_total"));
  EXPECT_EQ(std::to_string(12 - evictions), sample(R"(sideline_keys{db="0"})"));
  EXPECT_GE(evictions, 5);
}

TEST_F(ExpositionTest, TellsTheBytesOfTheDataAndThePeak) {
  run({"SET", "four", "sixsix"});
  EXPECT_EQ(sample("sideline_key_bytes"), "4");
  EXPECT_EQ(sample("sideline_value_bytes"), "6");
  run({"SET", "large", std::string(std::size_t{8} << 20, 'x')});
  run({"DEL", "large"});
  EXPECT_GE(std::stoull(sample("sideline_memory_peak_bytes")), std::size_t{8} << 20);
  EXPECT_LT(cache.memory(), std::size_t{8} << 20);
}

TEST_F(ExpositionTest, CountsFailuresDenialsAndSlowCommands) {
  run({"CONFIG", "SET", "slowlog-log-slower-than", "-1"});  // none, however long it takes
  run({"SET", "k", "text"});
  run({"INCR", "k"});
  EXPECT_EQ(sample(R"(sideline_command_failures_total{command="incr"})"), "1");
  run({"ACL", "SETUSER", "reader", "on", ">secret", "+get", "~allowed"});
  run(client(1), {"AUTH", "reader", "wrong"});
  run(client(1), {"AUTH", "reader", "secret"});
  run(client(1), {"SET", "allowed", "v"});
  run(client(1), {"GET", "k"});
  run(client(1), {"GET", "l"});
  EXPECT_EQ(sample(R"(sideline_acl_denials_total{reason="auth"})"), "1");
  EXPECT_EQ(sample(R"(sideline_acl_denials_total{reason="command"})"), "1");
  EXPECT_EQ(sample(R"(sideline_acl_denials_total{reason="key"})"), "2");
  EXPECT_EQ(sample("sideline_slowlog_entries"), "0");
  run({"CONFIG", "SET", "slowlog-log-slower-than", "0"});  // itself the first
  EXPECT_EQ(sample("sideline_slowlog_entries"), "1");
}

TEST_F(ExpositionTest, TellsOfSnapshots) {
  const auto unsaved = [this] { return sample("sideline_snapshot_unsaved_changes"); };
  EXPECT_EQ(sample("sideline_snapshots_total"), "0");
  EXPECT_EQ(sample("sideline_snapshot_last_success_timestamp_seconds"),
            std::to_string(clock.now_ms() / 1000));
  EXPECT_EQ(sample("sideline_snapshot_last_duration_seconds"), "") << "there was none";
  run({"SET", "a", "v"});
  run({"SET", "b", "v"});
  EXPECT_EQ(unsaved(), "2");
  clock.advance_ms(60'000);
  EXPECT_EQ(run({"SAVE"}), "+OK\r\n");
  EXPECT_EQ(unsaved(), "0");
  EXPECT_EQ(sample("sideline_snapshots_total"), "1");
  EXPECT_EQ(sample("sideline_snapshot_last_success_timestamp_seconds"),
            std::to_string(clock.now_ms() / 1000));
  run({"CONFIG", "SET", "save", "60 1 3600 1"});
  EXPECT_EQ(sample("sideline_snapshot_rules"), "2");
}

TEST_F(ExpositionTest, TellsOfSnapshotsInTheBackground) {
  command::InfoFacts facts = command::info_facts(server);
  EXPECT_EQ(sample(facts, "sideline_snapshot_in_progress"), "0");
  EXPECT_EQ(sample(facts, "sideline_snapshot_last_ok"), "1");
  facts.snapshots.background_since_s = 0;
  facts.snapshots.last_background_seconds = 4;
  facts.snapshots.last_background_ok = false;
  EXPECT_EQ(sample(facts, "sideline_snapshot_in_progress"), "1");
  EXPECT_EQ(sample(facts, "sideline_snapshot_last_duration_seconds"), "4");
  EXPECT_EQ(sample(facts, "sideline_snapshot_last_ok"), "0");
}

TEST_F(ExpositionTest, TellsOfALoad) {
  run({"SET", "a", "v"});
  run({"SET", "b", "v"});
  EXPECT_EQ(run({"SAVE"}), "+OK\r\n");
  EXPECT_EQ(sample("sideline_loaded_keys"), "0");
  ASSERT_EQ(snapshots.reload(), persist::Snapshots::Outcome::kDone);
  EXPECT_EQ(sample("sideline_loaded_keys"), "2");
  EXPECT_EQ(sample("sideline_loading"), "0");
  server.obstacles = persist::kLoadingBeside;
  EXPECT_EQ(sample("sideline_loading"), "1");
  server.obstacles = persist::kLoadingFirst;
  EXPECT_EQ(sample("sideline_loading"), "1");
}

TEST_F(ExpositionTest, TellsOfTheProcess) {
  command::InfoFacts facts = command::info_facts(server);
  facts.process.resident_bytes = 1234;
  facts.process.cpu_user_seconds = 1.5;
  facts.process.cpu_system_seconds = 0.25;
  EXPECT_EQ(sample(facts, "process_resident_memory_bytes"), "1234");
  EXPECT_EQ(sample(facts, "process_cpu_seconds_total"), "1.75");
  EXPECT_EQ(sample(facts, "process_start_time_seconds"), std::to_string(server.started_ms / 1000));
  EXPECT_EQ(sample(facts, "sideline_io_threads"), std::to_string(server.threads));
}

TEST_F(ExpositionTest, TellsTheEvictionPolicy) {
  run({"CONFIG", "SET", "maxmemory-policy", "allkeys-s3fifo"});
  EXPECT_EQ(sample(R"(sideline_eviction_policy_info{policy="allkeys-s3fifo"})"), "1");
}

TEST_F(ExpositionTest, RanksTheHottestKeys) {
  EXPECT_THAT(text(), Not(HasSubstr("sideline_hot_key")));
  for (int i = 0; i < 3; ++i) run({"GET", "hot"});
  run({"GET", "cool"});
  const double first = std::stod(sample(R"(sideline_hot_key_accesses_per_second{rank="1"})"));
  const double second = std::stod(sample(R"(sideline_hot_key_accesses_per_second{rank="2"})"));
  EXPECT_NEAR(first, 3 * second, first / 100);
}

TEST_F(ExpositionTest, EstimatesTheHitRatioOfOtherLimitsAndPolicies) {
  EXPECT_THAT(text(), Not(HasSubstr("sideline_estimated_hit_ratio{")));
  run({"SET", "k", "v"});
  run({"GET", "k"});
  EXPECT_EQ(sample(R"(sideline_estimated_hit_ratio{policy="allkeys-lru",size="0.25"})"), "1");
  EXPECT_EQ(sample(R"(sideline_estimated_hit_ratio{policy="allkeys-random",size="4"})"), "1");
  EXPECT_EQ(sample("sideline_estimated_hit_ratio_sampled_keys"), "1");
}

TEST_F(ExpositionTest, CountsTheKeysOfEachDatabase) {
  run({"SELECT", "3"});
  run({"SET", "a", "v"});
  run({"SET", "b", "v", "EX", "10"});
  EXPECT_EQ(sample(R"(sideline_keys{db="0"})"), "0");
  EXPECT_EQ(sample(R"(sideline_keys{db="3"})"), "2");
  EXPECT_EQ(sample(R"(sideline_keys_with_deadline{db="3"})"), "1");
}

TEST_F(ExpositionTest, TheLagOfExpiriesIsASummary) {
  run({"SET", "a", "v", "PX", "100"});
  run({"SET", "b", "v", "PX", "100"});
  pass_ms(1350);
  EXPECT_THAT(text(), HasSubstr("# TYPE sideline_expiry_lag_seconds summary\n"));
  EXPECT_EQ(sample("sideline_expiry_lag_seconds_count"), "2");
  EXPECT_EQ(sample("sideline_expiry_lag_seconds_sum"), "2.5");
  EXPECT_EQ(sample("sideline_expiries_total"), "2");
}

TEST_F(ExpositionTest, HasTheCommandsThatWereUsed) {
  run({"GET", "k"});
  run({"GET"});
  run({"INCR", "k", "x"});
  run({"CONFIG", "GET", "port"});
  EXPECT_EQ(sample(R"(sideline_commands_total{command="get"})"), "1");
  EXPECT_EQ(sample(R"(sideline_command_rejections_total{command="get"})"), "1");
  EXPECT_EQ(sample(R"(sideline_commands_total{command="incr"})"), "0");
  EXPECT_EQ(sample(R"(sideline_commands_total{command="config|get"})"), "1");
  EXPECT_EQ(sample(R"(sideline_error_replies_total{code="ERR"})"), "2");
  EXPECT_THAT(text(), Not(HasSubstr("command=\"append\"")));
}

TEST_F(ExpositionTest, TheBucketsOfAHistogramAddUp) {
  server.command_stats.record_call(0, 0, 600, false);
  server.command_stats.record_call(0, 0, 40'000, false);
  server.command_stats.record_call(0, 0, 2'000'000'000, false);
  const std::string name(server.table.row(0).full_name);
  const auto bucket = [&](const std::string& le) {
    return sample("sideline_command_duration_seconds_bucket{command=\"" + name + "\",le=\"" + le +
                  "\"}");
  };
  EXPECT_EQ(bucket("5e-07"), "0");
  EXPECT_EQ(bucket("1e-06"), "1");
  EXPECT_EQ(bucket("5e-05"), "2");
  EXPECT_EQ(bucket("0.1"), "2");
  EXPECT_EQ(bucket("+Inf"), "3");
  const std::string labels = "{command=\"" + name + "\"}";
  EXPECT_EQ(sample("sideline_command_duration_seconds_count" + labels), "3");
  EXPECT_EQ(sample("sideline_command_duration_seconds_sum" + labels), "2.0000406");
}

TEST_F(ExpositionTest, TellsWhetherItIsReady) {
  EXPECT_EQ(sample("sideline_ready"), "1");
  server.stopping = true;
  EXPECT_EQ(sample("sideline_ready"), "0");
}

TEST_F(ExpositionTest, AFamilyWithoutSamplesIsNotShown) {
  EXPECT_THAT(text(), Not(HasSubstr("sideline_misses_by_reason_total")));
  EXPECT_THAT(text(), Not(HasSubstr("sideline_prefix_")));
}

TEST_F(ObservedExposition, CountsMissesByReason) {
  run({"GET", "k"});
  run({"SET", "k", "v", "PX", "10"});
  pass_ms(10);
  run({"GET", "k"});
  run({"SET", "k", "v"});
  run({"DEL", "k"});
  run({"GET", "k"});
  EXPECT_EQ(sample(R"(sideline_misses_by_reason_total{reason="cold"})"), "1");
  EXPECT_EQ(sample(R"(sideline_misses_by_reason_total{reason="expired"})"), "1");
  EXPECT_EQ(sample(R"(sideline_misses_by_reason_total{reason="erased"})"), "1");
  EXPECT_EQ(sample(R"(sideline_misses_by_reason_total{reason="evicted"})"), "0");
}

TEST_F(ObservedExposition, CountsByPrefix) {
  run({"SET", "user:1", "abc"});
  run({"GET", "user:1"});
  run({"GET", "user:2"});
  run({"GET", "other"});
  EXPECT_EQ(sample(R"(sideline_prefix_hits_total{prefix="user:"})"), "1");
  EXPECT_EQ(sample(R"(sideline_prefix_misses_total{prefix="user:"})"), "1");
  EXPECT_EQ(sample(R"(sideline_prefix_sets_total{prefix="user:"})"), "1");
  EXPECT_EQ(sample(R"(sideline_prefix_keys{prefix="user:"})"), "1");
  EXPECT_EQ(sample(R"(sideline_prefix_data_bytes{prefix="user:"})"), "9");
}

TEST_F(ObservedExposition, LabelsAreEscaped) {
  EXPECT_EQ(sample(R"(sideline_prefix_hits_total{prefix="a\"b\\\\c\nd\\xff"})"), "0");
}

TEST(ContentType, SaysWhichFormatItIs) {
  EXPECT_THAT(content_type(Exposition::kText), StartsWith("text/plain; version=0.0.4;"));
  EXPECT_THAT(content_type(Exposition::kOpenMetrics),
              StartsWith("application/openmetrics-text; version=1.0.0;"));
}

}  // namespace
}  // namespace sideline::admin
