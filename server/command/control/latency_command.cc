#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/command/control/families.h"
#include "server/command/control/latency_report.h"
#include "server/command/core/context.h"
#include "server/command/core/errors.h"
#include "server/command/core/help.h"
#include "server/command/core/server.h"

namespace sideline::command {
namespace {

std::int64_t now_seconds(const Context& ctx) { return ctx.now_ms() / 1000; }

void doctor(Context& ctx) {
  ctx.reply.verbatim("txt", latency_report(ctx.server.latency.events(),
                                           ctx.server.config.settings(), now_seconds(ctx)));
}

void graph(Context& ctx) {
  const std::string_view event = ctx.args[2];
  const auto series = ctx.server.latency.series(event);
  if (!series) return ctx.reply.error(errors::no_latency_samples(event));
  ctx.reply.verbatim("txt", latency_graph(event, *series, now_seconds(ctx)));
}

void history(Context& ctx) {
  const auto series = ctx.server.latency.series(ctx.args[2]);
  if (!series) return ctx.reply.array(0);
  ctx.reply.array(series->samples.size());
  for (const Latency::Sample& sample : series->samples) {
    ctx.reply.array(2);
    ctx.reply.integer(sample.unix_time);
    ctx.reply.integer(sample.milliseconds);
  }
}

void latest(Context& ctx) {
  const Latency::Events events = ctx.server.latency.events();
  ctx.reply.array(events.size());
  for (const auto& [event, series] : events) {
    ctx.reply.array(4);
    ctx.reply.bulk(event);
    ctx.reply.integer(series.samples.back().unix_time);
    ctx.reply.integer(series.samples.back().milliseconds);
    ctx.reply.integer(series.max_ms);
  }
}

void reset(Context& ctx) {
  Latency& latency = ctx.server.latency;
  std::size_t forgotten = 0;
  if (ctx.args.size() == 2) forgotten = latency.reset();
  for (const std::string_view event : ctx.args.subspan(2)) forgotten += latency.reset(event);
  ctx.reply.integer(static_cast<std::int64_t>(forgotten));
}

// --- LATENCY HISTOGRAM ---------------------------------------------------------------------------

using Histogram = std::pair<std::string_view, LatencyCounts>;

void add_histogram(const Context& ctx, const Row& row, std::vector<Histogram>& histograms) {
  LatencyCounts counts = ctx.server.command_stats.latency(row.index);
  if (counts.total() != 0) histograms.emplace_back(row.full_name, std::move(counts));
}

/// Of one command and its subcommands.
void add_histograms(const Context& ctx, const Row& row, std::vector<Histogram>& histograms) {
  add_histogram(ctx, row, histograms);
  for (const Row& subcommand : row.subcommands) add_histogram(ctx, subcommand, histograms);
}

/// The cumulated counts at 1 us, 2 us, 4 us and so on, where they grow. The bounds are Redis's:
/// powers of two of 1024 ns, to the end of their slot of the histogram, in whole microseconds.
void reply_cumulated(Context& ctx, const LatencyCounts& counts) {
  std::vector<std::pair<std::int64_t, std::uint64_t>> steps;
  std::uint64_t seen = 0;
  for (std::int64_t low = 1024; seen < counts.total(); low *= 2) {
    const std::int64_t bound = low + low / 128 - 1;
    const std::uint64_t count = counts.up_to(bound);
    if (count > seen) steps.emplace_back(bound / 1000, count);
    seen = count;
  }
  ctx.reply.map(steps.size());
  for (const auto& [microseconds, count] : steps) {
    ctx.reply.integer(microseconds);
    ctx.reply.integer(static_cast<std::int64_t>(count));
  }
}

void histogram(Context& ctx) {
  std::vector<Histogram> histograms;
  const Table& table = ctx.server.table;
  if (ctx.args.size() == 2) {
    for (const Row& row : table.commands()) add_histograms(ctx, row, histograms);
  }
  for (const std::string_view name : ctx.args.subspan(2)) {
    const Row* const row = table.find_full_name(name);
    if (row != nullptr) add_histograms(ctx, *row, histograms);
  }
  ctx.reply.map(histograms.size());
  for (const auto& [name, counts] : histograms) {
    ctx.reply.bulk(name);
    ctx.reply.map(2);
    ctx.reply.bulk("calls");
    ctx.reply.integer(static_cast<std::int64_t>(counts.total()));
    ctx.reply.bulk("histogram_usec");
    reply_cumulated(ctx, counts);
  }
}

// --- Rows ----------------------------------------------------------------------------------------

constexpr std::uint32_t kFlags = kAdmin | kNoScript | kLoading | kStale;

constexpr Argument kEvent[] = {{.name = "event", .type = "string"}};
constexpr Argument kEvents[] = {{.name = "event", .type = "string", .flags = "optional multiple"}};
constexpr Argument kCommands[] = {
    {.name = "command", .type = "string", .flags = "optional multiple"}};

constexpr std::string_view kTips[] = {"nondeterministic_output", "request_policy:all_nodes",
                                      "response_policy:special"};
constexpr std::string_view kResetTips[] = {"request_policy:all_nodes", "response_policy:agg_sum"};

constexpr Row kSubcommands[] = {
    {.name = "doctor",
     .arity = 2,
     .flags = kFlags,
     .handler = doctor,
     .summary = "Explains the spikes that were seen, with advice.",
     .since = "2.8.13",
     .group = "server",
     .complexity = "O(1)",
     .tips = kTips},
    {.name = "graph",
     .arity = 3,
     .flags = kFlags,
     .handler = graph,
     .summary = "Draws the spikes of an event with characters.",
     .since = "2.8.13",
     .group = "server",
     .complexity = "O(1)",
     .tips = kTips,
     .arguments = kEvent},
    {.name = "help",
     .arity = 2,
     .flags = kLoading | kStale,
     .handler = reply_help,
     .summary = "Lists the subcommands.",
     .since = "2.8.13",
     .group = "server",
     .complexity = "O(1)"},
    {.name = "histogram",
     .arity = -2,
     .flags = kFlags,
     .handler = histogram,
     .summary = "Counts how often commands took how long, all or those named.",
     .since = "7.0.0",
     .group = "server",
     .complexity = "O(N) for N commands",
     .tips = kTips,
     .arguments = kCommands},
    {.name = "history",
     .arity = 3,
     .flags = kFlags,
     .handler = history,
     .summary = "Shows when an event was slow, and how slow.",
     .since = "2.8.13",
     .group = "server",
     .complexity = "O(1)",
     .tips = kTips,
     .arguments = kEvent},
    {.name = "latest",
     .arity = 2,
     .flags = kFlags,
     .handler = latest,
     .summary = "Shows the last and the longest spike of each event.",
     .since = "2.8.13",
     .group = "server",
     .complexity = "O(1)",
     .tips = kTips},
    {.name = "reset",
     .arity = -2,
     .flags = kFlags | kAlters,
     .handler = reset,
     .summary = "Forgets the spikes, all or those of some events.",
     .since = "2.8.13",
     .group = "server",
     .complexity = "O(1)",
     .tips = kResetTips,
     .arguments = kEvents},
};

constexpr Row kRows[] = {
    {.name = "latency",
     .arity = -2,
     .summary = "Commands about how long the server takes.",
     .since = "2.8.13",
     .group = "server",
     .complexity = "that of the subcommand",
     .subcommands = kSubcommands},
};

}  // namespace

std::span<const Row> latency_rows() { return kRows; }

}  // namespace sideline::command
