#include "server/command/info/memory_report.h"

#include <malloc.h>

#include <cstdint>
#include <string_view>

#include "server/command/core/server.h"
#include "server/command/info/info_format.h"

namespace sideline::command {
namespace {

using Facts = const InfoFacts&;

constexpr std::uint64_t kMiB = 1024 * 1024;

bool above_percent(std::uint64_t part, std::uint64_t whole, std::uint64_t percent) {
  return part > whole / 100 * percent;
}

struct Finding {
  bool (*applies)(Facts);
  std::string_view text;
};

constexpr Finding kFindings[] = {
    {[](Facts f) { return above_percent(f.stats.peak_memory, f.used_memory(), 150); },
     "The peak was more than half above what is used now. Memory that is free again is reused, and "
     "emptied pages go back to the system.\n"},
    {[](Facts f) {
       return f.process.resident_bytes > f.used_memory() + 32 * kMiB &&
              above_percent(f.process.resident_bytes, f.used_memory(), 140);
     },
     "The process is far larger than what the cache uses. It may have been that large before "
     "(MEMORY "
     "PURGE gives free memory of the heap back), or clients hold large buffers (CLIENT LIST).\n"},
    {[](Facts f) {
       return f.clients.connected != 0 && f.clients.buffer_bytes / f.clients.connected > 200 * 1024;
     },
     "Clients hold more than 200 KiB each in the mean: they read slowly, or requests and replies "
     "are "
     "large. CLIENT LIST shows whose they are.\n"},
    {[](Facts f) {
       return f.settings.maxmemory_policy == "noeviction" && f.stats.max_memory != 0 &&
              above_percent(f.used_memory(), f.stats.max_memory, 95);
     },
     "maxmemory is nearly reached and the policy is noeviction: commands that need memory are, or "
     "will soon be, refused.\n"},
    {[](Facts f) { return f.stats.total.max_expiry_lag_ms > 1000; },
     "Some keys were reclaimed more than a second after their deadline. They were not seen by "
     "clients meanwhile, but took memory.\n"},
};

std::string line(std::string_view name, std::uint64_t bytes) {
  return std::string(name) + ": " + number(bytes) + " (" + human_bytes(bytes) + ")\n";
}

}  // namespace

std::string memory_report(const InfoFacts& facts) {
  if (facts.stats.total.entries == 0) return "The cache is empty: there is nothing to examine.\n";
  std::string text;
  for (const Finding& finding : kFindings) {
    if (finding.applies(facts)) text.append("- ").append(finding.text);
  }
  return text.empty() ? "Nothing about the memory is unusual.\n" : text;
}

std::string allocator_report(const InfoFacts& facts) {
  const auto heap = mallinfo2();
  const libcache::ShardStats& cache = facts.stats.total;
  return "Cache, charged to maxmemory\n" + line("  items", cache.item_memory) +
         line("  large values", cache.large_memory) + line("  index", cache.index_memory) +
         line("  page tables and expiry", cache.overhead_memory) + "Heap, everything else\n" +
         line("  in use", heap.uordblks + heap.hblkhd) + line("  free", heap.fordblks) +
         line("Resident", facts.process.resident_bytes);
}

}  // namespace sideline::command
