#include <cstdint>
#include <optional>

#include "server/command/core/server.h"
#include "server/command/info/info.h"
#include "server/command/info/info_format.h"

namespace sideline::command {
namespace {

constexpr std::int64_t kNsPerUs = 1000;

std::string command_line(const Row& row, const CommandStats::Totals& totals) {
  const std::uint64_t us = totals.nanoseconds / kNsPerUs;
  const double us_per_call =
      totals.calls == 0 ? 0 : static_cast<double>(us) / static_cast<double>(totals.calls);
  return "cmdstat_" + std::string(row.full_name) + ":calls=" + std::to_string(totals.calls) +
         ",usec=" + std::to_string(us) + ",usec_per_call=" + decimal(us_per_call, 2) +
         ",rejected_calls=" + std::to_string(totals.rejected) +
         ",failed_calls=" + std::to_string(totals.failed) + "\r\n";
}

/// In microseconds.
std::string percentile(const LatencyCounts& counts, double percent) {
  return decimal(static_cast<double>(counts.percentile(percent)) / kNsPerUs, 3);
}

std::string latency_line(const Row& row, const LatencyCounts& counts) {
  return "latency_percentiles_usec_" + std::string(row.full_name) +
         ":p50=" + percentile(counts, 50) + ",p99=" + percentile(counts, 99) +
         ",p99.9=" + percentile(counts, 99.9) + "\r\n";
}

/// The mean time to live of some keys that have one, in milliseconds: an estimate, as in Redis. 0
/// if there are none among those that were tried.
std::int64_t average_ttl(Server& server, int database) {
  constexpr int kWanted = 16;
  constexpr int kTried = 64;
  const std::int64_t now_ms = server.clock.now_ms();
  std::int64_t mean = 0;  // of those so far: a sum of times to live could overflow
  int found = 0;
  for (int i = 0; i < kTried && found < kWanted; ++i) {
    const std::optional<std::string> key = server.cache.random_key(database);
    if (!key) break;
    const auto deadline = server.cache.deadline({*key, database});
    if (!deadline || *deadline <= now_ms) continue;
    mean += (*deadline - now_ms - mean) / ++found;
  }
  return mean;
}

}  // namespace

std::string command_lines(const InfoFacts& facts) {
  std::string lines;
  for (std::size_t i = 0; i < facts.server.table.size(); ++i) {
    const CommandStats::Totals totals = facts.server.command_stats.totals(i);
    if (totals.calls + totals.rejected + totals.failed == 0) continue;
    lines += command_line(facts.server.table.row(i), totals);
  }
  return lines;
}

std::string error_lines(const InfoFacts& facts) {
  std::string lines;
  for (const auto& [code, count] : facts.server.command_stats.errors()) {
    lines += "errorstat_" + code + ":count=" + std::to_string(count) + "\r\n";
  }
  return lines;
}

std::string latency_lines(const InfoFacts& facts) {
  std::string lines;
  for (std::size_t i = 0; i < facts.server.table.size(); ++i) {
    const LatencyCounts counts = facts.server.command_stats.latency(i);
    if (counts.total() != 0) lines += latency_line(facts.server.table.row(i), counts);
  }
  return lines;
}

std::string keyspace_lines(const InfoFacts& facts) {
  Server& server = facts.server;
  std::string lines;
  for (int database = 0; database < server.databases; ++database) {
    const std::size_t keys = server.cache.size(database);
    if (keys == 0) continue;
    const std::size_t with_deadline = server.cache.size_with_deadline(database);
    lines += "db" + std::to_string(database) + ":keys=" + std::to_string(keys) +
             ",expires=" + std::to_string(with_deadline) +
             ",avg_ttl=" + std::to_string(with_deadline == 0 ? 0 : average_ttl(server, database)) +
             "\r\n";
  }
  return lines;
}

}  // namespace sideline::command
