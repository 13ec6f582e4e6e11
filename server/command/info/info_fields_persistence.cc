#include <cstdint>
#include <string>

#include "server/command/core/server.h"
#include "server/command/info/info.h"
#include "server/command/info/info_format.h"

// INFO's section Persistence. There is no append-only file and nothing is copied on write, so what
// counts that is 0, and truly so.
namespace sideline::command {
namespace {

using Facts = const InfoFacts&;

std::string never(Facts) { return "-1"; }
std::string ok(Facts) { return "ok"; }

bool has(Facts f, persist::Obstacle obstacle) { return (f.server.obstacles & obstacle) != 0; }

bool saves_in_background(Facts f) { return f.snapshots.background_since_s >= 0; }

std::string seconds_saving(Facts f) {
  if (!saves_in_background(f)) return "-1";
  return std::to_string(f.now_us / 1'000'000 - f.snapshots.background_since_s);
}

constexpr InfoField kPersistence[] = {
    {"loading", [](Facts f) { return number(has(f, persist::kLoadingFirst) ? 1 : 0); }},
    {"async_loading", [](Facts f) { return number(has(f, persist::kLoadingBeside) ? 1 : 0); }},
    {"current_cow_peak", zero},
    {"current_cow_size", zero},
    {"current_cow_size_age", zero},
    {"current_fork_perc", [](Facts) -> std::string { return "0.00"; }},
    {"current_save_keys_processed",
     [](Facts f) { return number(saves_in_background(f) ? f.snapshots.keys_saved : 0); }},
    {"current_save_keys_total",
     [](Facts f) { return number(saves_in_background(f) ? f.snapshots.keys_to_save : 0); }},
    {"rdb_changes_since_last_save",
     [](Facts f) { return number(f.snapshots.changes_since(f.server.changes())); }},
    {"rdb_bgsave_in_progress", [](Facts f) { return number(saves_in_background(f) ? 1 : 0); }},
    {"rdb_last_save_time", [](Facts f) { return std::to_string(f.snapshots.last_save_s); }},
    {"rdb_last_bgsave_status",
     [](Facts f) -> std::string { return f.snapshots.last_background_ok ? "ok" : "err"; }},
    {"rdb_last_bgsave_time_sec",
     [](Facts f) { return std::to_string(f.snapshots.last_background_seconds); }},
    {"rdb_current_bgsave_time_sec", seconds_saving},
    {"rdb_saves", [](Facts f) { return number(f.snapshots.saves); }},
    {"rdb_last_cow_size", zero},
    {"rdb_last_load_keys_expired", [](Facts f) { return number(f.snapshots.keys_expired); }},
    {"rdb_last_load_keys_loaded", [](Facts f) { return number(f.snapshots.keys_loaded); }},
    {"aof_enabled", zero},
    {"aof_rewrite_in_progress", zero},
    {"aof_rewrite_scheduled", zero},
    {"aof_last_rewrite_time_sec", never},
    {"aof_current_rewrite_time_sec", never},
    {"aof_last_bgrewrite_status", ok},
    {"aof_rewrites", zero},
    {"aof_rewrites_consecutive_failures", zero},
    {"aof_last_write_status", ok},
    {"aof_last_cow_size", zero},
    {"module_fork_in_progress", zero},
    {"module_fork_last_cow_size", zero},
};

}  // namespace

std::span<const InfoField> persistence_fields() { return kPersistence; }

std::string loading_lines(const InfoFacts& facts) {
  if (!facts.server.loading()) return {};
  const persist::SnapshotFacts& load = facts.snapshots;
  const double percent = load.bytes_to_load == 0 ? 0
                                                 : 100 * static_cast<double>(load.bytes_loaded) /
                                                       static_cast<double>(load.bytes_to_load);
  return "loading_start_time:" + std::to_string(load.loading_since_s) +
         "\r\nloading_total_bytes:" + std::to_string(load.bytes_to_load) +
         "\r\nloading_loaded_bytes:" + std::to_string(load.bytes_loaded) +
         "\r\nloading_loaded_perc:" + decimal(percent, 2) + "\r\n";
}

}  // namespace sideline::command
