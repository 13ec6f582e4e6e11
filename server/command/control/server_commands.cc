#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "server/command/control/families.h"
#include "server/command/control/lolwut.h"
#include "server/command/core/arguments.h"
#include "server/command/core/context.h"
#include "server/command/core/errors.h"
#include "server/command/core/server.h"
#include "server/command/table/row_parts.h"
#include "server/persist/snapshots.h"
#include "server/version.h"

namespace sideline::command {
namespace {

void time(Context& ctx) {
  constexpr std::int64_t kUsPerSecond = 1'000'000;
  const std::int64_t now_us = ctx.server.now_us();
  ctx.reply.array(2);
  ctx.reply.bulk(std::to_string(now_us / kUsPerSecond));
  ctx.reply.bulk(std::to_string(now_us % kUsPerSecond));
}

void role(Context& ctx) {
  ctx.reply.array(3);
  ctx.reply.bulk("master");
  ctx.reply.integer(0);
  ctx.reply.array(0);
}

// --- LOLWUT --------------------------------------------------------------------------------------

/// FNV-1a over the arguments and their ends.
std::uint64_t seed_of(std::span<const std::string_view> args) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&hash](unsigned char byte) { hash = (hash ^ byte) * 0x100000001b3; };
  for (const std::string_view arg : args) {
    std::for_each(arg.begin(), arg.end(), [&](char c) { add(static_cast<unsigned char>(c)); });
    add(0xff);
  }
  return hash;
}

/// Redis draws for the versions 5 and 6; of any other, or of none, it tells only its own.
bool is_drawn(std::optional<std::int64_t> version) { return version == 5 || version == 6; }

/// Every argument changes the picture, the version too.
void lolwut(Context& ctx) {
  const auto args = ctx.args.subspan(1);
  std::string picture;
  if (!args.empty() && is_word(ctx, 1, "version")) {
    std::optional<std::int64_t> version;
    if (args.size() > 1 && !(version = integer_argument(ctx, 2))) return;
    if (is_drawn(version)) picture = lolwut_picture(seed_of(args));
  } else {
    picture = lolwut_picture(args.empty() ? 0 : seed_of(args));
  }
  ctx.reply.verbatim(
      "txt", errors::join({picture, "Redis ver. ", kRedisVersion, " (Sideline ", kVersion, ")\n"}));
}

// --- SHUTDOWN ------------------------------------------------------------------------------------

struct ShutdownOptions {
  bool nosave = false;
  bool save = false;
  bool now = false;  // nobody is waited for: there are no replicas
  bool force = false;
  bool abort = false;
};

struct ShutdownWord {
  std::string_view word;
  bool ShutdownOptions::*option;
};

constexpr ShutdownWord kShutdownWords[] = {{"nosave", &ShutdownOptions::nosave},
                                           {"save", &ShutdownOptions::save},
                                           {"now", &ShutdownOptions::now},
                                           {"force", &ShutdownOptions::force},
                                           {"abort", &ShutdownOptions::abort}};

/// Whether the arguments are options that go together.
bool parse(const Context& ctx, ShutdownOptions& options) {
  for (std::size_t i = 1; i < ctx.args.size(); ++i) {
    const auto* const found =
        std::find_if(std::begin(kShutdownWords), std::end(kShutdownWords),
                     [&](const ShutdownWord& word) { return is_word(ctx, i, word.word); });
    if (found == std::end(kShutdownWords)) return false;
    options.*found->option = true;
  }
  const bool others = options.nosave || options.save || options.now || options.force;
  return !(options.abort && others) && !(options.nosave && options.save);
}

/// What is not loaded yet must not take the place of what it is loaded from.
bool is_to_save(const Server& server, const ShutdownOptions& options) {
  if (options.nosave || server.loading()) return false;
  return options.save || !server.config.settings().save.empty();
}

void shutdown(Context& ctx) {
  ShutdownOptions options;
  if (!parse(ctx, options)) return ctx.reply.error(errors::kSyntax);
  if (options.abort) return ctx.reply.error(errors::kNoShutdownInProgress);
  using Outcome = persist::Snapshots::Outcome;
  if (is_to_save(ctx.server, options) && ctx.server.snapshots->save_finally() != Outcome::kDone &&
      !options.force) {
    return ctx.reply.error(errors::kShutdownFailed);
  }
  ctx.client.close_after_reply = true;
  ctx.server.shutdown();
}

// --- Rows ----------------------------------------------------------------------------------------

constexpr Argument kLolwutArguments[] = {
    {.name = "version", .type = "integer", .token = "VERSION", .flags = "optional"}};

constexpr Argument kSaveSelectors[] = {{.name = "nosave", .type = "pure-token", .token = "NOSAVE"},
                                       {.name = "save", .type = "pure-token", .token = "SAVE"}};
constexpr Argument kShutdownArguments[] = {
    {.name = "save-selector", .type = "oneof", .flags = "optional", .arguments = kSaveSelectors},
    {.name = "now", .type = "pure-token", .token = "NOW", .flags = "optional", .since = "7.0.0"},
    {.name = "force",
     .type = "pure-token",
     .token = "FORCE",
     .flags = "optional",
     .since = "7.0.0"},
    {.name = "abort",
     .type = "pure-token",
     .token = "ABORT",
     .flags = "optional",
     .since = "7.0.0"}};

constexpr Row kRows[] = {
    {.name = "lolwut",
     .arity = -1,
     .flags = kReadOnly | kFast,
     .handler = lolwut,
     .summary = "Draws a picture and shows the version.",
     .since = "5.0.0",
     .group = "server",
     .arguments = kLolwutArguments},
    {.name = "role",
     .arity = 1,
     .flags = kNoScript | kLoading | kStale | kFast,
     .categories = kCatAdmin | kCatDangerous,
     .handler = role,
     .summary = "Tells the role in replication: a master without replicas.",
     .since = "2.8.12",
     .group = "server",
     .complexity = "O(1)"},
    {.name = "shutdown",
     .arity = -1,
     .flags = kAdmin | kNoScript | kLoading | kStale | kNoMulti | kAllowBusy | kProcess,
     .handler = shutdown,
     .summary = "Ends the server.",
     .since = "1.0.0",
     .group = "server",
     .complexity = "O(1)",
     .arguments = kShutdownArguments},
    {.name = "time",
     .arity = 1,
     .flags = kLoading | kStale | kFast,
     .handler = time,
     .summary = "Replies with the seconds since 1970 and the microseconds in the present one.",
     .since = "2.6.0",
     .group = "server",
     .complexity = "O(1)",
     .tips = parts::kNondeterministic},
};

}  // namespace

std::span<const Row> server_rows() { return kRows; }

}  // namespace sideline::command
