#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <thread>

#include <libcache/number.h>

#include "server/command/control/families.h"
#include "server/command/core/arguments.h"
#include "server/command/core/context.h"
#include "server/command/core/encoding_name.h"
#include "server/command/core/errors.h"
#include "server/command/core/server.h"
#include "server/persist/snapshots.h"

namespace sideline::command {
namespace {

/// In Redis DEBUG is one command, not a container of subcommands, so they are not rows.
struct Subcommand {
  std::string_view name;
  std::size_t arguments;  ///< with "debug" and the name
  void (*handler)(Context&);
  std::string_view usage;
  std::string_view summary;
};

/// Stops the thread, and with it all clients that it serves; no lock is held.
void sleep(Context& ctx) {
  constexpr double kLongest = 365.0 * 24 * 60 * 60;
  // As Redis reads it: what is no number counts as 0.
  const double seconds = std::strtod(std::string(ctx.args[2]).c_str(), nullptr);
  if (seconds > 0) {
    std::this_thread::sleep_for(std::chrono::duration<double>(std::min(seconds, kLongest)));
  }
  ctx.reply.ok();
}

void set_active_expire(Context& ctx) {
  const bool on = std::strtol(std::string(ctx.args[2]).c_str(), nullptr, 10) != 0;
  ctx.server.cache.set_active_expiry(on);
  ctx.reply.ok();
}

/// How many bytes Redis's dump of the value would take without compression: an integer of up to
/// 32 bits in 1, 2 or 4 bytes behind one; else the length, in 1, 2 or 5 bytes, and the bytes.
std::size_t serialized_length(std::string_view value, bool integer) {
  if (integer) {
    const auto number = libcache::parse_integer(value);
    if (number >= INT8_MIN && number <= INT8_MAX) return 2;
    if (number >= INT16_MIN && number <= INT16_MAX) return 3;
    if (number >= INT32_MIN && number <= INT32_MAX) return 5;
  }
  const std::size_t prefix = value.size() < 64 ? 1 : value.size() < 16384 ? 2 : 5;
  return prefix + value.size();
}

void object(Context& ctx) {
  constexpr std::int64_t kLruClockMask = (1 << 24) - 1;
  libcache::KeyLock lock = ctx.server.cache.lock(ctx.key(2));
  const auto view = lock.view(ctx.key(2), {.touch = false, .count = false});
  const auto entry = lock.info(ctx.key(2));
  if (!view || !entry) return ctx.reply.error(errors::kNoSuchKey);
  std::ostringstream text;
  text << "Value at:" << static_cast<const void*>(view->bytes.data())
       << " refcount:1 encoding:" << encoding_name(*entry)
       << " serializedlength:" << serialized_length(view->bytes, entry->integer)
       << " lru:" << ((ctx.now_ms() - entry->idle_ms) / 1000 & kLruClockMask)
       << " lru_seconds_idle:" << entry->idle_ms / 1000;
  ctx.reply.simple(text.str());
}

void help(Context& ctx);

/// As a restart between SAVE and now: what the snapshot cannot hold is gone.
void reload(Context& ctx) {
  using Outcome = persist::Snapshots::Outcome;
  if (ctx.server.snapshots->reload() != Outcome::kDone) return ctx.reply.error(errors::kNotSaved);
  ctx.reply.ok();
}

constexpr std::array kSubcommands = {
    Subcommand{"object", 3, object, "OBJECT <key>", "Tells what is known of a key and its value."},
    Subcommand{"reload", 2, reload, "RELOAD", "Saves a snapshot, forgets all keys, and loads it."},
    Subcommand{"set-active-expire", 3, set_active_expire, "SET-ACTIVE-EXPIRE <0|1>",
               "Whether expired keys are reclaimed before they are asked for."},
    Subcommand{"sleep", 3, sleep, "SLEEP <seconds>",
               "Stops the thread that serves this connection."},
    Subcommand{"help", 2, help, "HELP", "Lists the subcommands."},
};

void help(Context& ctx) {
  ctx.reply.array(1 + 2 * kSubcommands.size());
  ctx.reply.simple("DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  for (const Subcommand& subcommand : kSubcommands) {
    ctx.reply.simple(subcommand.usage);
    ctx.reply.simple(errors::join({"    ", subcommand.summary}));
  }
}

void debug(Context& ctx) {
  const auto found =
      std::find_if(kSubcommands.begin(), kSubcommands.end(), [&](const Subcommand& subcommand) {
        return is_word(ctx, 1, subcommand.name) && ctx.args.size() == subcommand.arguments;
      });
  if (found == kSubcommands.end()) {
    return ctx.reply.error(errors::subcommand_syntax(ctx.args[0], ctx.args[1]));
  }
  found->handler(ctx);
}

constexpr Row kRows[] = {
    {.name = "debug",
     .arity = -2,
     .flags = kAdmin | kNoScript | kLoading | kStale | kProtected | kSystem,
     .handler = debug,
     .summary = "Commands for tests and for finding faults.",
     .since = "1.0.0",
     .group = "server",
     .complexity = "that of the subcommand"},
};

}  // namespace

std::span<const Row> debug_rows() { return kRows; }

}  // namespace sideline::command
