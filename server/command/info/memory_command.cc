#include <malloc.h>

#include <cstdint>
#include <optional>

#include "server/command/core/arguments.h"
#include "server/command/core/context.h"
#include "server/command/core/errors.h"
#include "server/command/core/help.h"
#include "server/command/core/server.h"
#include "server/command/info/families.h"
#include "server/command/info/info_facts.h"
#include "server/command/info/memory_report.h"

namespace sideline::command {
namespace {

// --- MEMORY USAGE --------------------------------------------------------------------------------

/// Whether the options are well-formed; if not, the error is replied. How many of its elements are
/// sampled makes no difference to a string, which has none.
bool check_usage_options(Context& ctx) {
  for (std::size_t i = 3; i < ctx.args.size(); i += 2) {
    if (!is_word(ctx, i, "samples") || i + 1 == ctx.args.size()) {
      ctx.reply.error(errors::kSyntax);
      return false;
    }
    const auto samples = integer_argument(ctx, i + 1);
    if (!samples) return false;
    if (*samples < 0) {
      ctx.reply.error(errors::kSyntax);
      return false;
    }
  }
  return true;
}

void usage(Context& ctx) {
  if (!check_usage_options(ctx)) return;
  const auto entry = ctx.keys().info(ctx.key(2));
  if (!entry) return ctx.reply.null();
  ctx.reply.integer(static_cast<std::int64_t>(entry->memory));
}

// --- MEMORY STATS --------------------------------------------------------------------------------

using Facts = const InfoFacts&;

/// One entry of the reply: a whole number, or a real one.
struct Statistic {
  std::string_view name;
  std::uint64_t (*integer)(Facts);
  double (*real)(Facts) = nullptr;
};

std::uint64_t none(Facts) { return 0; }

std::uint64_t bytes_per_key(Facts f) {
  return f.stats.total.entries == 0 ? 0 : f.used_memory() / f.stats.total.entries;
}

// The names are Redis's; what cannot be told here is not among them. What Redis counts for
// replicas, scripts and persistence is 0, as there is none.
constexpr Statistic kStatistics[] = {
    {"peak.allocated", [](Facts f) -> std::uint64_t { return f.stats.peak_memory; }},
    {"total.allocated", [](Facts f) { return f.used_memory(); }},
    {"replication.backlog", none},
    {"clients.slaves", none},
    {"clients.normal", [](Facts f) -> std::uint64_t { return f.clients.buffer_bytes; }},
    {"cluster.links", none},
    {"aof.buffer", none},
    {"lua.caches", none},
    {"functions.caches", none},
    {"overhead.total", [](Facts f) { return f.structure_memory(); }},
    {"keys.count", [](Facts f) { return f.stats.total.entries; }},
    {"keys.bytes-per-key", bytes_per_key},
    {"dataset.bytes", [](Facts f) { return f.dataset_memory(); }},
    {"dataset.percentage", nullptr, [](Facts f) { return f.dataset_percent(); }},
    {"peak.percentage", nullptr, [](Facts f) { return f.peak_percent(); }},
    {"fragmentation", nullptr, [](Facts f) { return f.fragmentation(); }},
};

void stats(Context& ctx) {
  const InfoFacts facts = info_facts(ctx.server);
  ctx.reply.map(std::size(kStatistics) + 1);
  for (const Statistic& statistic : kStatistics) {
    ctx.reply.bulk(statistic.name);
    if (statistic.real != nullptr) {
      ctx.reply.real(statistic.real(facts));
    } else {
      ctx.reply.integer(static_cast<std::int64_t>(statistic.integer(facts)));
    }
  }
  ctx.reply.bulk("fragmentation.bytes");
  ctx.reply.integer(facts.fragmentation_bytes());
}

// --- The others ----------------------------------------------------------------------------------

void doctor(Context& ctx) { ctx.reply.verbatim("txt", memory_report(info_facts(ctx.server))); }

void malloc_stats(Context& ctx) {
  ctx.reply.verbatim("txt", allocator_report(info_facts(ctx.server)));
}

void purge(Context& ctx) {
  malloc_trim(0);
  ctx.reply.ok();
}

// --- Rows ----------------------------------------------------------------------------------------

constexpr KeyRange kKeys[] = {{2, 2, 1, kRO}};
constexpr Argument kUsageArguments[] = {
    {.name = "key", .type = "key", .key_spec = 0},
    {.name = "count", .type = "integer", .token = "SAMPLES", .flags = "optional"}};

constexpr std::string_view kTips[] = {"nondeterministic_output", "request_policy:all_shards",
                                      "response_policy:special"};
constexpr std::string_view kPurgeTips[] = {"request_policy:all_shards",
                                           "response_policy:all_succeeded"};

constexpr Row kSubcommands[] = {
    {.name = "doctor",
     .arity = 2,
     .handler = doctor,
     .summary = "Explains what is unusual about the memory.",
     .since = "4.0.0",
     .group = "server",
     .complexity = "O(N) for N clients",
     .tips = kTips},
    {.name = "help",
     .arity = 2,
     .flags = kLoading | kStale,
     .handler = reply_help,
     .summary = "Lists the subcommands.",
     .since = "4.0.0",
     .group = "server",
     .complexity = "O(1)"},
    {.name = "malloc-stats",
     .arity = 2,
     .handler = malloc_stats,
     .summary = "Shows where the memory of the cache and of the heap is.",
     .since = "4.0.0",
     .group = "server",
     .complexity = "O(N) for N clients",
     .tips = kTips},
    {.name = "purge",
     .arity = 2,
     .flags = kProcess,
     .handler = purge,
     .summary = "Gives free memory of the heap back to the system.",
     .since = "4.0.0",
     .group = "server",
     .complexity = "O(N) for N free pieces of memory",
     .tips = kPurgeTips},
    {.name = "stats",
     .arity = 2,
     .handler = stats,
     .summary = "Shows what takes how much memory.",
     .since = "4.0.0",
     .group = "server",
     .complexity = "O(N) for N clients",
     .tips = kTips},
    {.name = "usage",
     .arity = -3,
     .flags = kReadOnly,
     .keys = kKeys,
     .handler = usage,
     .summary = "Tells how many bytes a key and its value take.",
     .since = "4.0.0",
     .group = "server",
     .complexity = "O(1)",
     .arguments = kUsageArguments},
};

constexpr Row kRows[] = {
    {.name = "memory",
     .arity = -2,
     .summary = "Commands about memory.",
     .since = "4.0.0",
     .group = "server",
     .complexity = "that of the subcommand",
     .subcommands = kSubcommands},
};

}  // namespace

std::span<const Row> memory_rows() { return kRows; }

}  // namespace sideline::command
