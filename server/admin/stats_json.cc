#include "server/admin/stats_json.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "server/admin/health.h"
#include "server/admin/utf8.h"
#include "server/command/core/server.h"
#include "server/version.h"

namespace sideline::admin {
namespace {

namespace json = boost::json;
using Facts = const command::InfoFacts&;
using command::CommandStats;
using command::LatencyCounts;

constexpr std::size_t kSlowest = 32;
constexpr std::size_t kClients = 100;
constexpr std::size_t kHottest = 32;
constexpr double kNsPerSecond = 1e9;

json::value number_or_null(std::optional<double> value) {
  return value ? json::value(*value) : json::value();
}

json::value ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? json::value()
                    : json::value(static_cast<double>(part) / static_cast<double>(whole));
}

json::object server(Facts f) {
  json::array reasons;
  for (const Hindrance& each : hindrances(f.server))
    reasons.push_back({{"reason", each.reason}, {"detail", each.detail}});
  const std::optional<std::int64_t> days = f.certificate_days();
  return {{"version", kVersion},
          {"commit", kGitCommit},
          {"redis_version", command::kRedisVersion},
          {"run_id", f.server.run_id},
          {"process_id", f.process.process_id},
          {"tcp_port", f.server.tcp_port.load()},
          {"tls_port", f.server.tls_port.load()},
          {"tls_certificate_days", days == std::nullopt ? json::value() : json::value(*days)},
          {"io_threads", f.server.threads},
          {"uptime_seconds", (f.now_us / 1000 - f.server.started_ms) / 1000},
          {"cpu_seconds", f.process.cpu_user_seconds + f.process.cpu_system_seconds},
          {"ready", reasons.empty()},
          {"reasons", std::move(reasons)}};
}

json::value miss_reasons(Facts f, const libcache::MissReasons& reasons) {
  if (!f.settings.metrics_miss_reasons) return nullptr;
  return {{"cold", reasons.cold},
          {"erased", reasons.erased},
          {"expired", reasons.expired},
          {"evicted", reasons.evicted}};
}

json::object reads(Facts f) {
  using std::chrono::minutes;
  const libcache::ShardStats& total = f.stats.total;
  return {{"hits", total.hits},
          {"misses", total.misses},
          {"miss_reasons", miss_reasons(f, total.miss_reasons)},
          {"hit_ratio",
           {{"all", ratio(total.hits, total.hits + total.misses)},
            {"1m", number_or_null(f.hit_ratio(minutes(1)))},
            {"5m", number_or_null(f.hit_ratio(minutes(5)))},
            {"60m", number_or_null(f.hit_ratio(minutes(60)))}}}};
}

json::object curve_of(Facts f, std::size_t policy) {
  json::array ratios;
  for (const double ratio : f.stats.curve->hit_ratio[policy]) ratios.push_back(ratio);
  return {{"policy", command::policy_name(libcache::MissRatioCurve::kPolicies[policy])},
          {"hit_ratio", std::move(ratios)}};
}

/// Null if it is not estimated.
json::value curve(Facts f) {
  using libcache::MissRatioCurve;
  if (!f.stats.curve) return nullptr;
  json::array sizes;
  for (const double size : MissRatioCurve::kSizes) sizes.push_back(size);
  json::array policies;
  for (std::size_t policy = 0; policy != MissRatioCurve::kPolicies.size(); ++policy) {
    policies.push_back(curve_of(f, policy));
  }
  return {{"sizes", std::move(sizes)},
          {"policies", std::move(policies)},
          {"actual_hit_ratio", f.stats.curve->actual_hit_ratio},
          {"reads", f.stats.curve->reads},
          {"sampled_keys", f.stats.curve->keys}};
}

json::array hot_keys(Facts f) {
  json::array all;
  for (const auto& each : f.server.hot_keys.hottest(kHottest, f.now_us / 1000)) {
    all.push_back({{"key", utf8(each.key)},
                   {"db", each.database},
                   {"per_second", each.per_second},
                   {"error", each.error},
                   {"share", each.share}});
  }
  return all;
}

json::object throughput(Facts f) {
  const command::Rates::PerSecond rates = f.server.rates.per_second();
  const command::Traffic::Totals moved = f.server.traffic.totals();
  return {{"commands", f.server.command_stats.calls()},
          {"commands_per_second", rates.commands},
          {"input_bytes", moved.input_bytes},
          {"input_bytes_per_second", rates.input_bytes},
          {"output_bytes", moved.output_bytes},
          {"output_bytes_per_second", rates.output_bytes}};
}

json::object memory(Facts f) {
  const libcache::ShardStats& total = f.stats.total;
  return {{"limit_bytes", f.stats.max_memory},
          {"policy", command::policy_name(f.server.cache.policy())},
          {"used_bytes", f.used_memory()},
          {"peak_bytes", f.stats.peak_memory},
          {"resident_bytes", f.process.resident_bytes},
          {"client_buffer_bytes", f.clients.buffer_bytes},
          {"kinds",
           {{"items", total.item_memory},
            {"large_values", total.large_memory},
            {"index", total.index_memory},
            {"overhead", total.overhead_memory}}},
          {"key_bytes", total.key_bytes},
          {"value_bytes", total.value_bytes}};
}

json::array databases(Facts f) {
  json::array all;
  for (int database = 0; database < f.server.databases; ++database) {
    const std::size_t keys = f.server.cache.size(database);
    if (keys == 0) continue;
    all.push_back({{"db", database},
                   {"keys", keys},
                   {"keys_with_deadline", f.server.cache.size_with_deadline(database)}});
  }
  return all;
}

json::object keyspace(Facts f) {
  const libcache::ShardStats& total = f.stats.total;
  return {{"keys", total.entries},
          {"keys_with_deadline", total.entries_with_deadline},
          {"sets", total.sets},
          {"erases", total.erases},
          {"evictions", total.evictions},
          {"expiries", total.expiries},
          {"expiry_lag_seconds", ratio(total.expiry_lag_ms, 1000 * total.reclaimed_expiries)},
          {"databases", databases(f)}};
}

json::value percentile(const LatencyCounts& counts, double percent) {
  return static_cast<double>(counts.percentile(percent)) / kNsPerSecond;
}

json::object latency(const LatencyCounts& counts) {
  if (counts.total() == 0) return {};
  return {{"p50", percentile(counts, 50)},
          {"p99", percentile(counts, 99)},
          {"p99.9", percentile(counts, 99.9)}};
}

json::array commands(Facts f) {
  json::array all;
  const CommandStats& stats = f.server.command_stats;
  for (std::size_t i = 0; i < f.server.table.size(); ++i) {
    const CommandStats::Totals totals = stats.totals(i);
    if (totals.calls + totals.rejected == 0) continue;
    all.push_back({{"command", f.server.table.row(i).full_name},
                   {"calls", totals.calls},
                   {"failed", totals.failed},
                   {"rejected", totals.rejected},
                   {"seconds", static_cast<double>(totals.nanoseconds) / kNsPerSecond},
                   {"latency_seconds", latency(stats.latency(i))}});
  }
  return all;
}

json::object errors(Facts f) {
  json::object all;
  for (const auto& [code, count] : f.server.command_stats.errors()) all[utf8(code)] = count;
  return all;
}

json::array slow_log(Facts f) {
  json::array all;
  for (const command::SlowLog::Entry& entry : f.server.slowlog.newest(kSlowest)) {
    json::array arguments;
    for (const std::string& argument : entry.args) arguments.push_back(json::value(utf8(argument)));
    all.push_back({{"id", entry.id},
                   {"time_ms", entry.unix_time * 1000},
                   {"seconds", static_cast<double>(entry.microseconds) / 1e6},
                   {"arguments", std::move(arguments)},
                   {"client", utf8(entry.address)},
                   {"client_name", utf8(entry.client_name)}});
  }
  return all;
}

/// Null if it is switched off.
json::value slow_log_from_seconds(Facts f) {
  const std::int64_t microseconds = f.settings.slowlog_log_slower_than;
  if (microseconds < 0) return nullptr;
  return static_cast<double>(microseconds) / 1e6;
}

json::object client(const command::Client& client, std::int64_t now_ms) {
  const command::Row* const last = client.last_command.load(std::memory_order_relaxed);
  return {{"id", client.id},
          {"address", utf8(client.address)},
          {"name", utf8(client.name())},
          {"user", utf8(client.user_name())},
          {"library", utf8(client.library_name())},
          {"db", client.database.load()},
          {"age_seconds", (now_ms - client.connected_ms) / 1000},
          {"idle_seconds", (now_ms - client.last_active_ms) / 1000},
          {"command", last == nullptr ? json::value() : json::value(last->full_name)},
          {"input_bytes", client.query_buffer_size.load()},
          {"output_bytes", client.output_size.load()}};
}

json::object clients(Facts f) {
  // What they hold changes while they are sorted, so it is read once.
  std::vector<std::pair<std::size_t, std::shared_ptr<command::Client>>> held;
  for (auto& each : f.server.clients.snapshot()) {
    const std::size_t bytes = each->query_buffer_size.load() + each->output_size.load();
    held.emplace_back(bytes, std::move(each));
  }
  const std::size_t shown = std::min(held.size(), kClients);
  std::partial_sort(held.begin(), held.begin() + static_cast<std::ptrdiff_t>(shown), held.end(),
                    [](const auto& a, const auto& b) { return a.first > b.first; });
  json::array list;
  for (std::size_t i = 0; i < shown; ++i) list.push_back(client(*held[i].second, f.now_us / 1000));
  return {{"connected", f.clients.connected},
          {"limit", f.settings.maxclients},
          {"paused", f.clients.paused},
          {"received", f.server.connections_received.load()},
          {"rejected", f.server.connections_rejected.load()},
          {"list", std::move(list)}};
}

json::array prefixes(Facts f) {
  json::array all;
  for (const libcache::PrefixStats& prefix : f.stats.prefixes) {
    all.push_back({{"prefix", utf8(prefix.prefix)},
                   {"hits", prefix.hits},
                   {"misses", prefix.misses},
                   {"miss_reasons", miss_reasons(f, prefix.miss_reasons)},
                   {"sets", prefix.sets},
                   {"keys", prefix.entries},
                   {"data_bytes", prefix.bytes}});
  }
  return all;
}

/// Milliseconds of a time that may not have been yet.
json::value milliseconds(std::int64_t seconds) {
  return seconds < 0 ? json::value() : json::value(seconds * 1000);
}

json::object snapshots(Facts f) {
  const persist::SnapshotFacts& s = f.snapshots;
  return {{"rules", f.settings.save.size()},
          {"last_success_ms", milliseconds(s.last_save_s)},
          {"last_ok", s.last_background_ok},
          {"last_seconds",
           s.last_background_seconds < 0 ? json::value() : json::value(s.last_background_seconds)},
          {"saving_since_ms", milliseconds(s.background_since_s)},
          {"unsaved_changes", s.changes_since(f.server.changes())},
          {"loading_since_ms", milliseconds(s.loading_since_s)},
          {"bytes_loaded", s.bytes_loaded},
          {"bytes_to_load", s.bytes_to_load},
          {"keys_loaded", s.keys_loaded}};
}

}  // namespace

std::string stats_json(Facts facts) {
  return json::serialize(json::object{{"time_ms", facts.now_us / 1000},
                                      {"server", server(facts)},
                                      {"reads", reads(facts)},
                                      {"miss_ratio_curve", curve(facts)},
                                      {"hot_keys", hot_keys(facts)},
                                      {"throughput", throughput(facts)},
                                      {"memory", memory(facts)},
                                      {"keyspace", keyspace(facts)},
                                      {"commands", commands(facts)},
                                      {"errors", errors(facts)},
                                      {"slow_log", slow_log(facts)},
                                      {"slow_log_from_seconds", slow_log_from_seconds(facts)},
                                      {"clients", clients(facts)},
                                      {"prefixes", prefixes(facts)},
                                      {"snapshots", snapshots(facts)}});
}

}  // namespace sideline::admin
