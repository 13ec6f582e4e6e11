#include <chrono>
#include <cstdint>
#include <string>

#include "server/command/core/server.h"
#include "server/command/info/info.h"
#include "server/command/info/info_format.h"
#include "server/version.h"

// INFO's sections Memory and Sideline. What Redis calls used memory is what is charged to the
// limit: all memory that the data needs, to the byte.
namespace sideline::command {
namespace {

using Facts = const InfoFacts&;

std::string percent(double value) { return decimal(value, 2) + '%'; }

/// -1 if there were no reads.
std::string hit_ratio(Facts f, int minutes) {
  return decimal(f.hit_ratio(std::chrono::minutes(minutes)).value_or(-1), 4);
}

constexpr InfoField kMemory[] = {
    {"used_memory", [](Facts f) { return number(f.used_memory()); }},
    {"used_memory_human", [](Facts f) { return human_bytes(f.used_memory()); }},
    {"used_memory_rss", [](Facts f) { return number(f.process.resident_bytes); }},
    {"used_memory_rss_human", [](Facts f) { return human_bytes(f.process.resident_bytes); }},
    {"used_memory_peak", [](Facts f) { return number(f.stats.peak_memory); }},
    {"used_memory_peak_human", [](Facts f) { return human_bytes(f.stats.peak_memory); }},
    {"used_memory_peak_perc", [](Facts f) { return percent(f.peak_percent()); }},
    {"used_memory_overhead", [](Facts f) { return number(f.structure_memory()); }},
    {"used_memory_startup", [](Facts f) { return number(f.server.startup_memory); }},
    {"used_memory_dataset", [](Facts f) { return number(f.dataset_memory()); }},
    {"used_memory_dataset_perc", [](Facts f) { return percent(f.dataset_percent()); }},
    // As Redis tells of libc's allocator, of which it knows no more than what the process has.
    {"allocator_allocated", [](Facts f) { return number(f.used_memory()); }},
    {"allocator_active", [](Facts f) { return number(f.process.resident_bytes); }},
    {"allocator_resident", [](Facts f) { return number(f.process.resident_bytes); }},
    {"total_system_memory", [](Facts f) { return number(f.process.machine_bytes); }},
    {"total_system_memory_human", [](Facts f) { return human_bytes(f.process.machine_bytes); }},
    {"used_memory_lua", zero},
    {"used_memory_vm_eval", zero},
    {"used_memory_lua_human", [](Facts) { return human_bytes(0); }},
    {"used_memory_scripts_eval", zero},
    {"number_of_cached_scripts", zero},
    {"number_of_functions", zero},
    {"number_of_libraries", zero},
    {"used_memory_vm_functions", zero},
    {"used_memory_vm_total", zero},
    {"used_memory_vm_total_human", [](Facts) { return human_bytes(0); }},
    {"used_memory_functions", zero},
    {"used_memory_scripts", zero},
    {"used_memory_scripts_human", [](Facts) { return human_bytes(0); }},
    {"maxmemory", [](Facts f) { return number(f.stats.max_memory); }},
    {"maxmemory_human", [](Facts f) { return human_bytes(f.stats.max_memory); }},
    {"maxmemory_policy", [](Facts f) { return std::string(policy_name(f.server.cache.policy())); }},
    {"allocator_frag_ratio", [](Facts f) { return decimal(f.fragmentation(), 2); }},
    {"allocator_frag_bytes", [](Facts f) { return std::to_string(f.fragmentation_bytes()); }},
    {"allocator_rss_ratio", [](Facts) { return decimal(1, 2); }},
    {"allocator_rss_bytes", zero},
    {"rss_overhead_ratio", [](Facts) { return decimal(1, 2); }},
    {"rss_overhead_bytes", zero},
    {"mem_fragmentation_ratio", [](Facts f) { return decimal(f.fragmentation(), 2); }},
    {"mem_fragmentation_bytes", [](Facts f) { return std::to_string(f.fragmentation_bytes()); }},
    {"mem_not_counted_for_evict", [](Facts f) { return number(f.clients.buffer_bytes); }},
    {"mem_replication_backlog", zero},
    {"mem_total_replication_buffers", zero},
    {"mem_clients_slaves", zero},
    {"mem_clients_normal", [](Facts f) { return number(f.clients.buffer_bytes); }},
    {"mem_cluster_links", zero},
    {"mem_aof_buffer", zero},
    {"mem_allocator", [](Facts) -> std::string { return "libc"; }},
    {"active_defrag_running", zero},
    {"lazyfree_pending_objects", [](Facts f) { return number(f.stats.total.cleared_entries); }},
};

constexpr InfoField kSideline[] = {
    {"sideline_version", [](Facts) { return std::string(kVersion); }},
    {"io_threads", [](Facts f) { return number(f.server.threads); }},
    {"admin_port", [](Facts f) { return std::to_string(f.server.admin_port.load()); }},
    {"cache_shards", [](Facts f) { return number(f.stats.shards.size()); }},
    {"cache_entries", [](Facts f) { return number(f.stats.total.entries); }},
    {"cache_entries_with_deadline",
     [](Facts f) { return number(f.stats.total.entries_with_deadline); }},
    {"cache_key_bytes", [](Facts f) { return number(f.stats.total.key_bytes); }},
    {"cache_value_bytes", [](Facts f) { return number(f.stats.total.value_bytes); }},
    {"cache_item_memory", [](Facts f) { return number(f.stats.total.item_memory); }},
    {"cache_large_memory", [](Facts f) { return number(f.stats.total.large_memory); }},
    {"cache_index_memory", [](Facts f) { return number(f.stats.total.index_memory); }},
    {"cache_overhead_memory", [](Facts f) { return number(f.stats.total.overhead_memory); }},
    {"cache_hit_ratio_1m", [](Facts f) { return hit_ratio(f, 1); }},
    {"cache_hit_ratio_5m", [](Facts f) { return hit_ratio(f, 5); }},
    {"cache_hit_ratio_60m", [](Facts f) { return hit_ratio(f, 60); }},
    {"cache_sets", [](Facts f) { return number(f.stats.total.sets); }},
    {"cache_erases", [](Facts f) { return number(f.stats.total.erases); }},
    {"cache_moved_entries", [](Facts f) { return number(f.stats.total.moved_entries); }},
    {"cache_max_moved_by_one_step",
     [](Facts f) { return number(f.stats.total.max_moved_by_one_step); }},
    {"cache_max_expiry_lag_ms",
     [](Facts f) { return std::to_string(f.stats.total.max_expiry_lag_ms); }},
};

}  // namespace

std::span<const InfoField> memory_fields() { return kMemory; }
std::span<const InfoField> sideline_fields() { return kSideline; }

}  // namespace sideline::command
