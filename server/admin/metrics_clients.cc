#include <array>
#include <cstdint>

#include "server/admin/exposition.h"
#include "server/command/core/server.h"

// What clients ask for, and what their connections hold.
namespace sideline::admin {
namespace {

using Facts = const command::InfoFacts&;
using command::CommandStats;

constexpr auto kCounter = MetricType::kCounter;
constexpr auto kGauge = MetricType::kGauge;

constexpr double kNsPerSecond = 1e9;
constexpr double kMsPerSecond = 1000;

/// Those that were called or refused: there are some hundred, and most servers know a handful.
template <typename Visit>
void for_each_used_command(Facts f, Visit visit) {
  for (std::size_t i = 0; i < f.server.table.size(); ++i) {
    const CommandStats::Totals totals = f.server.command_stats.totals(i);
    if (totals.calls + totals.rejected != 0) visit(f.server.table.row(i).full_name, i, totals);
  }
}

template <auto kMember>
void by_command(Facts f, Samples& s) {
  for_each_used_command(
      f, [&](std::string_view name, std::size_t, const CommandStats::Totals& totals) {
        s.add(totals.*kMember, {{"command", name}});
      });
}

void durations(Facts f, Samples& s) {
  for_each_used_command(
      f, [&](std::string_view name, std::size_t index, const CommandStats::Totals& totals) {
        s.histogram(f.server.command_stats.latency(index),
                    static_cast<double>(totals.nanoseconds) / kNsPerSecond, {{"command", name}});
      });
}

void errors(Facts f, Samples& s) {
  for (const auto& [code, count] : f.server.command_stats.errors()) {
    s.add(count, {{"code", code}});
  }
}

void denials(Facts f, Samples& s) {
  using command::AclDenial;
  s.add(f.server.acl_log.count(AclDenial::kAuth), {{"reason", "auth"}});
  s.add(f.server.acl_log.count(AclDenial::kCommand), {{"reason", "command"}});
  s.add(f.server.acl_log.count(AclDenial::kKey), {{"reason", "key"}});
}

constexpr std::array kCommands = {
    Metric{"sideline_commands_total", kCounter, "", "command", "Commands that ran",
           by_command<&CommandStats::Totals::calls>},
    Metric{"sideline_command_failures_total", kCounter, "", "command",
           "Commands that ran and replied with an error",
           by_command<&CommandStats::Totals::failed>},
    Metric{"sideline_command_rejections_total", kCounter, "", "command",
           "Commands that were refused before they ran (arguments, memory, permission)",
           by_command<&CommandStats::Totals::rejected>},
    Metric{"sideline_command_duration_seconds", MetricType::kHistogram, "seconds", "command",
           "Time that commands took to run, without what the network takes", durations},
    Metric{"sideline_error_replies_total", kCounter, "", "code",
           "Error replies by their first word", errors},
    Metric{"sideline_acl_denials_total", kCounter, "", "reason",
           "Logins that failed, and what users may not run or touch", denials},
    Metric{"sideline_slowlog_entries", kGauge, "", "", "Commands that SLOWLOG keeps",
           [](Facts f, Samples& s) { s.add(std::uint64_t{f.server.slowlog.size()}); }},
};

constexpr std::array kConnections = {
    Metric{"sideline_connections", kGauge, "", "", "Clients that are connected",
           [](Facts f, Samples& s) { s.add(std::uint64_t{f.clients.connected}); }},
    Metric{"sideline_connections_limit", kGauge, "", "", "maxclients",
           [](Facts f, Samples& s) { s.add(static_cast<double>(f.settings.maxclients)); }},
    Metric{"sideline_connections_received_total", kCounter, "", "",
           "Connections that came, those that were rejected too",
           [](Facts f, Samples& s) { s.add(f.server.connections_received.load()); }},
    Metric{"sideline_connections_rejected_total", kCounter, "", "",
           "Connections that were turned away (maxclients, protected mode)",
           [](Facts f, Samples& s) { s.add(f.server.connections_rejected.load()); }},
    Metric{"sideline_paused_clients", kGauge, "", "",
           "Clients that wait for the end of CLIENT PAUSE",
           [](Facts f, Samples& s) { s.add(std::uint64_t{f.clients.paused}); }},
    Metric{"sideline_client_buffer_bytes", kGauge, "bytes", "",
           "Query and output buffers of all clients",
           [](Facts f, Samples& s) { s.add(std::uint64_t{f.clients.buffer_bytes}); }},
    Metric{"sideline_tls_certificate_end_timestamp_seconds", kGauge, "seconds", "",
           "When the certificate that TLS clients get ends; with TLS only",
           [](Facts f, Samples& s) {
             const std::int64_t end_ms = f.server.certificate_expiry_ms.load();
             if (end_ms != command::Server::kNoCertificate) {
               s.add(static_cast<double>(end_ms) / kMsPerSecond);
             }
           }},
    Metric{"sideline_tls_handshakes_under_way", kGauge, "", "",
           "Connections whose TLS handshake has not ended, those that wait for their turn too",
           [](Facts f, Samples& s) { s.add(f.server.tls_handshakes_under_way.load()); }},
    Metric{"sideline_tls_handshakes_total", kCounter, "", "result",
           "TLS handshakes that came to their end, and those that failed or were given up",
           [](Facts f, Samples& s) {
             s.add(f.server.tls_handshakes_done.load(), {{"result", "done"}});
             s.add(f.server.tls_handshakes_failed.load(), {{"result", "failed"}});
           }},
    Metric{"sideline_network_received_bytes_total", kCounter, "bytes", "", "Bytes from clients",
           [](Facts f, Samples& s) { s.add(f.server.traffic.totals().input_bytes); }},
    Metric{"sideline_network_sent_bytes_total", kCounter, "bytes", "", "Bytes to clients",
           [](Facts f, Samples& s) { s.add(f.server.traffic.totals().output_bytes); }},
};

}  // namespace

std::span<const Metric> command_metrics() { return kCommands; }
std::span<const Metric> connection_metrics() { return kConnections; }

}  // namespace sideline::admin
