#include "server/command/control/families.h"
#include "server/command/core/context.h"
#include "server/command/core/server.h"

namespace sideline::command {
namespace {

/// A second MONITOR gets no reply, as in Redis.
void monitor(Context& ctx) {
  if (ctx.client.monitor.exchange(true)) return;
  ctx.server.monitors.add(ctx.client);
  ctx.reply.ok();
}

constexpr Row kRows[] = {
    {.name = "monitor",
     .arity = 1,
     .flags = kAdmin | kNoScript | kLoading | kStale,
     .handler = monitor,
     .summary = "Shows every request that the server runs, as it happens.",
     .since = "1.0.0",
     .group = "server"},
};

}  // namespace

std::span<const Row> monitor_rows() { return kRows; }

}  // namespace sideline::command
