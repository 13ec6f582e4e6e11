#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "server/command/control/families.h"
#include "server/command/core/arguments.h"
#include "server/command/core/context.h"
#include "server/command/core/errors.h"
#include "server/command/core/server.h"

namespace sideline::command {
namespace {

/// To hundredths: more of an estimate says nothing.
double rounded(double value) { return std::round(value * 100) / 100; }

void reply_key(Context& ctx, const HotKeys::HotKey& hot) {
  ctx.reply.map(4);
  ctx.reply.bulk("key");
  ctx.reply.bulk(hot.key);
  ctx.reply.bulk("db");
  ctx.reply.integer(hot.database);
  ctx.reply.bulk("per-second");
  ctx.reply.real(rounded(hot.per_second));
  ctx.reply.bulk("error");
  ctx.reply.real(rounded(hot.error));
}

/// How many are wanted. If it is an error, that is replied.
std::optional<std::size_t> count_argument(Context& ctx) {
  constexpr std::size_t kDefault = 10;
  if (ctx.args.size() == 1) return kDefault;
  if (ctx.args.size() != 3 || !is_word(ctx, 1, "count")) {
    ctx.reply.error(errors::kSyntax);
    return std::nullopt;
  }
  const auto count = integer_argument(ctx, 2);
  if (!count) return std::nullopt;
  if (*count < 1) {
    ctx.reply.error(errors::kNotPositive);
    return std::nullopt;
  }
  return static_cast<std::size_t>(*count);
}

void hotkeys(Context& ctx) {
  const std::optional<std::size_t> count = count_argument(ctx);
  if (!count) return;
  const std::vector<HotKeys::HotKey> hottest = ctx.server.hot_keys.hottest(*count, ctx.now_ms());
  ctx.reply.array(hottest.size());
  for (const HotKeys::HotKey& hot : hottest) reply_key(ctx, hot);
}

constexpr Argument kArguments[] = {
    {.name = "count", .type = "integer", .token = "COUNT", .flags = "optional"}};

constexpr std::string_view kTips[] = {"nondeterministic_output", "request_policy:all_nodes",
                                      "response_policy:special"};

constexpr Row kRows[] = {
    {.name = "hotkeys",
     .arity = -1,
     .flags = kAdmin | kLoading | kStale,
     .handler = hotkeys,
     .summary =
         "Shows the keys that are asked for most, and how often: 10 or as many as asked for.",
     .since = "0.1.0",
     .group = "server",
     .complexity = "O(N) for N threads",
     .tips = kTips,
     .arguments = kArguments},
};

}  // namespace

std::span<const Row> hotkeys_rows() { return kRows; }

}  // namespace sideline::command
