#include <cstdint>
#include <numeric>
#include <string>

#include "server/command/core/server.h"
#include "server/command/info/info.h"
#include "server/command/info/info_format.h"

// INFO's sections Stats, Replication and Cluster. Nothing is replicated, so what counts that is 0,
// and truly so.
namespace sideline::command {
namespace {

using Facts = const InfoFacts&;

std::string kilobytes(double bytes) { return decimal(bytes / 1024, 2); }

std::uint64_t error_replies(Facts f) {
  const CommandStats::Errors errors = f.server.command_stats.errors();
  return std::accumulate(errors.begin(), errors.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& error) { return sum + error.second; });
}

std::string denied(Facts f, AclDenial denial) { return number(f.server.acl_log.count(denial)); }

constexpr InfoField kStats[] = {
    {"total_connections_received",
     [](Facts f) { return number(f.server.connections_received.load()); }},
    {"total_commands_processed", [](Facts f) { return number(f.server.command_stats.calls()); }},
    {"instantaneous_ops_per_sec",
     [](Facts f) { return decimal(f.server.rates.per_second().commands, 0); }},
    {"total_net_input_bytes",
     [](Facts f) { return number(f.server.traffic.totals().input_bytes); }},
    {"total_net_output_bytes",
     [](Facts f) { return number(f.server.traffic.totals().output_bytes); }},
    {"total_net_repl_input_bytes", zero},
    {"total_net_repl_output_bytes", zero},
    {"instantaneous_input_kbps",
     [](Facts f) { return kilobytes(f.server.rates.per_second().input_bytes); }},
    {"instantaneous_output_kbps",
     [](Facts f) { return kilobytes(f.server.rates.per_second().output_bytes); }},
    {"rejected_connections", [](Facts f) { return number(f.server.connections_rejected.load()); }},
    {"sync_full", zero},
    {"sync_partial_ok", zero},
    {"sync_partial_err", zero},
    {"expired_keys", [](Facts f) { return number(f.stats.total.expiries); }},
    // Deadlines are in order, so no key is left for a later round.
    {"expired_stale_perc", [](Facts) -> std::string { return "0.00"; }},
    {"expired_time_cap_reached_count", zero},
    {"evicted_keys", [](Facts f) { return number(f.stats.total.evictions); }},
    {"evicted_clients", zero},
    {"keyspace_hits", [](Facts f) { return number(f.stats.total.hits); }},
    {"keyspace_misses", [](Facts f) { return number(f.stats.total.misses); }},
    {"pubsub_channels", zero},
    {"pubsub_patterns", zero},
    {"pubsubshard_channels", zero},
    {"latest_fork_usec", zero},
    {"total_forks", zero},
    {"migrate_cached_sockets", zero},
    {"slave_expires_tracked_keys", zero},
    {"active_defrag_hits", zero},
    {"active_defrag_misses", zero},
    {"active_defrag_key_hits", zero},
    {"active_defrag_key_misses", zero},
    {"tracking_total_keys", zero},
    {"tracking_total_items", zero},
    {"tracking_total_prefixes", zero},
    {"total_error_replies", [](Facts f) { return number(error_replies(f)); }},
    {"unexpected_error_replies", zero},
    {"dump_payload_sanitizations", zero},
    {"total_reads_processed", [](Facts f) { return number(f.server.traffic.totals().reads); }},
    {"total_writes_processed", [](Facts f) { return number(f.server.traffic.totals().writes); }},
    {"io_threaded_reads_processed",
     [](Facts f) { return number(f.server.traffic.totals().reads); }},
    {"io_threaded_writes_processed",
     [](Facts f) { return number(f.server.traffic.totals().writes); }},
    {"acl_access_denied_auth", [](Facts f) { return denied(f, AclDenial::kAuth); }},
    {"acl_access_denied_cmd", [](Facts f) { return denied(f, AclDenial::kCommand); }},
    {"acl_access_denied_key", [](Facts f) { return denied(f, AclDenial::kKey); }},
    {"acl_access_denied_channel", zero},
};

constexpr InfoField kReplication[] = {
    {"role", [](Facts) -> std::string { return "master"; }},
    {"connected_slaves", zero},
    {"master_failover_state", [](Facts) -> std::string { return "no-failover"; }},
    {"master_replid", [](Facts f) { return f.server.replication_id; }},
    {"master_replid2", [](Facts f) { return std::string(f.server.replication_id.size(), '0'); }},
    {"master_repl_offset", zero},
    {"second_repl_offset", [](Facts) -> std::string { return "-1"; }},
    {"repl_backlog_active", zero},
    {"repl_backlog_size", zero},
    {"repl_backlog_first_byte_offset", zero},
    {"repl_backlog_histlen", zero},
};

constexpr InfoField kCluster[] = {
    {"cluster_enabled", zero},
};

}  // namespace

std::span<const InfoField> stats_fields() { return kStats; }
std::span<const InfoField> replication_fields() { return kReplication; }
std::span<const InfoField> cluster_fields() { return kCluster; }

}  // namespace sideline::command
