#include <cstdint>
#include <string_view>

#include "server/command/control/families.h"
#include "server/command/core/arguments.h"
#include "server/command/core/context.h"
#include "server/command/core/errors.h"
#include "server/command/core/server.h"
#include "server/command/table/row_parts.h"
#include "server/persist/snapshots.h"

namespace sideline::command {
namespace {

using Outcome = persist::Snapshots::Outcome;

/// `done` is the reply if all went well.
void reply_outcome(Context& ctx, Outcome outcome, std::string_view done) {
  switch (outcome) {
    case Outcome::kDone:
      return ctx.reply.simple(done);
    case Outcome::kFailed:
      return ctx.reply.error(errors::kNotSaved);
    case Outcome::kBusy:
      return ctx.reply.error(errors::kSaveInProgress);
  }
}

/// Stops the thread, and with it all clients that it serves; the others go on.
void save(Context& ctx) { reply_outcome(ctx, ctx.server.snapshots->save(), "OK"); }

/// With SCHEDULE, Redis waits for the end of work that there never is here.
void bgsave(Context& ctx) {
  const bool schedules = ctx.args.size() == 2 && is_word(ctx, 1, "schedule");
  if (ctx.args.size() > 1 && !schedules) return ctx.reply.error(errors::kSyntax);
  reply_outcome(ctx, ctx.server.snapshots->begin_save(), "Background saving started");
}

/// As in Redis, the data counts as saved when the server starts.
void lastsave(Context& ctx) {
  const persist::Snapshots* const snapshots = ctx.server.snapshots;
  ctx.reply.integer(snapshots == nullptr ? ctx.server.started_ms / 1000
                                         : snapshots->facts().last_save_s);
}

// --- Rows ----------------------------------------------------------------------------------------

constexpr Argument kBgsaveArguments[] = {{.name = "schedule",
                                          .type = "pure-token",
                                          .token = "SCHEDULE",
                                          .flags = "optional",
                                          .since = "3.2.2"}};

constexpr Row kRows[] = {
    {.name = "bgsave",
     .arity = -1,
     .flags = kAdmin | kNoScript | kNoAsyncLoading | kProcess,
     .handler = bgsave,
     .summary = "Saves a snapshot in the background.",
     .since = "1.0.0",
     .group = "server",
     .complexity = "O(1)",
     .arguments = kBgsaveArguments},
    {.name = "lastsave",
     .arity = 1,
     .flags = kLoading | kStale | kFast,
     .categories = kCatAdmin | kCatDangerous,
     .handler = lastsave,
     .summary = "Replies with the UNIX time of the last save, or of the start.",
     .since = "1.0.0",
     .group = "server",
     .complexity = "O(1)",
     .tips = parts::kNondeterministic},
    {.name = "save",
     .arity = 1,
     .flags = kAdmin | kNoScript | kNoAsyncLoading | kNoMulti | kProcess,
     .handler = save,
     .summary = "Saves a snapshot, and replies when that is done.",
     .since = "1.0.0",
     .group = "server",
     .complexity = "O(N) with N keys in all databases"},
};

}  // namespace

std::span<const Row> snapshot_rows() { return kRows; }

}  // namespace sideline::command
