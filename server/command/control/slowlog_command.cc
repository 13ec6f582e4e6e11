#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

#include "server/command/control/families.h"
#include "server/command/core/arguments.h"
#include "server/command/core/context.h"
#include "server/command/core/errors.h"
#include "server/command/core/help.h"
#include "server/command/core/server.h"

namespace sideline::command {
namespace {

void reply_entry(Context& ctx, const SlowLog::Entry& entry) {
  ctx.reply.array(6);
  ctx.reply.integer(entry.id);
  ctx.reply.integer(entry.unix_time);
  ctx.reply.integer(entry.microseconds);
  ctx.reply.array(entry.args.size());
  for (const std::string& argument : entry.args) ctx.reply.bulk(argument);
  ctx.reply.bulk(entry.address);
  ctx.reply.bulk(entry.client_name);
}

/// How many entries are wanted. If it is an error, that is replied.
std::optional<std::size_t> count_argument(Context& ctx) {
  constexpr std::size_t kDefault = 10;
  if (ctx.args.size() == 2) return kDefault;
  const auto count = integer_argument(ctx, 2, errors::kSlowlogCount);
  if (!count) return std::nullopt;
  if (*count < -1) {
    ctx.reply.error(errors::kSlowlogCount);
    return std::nullopt;
  }
  return *count == -1 ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(*count);
}

void get(Context& ctx) {
  if (ctx.args.size() > 3) {
    return ctx.reply.error(errors::subcommand_syntax(ctx.args[0], ctx.args[1]));
  }
  const std::optional<std::size_t> count = count_argument(ctx);
  if (!count) return;
  const std::vector<SlowLog::Entry> entries = ctx.server.slowlog.newest(*count);
  ctx.reply.array(entries.size());
  for (const SlowLog::Entry& entry : entries) reply_entry(ctx, entry);
}

void len(Context& ctx) { ctx.reply.integer(static_cast<std::int64_t>(ctx.server.slowlog.size())); }

void reset(Context& ctx) {
  ctx.server.slowlog.clear();
  ctx.reply.ok();
}

// --- Rows ----------------------------------------------------------------------------------------

constexpr std::uint32_t kFlags = kAdmin | kLoading | kStale;

constexpr Argument kGetArguments[] = {{.name = "count", .type = "integer", .flags = "optional"}};

constexpr std::string_view kAllNodesTips[] = {"request_policy:all_nodes",
                                              "response_policy:all_succeeded"};
constexpr std::string_view kGetTips[] = {"request_policy:all_nodes", "nondeterministic_output"};
constexpr std::string_view kLenTips[] = {"request_policy:all_nodes", "response_policy:agg_sum",
                                         "nondeterministic_output"};

constexpr Row kSubcommands[] = {
    {.name = "get",
     .arity = -2,
     .flags = kFlags,
     .handler = get,
     .summary = "Shows the newest slow requests: 10 or as many as asked for, -1 for all.",
     .since = "2.2.12",
     .group = "server",
     .complexity = "O(N) for N requests",
     .tips = kGetTips,
     .arguments = kGetArguments},
    {.name = "help",
     .arity = 2,
     .flags = kLoading | kStale,
     .handler = reply_help,
     .summary = "Lists the subcommands.",
     .since = "6.2.0",
     .group = "server",
     .complexity = "O(1)"},
    {.name = "len",
     .arity = 2,
     .flags = kFlags,
     .handler = len,
     .summary = "Counts the slow requests that are kept.",
     .since = "2.2.12",
     .group = "server",
     .complexity = "O(1)",
     .tips = kLenTips},
    {.name = "reset",
     .arity = 2,
     .flags = kFlags | kAlters,
     .handler = reset,
     .summary = "Forgets the slow requests.",
     .since = "2.2.12",
     .group = "server",
     .complexity = "O(N) for N requests",
     .tips = kAllNodesTips},
};

constexpr Row kRows[] = {
    {.name = "slowlog",
     .arity = -2,
     .summary = "Commands about requests that took long.",
     .since = "2.2.12",
     .group = "server",
     .complexity = "that of the subcommand",
     .subcommands = kSubcommands},
};

}  // namespace

std::span<const Row> slowlog_rows() { return kRows; }

}  // namespace sideline::command
