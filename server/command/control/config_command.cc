#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/command/control/families.h"
#include "server/command/core/context.h"
#include "server/command/core/errors.h"
#include "server/command/core/help.h"
#include "server/command/core/server.h"
#include "server/config/directives.h"
#include "server/config/glob.h"

namespace sideline::command {
namespace {

bool matches(std::string_view pattern, std::string_view name) {
  return config::glob_match(pattern, name, config::LetterCase::kIgnored);
}

void get(Context& ctx) {
  const auto found = ctx.server.config.get(ctx.args.subspan(2), matches);
  ctx.reply.map(found.size());
  for (const auto& [name, value] : found) {
    ctx.reply.bulk(name);
    ctx.reply.bulk(value);
  }
}

void reply_outcome(Context& ctx, const std::optional<std::string>& error) {
  if (error) return ctx.reply.error(errors::config(*error));
  ctx.reply.ok();
}

void set(Context& ctx) {
  const auto pairs = ctx.args.subspan(2);
  // All that follows, as a password with spaces may lack its quotes.
  bool is_behind_secret = false;
  for (std::size_t i = 2; i < ctx.args.size(); ++i) {
    if (is_behind_secret) ctx.redact(i);
    const config::Directive* const directive = config::find_directive(ctx.args[i]);
    is_behind_secret |= directive != nullptr && config::is_secret(*directive);
  }
  if (pairs.size() % 2 != 0) return ctx.reply.error(errors::kSyntax);
  reply_outcome(ctx, ctx.server.config.set(pairs));
}

void rewrite(Context& ctx) { reply_outcome(ctx, ctx.server.config.rewrite()); }

void reset_stat(Context& ctx) {
  Server& server = ctx.server;
  server.cache.reset_stats();
  server.command_stats.reset();
  server.traffic.reset();
  server.rates.reset();
  server.hit_ratios.reset();
  server.connections_received.store(0, std::memory_order_relaxed);
  server.connections_rejected.store(0, std::memory_order_relaxed);
  ctx.reply.ok();
}

// --- Rows ----------------------------------------------------------------------------------------

constexpr std::uint32_t kFlags = kAdmin | kNoScript | kLoading | kStale;

constexpr Argument kGetArguments[] = {{.name = "parameter", .type = "string", .flags = "multiple"}};
constexpr Argument kPair[] = {{.name = "parameter", .type = "string"},
                              {.name = "value", .type = "string"}};
constexpr Argument kSetArguments[] = {
    {.name = "data", .type = "block", .flags = "multiple", .arguments = kPair}};

constexpr std::string_view kAllNodesTips[] = {"request_policy:all_nodes",
                                              "response_policy:all_succeeded"};

constexpr Row kSubcommands[] = {
    {.name = "get",
     .arity = -3,
     .flags = kFlags,
     .handler = get,
     .summary = "Shows the directives that fit a pattern, and their values.",
     .since = "2.0.0",
     .group = "server",
     .complexity = "O(N*M) for N directives and M patterns",
     .arguments = kGetArguments},
    {.name = "help",
     .arity = 2,
     .flags = kLoading | kStale,
     .handler = reply_help,
     .summary = "Lists the subcommands.",
     .since = "5.0.0",
     .group = "server",
     .complexity = "O(1)"},
    {.name = "resetstat",
     .arity = 2,
     .flags = kFlags | kAlters,
     .handler = reset_stat,
     .summary = "Lets the counters that INFO shows start at 0 again.",
     .since = "2.0.0",
     .group = "server",
     .complexity = "O(1)",
     .tips = kAllNodesTips},
    {.name = "rewrite",
     .arity = 2,
     .flags = kFlags | kProcess,
     .handler = rewrite,
     .summary = "Writes the present values into the configuration file.",
     .since = "2.8.0",
     .group = "server",
     .complexity = "O(1)",
     .tips = kAllNodesTips},
    {.name = "set",
     .arity = -4,
     .flags = kFlags | kAlters,
     .handler = set,
     .summary = "Changes directives while the server runs, all of them or none.",
     .since = "2.0.0",
     .group = "server",
     .complexity = "O(N) for N directives",
     .tips = kAllNodesTips,
     .arguments = kSetArguments},
};

constexpr Row kRows[] = {
    {.name = "config",
     .arity = -2,
     .summary = "Commands about the configuration.",
     .since = "2.0.0",
     .group = "server",
     .complexity = "that of the subcommand",
     .subcommands = kSubcommands},
};

}  // namespace

std::span<const Row> config_rows() { return kRows; }

}  // namespace sideline::command
