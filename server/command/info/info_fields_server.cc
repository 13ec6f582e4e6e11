#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/command/core/server.h"
#include "server/command/info/info.h"
#include "server/command/info/info_format.h"
#include "server/version.h"

// INFO's sections Server, Clients and CPU.
namespace sideline::command {
namespace {

using Facts = const InfoFacts&;

constexpr std::int64_t kSecondsPerDay = 24 * 60 * 60;

std::string seconds(double value) { return decimal(value, 6); }

std::int64_t uptime_seconds(Facts f) { return (f.now_us / 1000 - f.server.started_ms) / 1000; }

/// As in Redis, that of TLS if there is no other.
int tcp_port(Facts f) {
  const int plain = f.server.tcp_port.load();
  return plain != 0 ? plain : f.server.tls_port.load();
}

std::string compiler_version() {
  return std::to_string(__GNUC__) + '.' + std::to_string(__GNUC_MINOR__) + '.' +
         std::to_string(__GNUC_PATCHLEVEL__);
}

constexpr InfoField kServer[] = {
    {"redis_version", [](Facts) { return std::string(kRedisVersion); }},
    {"redis_git_sha1", [](Facts) { return std::string(kGitCommit); }},
    {"redis_build_id", [](Facts) { return std::string(kGitCommit); }},
    {"redis_mode", [](Facts) -> std::string { return "standalone"; }},
    {"os", [](Facts f) { return f.process.system; }},
    {"arch_bits", [](Facts) { return number(8 * sizeof(void*)); }},
    {"monotonic_clock", [](Facts) -> std::string { return "POSIX clock_gettime"; }},
    {"multiplexing_api", [](Facts) -> std::string { return "epoll"; }},
    {"gcc_version", [](Facts) { return compiler_version(); }},
    {"process_id", [](Facts f) { return std::to_string(f.process.process_id); }},
    {"process_supervised",
     [](Facts f) -> std::string { return f.server.supervised ? "systemd" : "no"; }},
    {"run_id", [](Facts f) { return f.server.run_id; }},
    {"tcp_port", [](Facts f) { return std::to_string(tcp_port(f)); }},
    {"server_time_usec", [](Facts f) { return std::to_string(f.now_us); }},
    {"uptime_in_seconds", [](Facts f) { return std::to_string(uptime_seconds(f)); }},
    {"uptime_in_days", [](Facts f) { return std::to_string(uptime_seconds(f) / kSecondsPerDay); }},
    {"hz", [](Facts) { return number(1000 / Rates::kPeriodMs); }},
    {"executable", [](Facts f) { return f.process.executable; }},
    {"config_file", [](Facts f) { return f.server.config.path(); }},
    {"io_threads_active", [](Facts f) { return number(f.server.threads > 1 ? 1 : 0); }},
};

constexpr InfoField kClients[] = {
    {"connected_clients", [](Facts f) { return number(f.clients.connected); }},
    {"cluster_connections", zero},
    {"maxclients", [](Facts f) { return std::to_string(f.settings.maxclients); }},
    {"client_recent_max_input_buffer", [](Facts f) { return number(f.clients.largest_input); }},
    {"client_recent_max_output_buffer", [](Facts f) { return number(f.clients.largest_output); }},
    {"blocked_clients", [](Facts f) { return number(f.clients.paused); }},
    {"tracking_clients", zero},
    {"clients_in_timeout_table", zero},
    {"total_blocking_keys", zero},
    {"total_blocking_keys_on_nokey", zero},
};

constexpr InfoField kCpu[] = {
    {"used_cpu_sys", [](Facts f) { return seconds(f.process.cpu_system_seconds); }},
    {"used_cpu_user", [](Facts f) { return seconds(f.process.cpu_user_seconds); }},
    {"used_cpu_sys_children",
     [](Facts f) { return seconds(f.process.children_cpu_system_seconds); }},
    {"used_cpu_user_children",
     [](Facts f) { return seconds(f.process.children_cpu_user_seconds); }},
    {"used_cpu_sys_main_thread",
     [](Facts f) { return seconds(f.process.main_thread_cpu_system_seconds); }},
    {"used_cpu_user_main_thread",
     [](Facts f) { return seconds(f.process.main_thread_cpu_user_seconds); }},
};

}  // namespace

std::span<const InfoField> server_fields() { return kServer; }
// As in Redis, the number tells the kind.
std::string listener_lines(const InfoFacts& facts) {
  const config::Settings& settings = facts.settings;
  std::string lines;
  const auto add_tcp = [&](std::string_view name, int port) {
    if (settings.bind.empty() || port == 0) return;
    lines += name;
    for (const std::string& address : settings.bind) lines += ",bind=" + address;
    lines += ",port=" + std::to_string(port) + "\r\n";
  };
  add_tcp("listener0:name=tcp", facts.server.tcp_port.load());
  if (!settings.unixsocket.empty()) {
    lines += "listener1:name=unix,bind=" + settings.unixsocket + "\r\n";
  }
  add_tcp("listener2:name=tls", facts.server.tls_port.load());
  return lines;
}

std::string certificate_lines(const InfoFacts& facts) {
  const std::optional<std::int64_t> days = facts.certificate_days();
  return days ? "tls_certificate_expires_in_days:" + std::to_string(*days) + "\r\n" : "";
}

std::span<const InfoField> client_fields() { return kClients; }
std::span<const InfoField> cpu_fields() { return kCpu; }

}  // namespace sideline::command
