#include <array>
#include <string>

#include "server/admin/exposition.h"
#include "server/admin/health.h"
#include "server/command/core/server.h"
#include "server/version.h"

// Snapshots, and the process. What Prometheus's clients call process_... has their name here.
namespace sideline::admin {
namespace {

using Facts = const command::InfoFacts&;

constexpr auto kCounter = MetricType::kCounter;
constexpr auto kGauge = MetricType::kGauge;

double flag(bool value) { return value ? 1 : 0; }

constexpr std::array kSnapshots = {
    Metric{"sideline_snapshot_rules", kGauge, "", "", "Rules of 'save'; 0: none is made by itself",
           [](Facts f, Samples& s) { s.add(std::uint64_t{f.settings.save.size()}); }},
    Metric{"sideline_snapshots_total", kCounter, "", "", "Snapshots that were begun",
           [](Facts f, Samples& s) { s.add(f.snapshots.saves); }},
    Metric{"sideline_snapshot_last_success_timestamp_seconds", kGauge, "seconds", "",
           "When the last snapshot was made; at first, when the server started",
           [](Facts f, Samples& s) { s.add(static_cast<double>(f.snapshots.last_save_s)); }},
    Metric{"sideline_snapshot_last_ok", kGauge, "", "",
           "1 if the last snapshot in the background succeeded, or there was none; else 0",
           [](Facts f, Samples& s) { s.add(flag(f.snapshots.last_background_ok)); }},
    Metric{"sideline_snapshot_last_duration_seconds", kGauge, "seconds", "",
           "How long the last snapshot in the background took",
           [](Facts f, Samples& s) {
             const auto seconds = static_cast<double>(f.snapshots.last_background_seconds);
             if (seconds >= 0) s.add(seconds);
           }},
    Metric{"sideline_snapshot_in_progress", kGauge, "", "",
           "1 while a snapshot is made in the background",
           [](Facts f, Samples& s) { s.add(flag(f.snapshots.background_since_s >= 0)); }},
    Metric{"sideline_snapshot_unsaved_changes", kGauge, "", "",
           "Commands that may have changed something since the last snapshot",
           [](Facts f, Samples& s) { s.add(f.snapshots.changes_since(f.server.changes())); }},
    Metric{"sideline_loading", kGauge, "", "", "1 while a snapshot is loaded",
           [](Facts f, Samples& s) { s.add(flag(f.server.loading())); }},
    Metric{"sideline_loaded_keys", kGauge, "", "", "Keys that the last load brought",
           [](Facts f, Samples& s) { s.add(f.snapshots.keys_loaded); }},
};

constexpr std::array kProcess = {
    Metric{"sideline_build_info", MetricType::kInfo, "", "version, commit, redis_version",
           "Which Sideline this is, and the Redis version whose behaviour it has",
           [](Facts, Samples& s) {
             s.add(1.0, {{"version", kVersion},
                         {"commit", kGitCommit},
                         {"redis_version", command::kRedisVersion}});
           }},
    Metric{"sideline_eviction_policy_info", MetricType::kInfo, "", "policy", "maxmemory-policy",
           [](Facts f, Samples& s) {
             s.add(1.0, {{"policy", command::policy_name(f.server.cache.policy())}});
           }},
    Metric{"sideline_ready", kGauge, "", "", "1 if /health is 200, else 0",
           [](Facts f, Samples& s) { s.add(flag(hindrances(f.server).empty())); }},
    Metric{"sideline_io_threads", kGauge, "", "", "Threads that serve clients",
           [](Facts f, Samples& s) { s.add(std::uint64_t{f.server.threads}); }},
    Metric{"process_resident_memory_bytes", kGauge, "bytes", "",
           "Memory that the process has, all included",
           [](Facts f, Samples& s) { s.add(f.process.resident_bytes); }},
    Metric{"process_cpu_seconds_total", kCounter, "seconds", "",
           "Processor time of the process, for itself and in the system",
           [](Facts f, Samples& s) {
             s.add(f.process.cpu_user_seconds + f.process.cpu_system_seconds);
           }},
    Metric{"process_start_time_seconds", kGauge, "seconds", "", "When the server started",
           [](Facts f, Samples& s) { s.add(static_cast<double>(f.server.started_ms) / 1000); }},
};

}  // namespace

std::span<const Metric> snapshot_metrics() { return kSnapshots; }
std::span<const Metric> process_metrics() { return kProcess; }

std::span<const MetricGroup> metric_groups() {
  static const std::array kGroups = {
      MetricGroup{"Cache", cache_metrics()},
      MetricGroup{"Memory", memory_metrics()},
      MetricGroup{"Estimates", estimate_metrics()},
      MetricGroup{"Commands", command_metrics()},
      MetricGroup{"Connections", connection_metrics()},
      MetricGroup{"Snapshots", snapshot_metrics()},
      MetricGroup{"Process", process_metrics()},
  };
  return kGroups;
}

}  // namespace sideline::admin
