#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

#include <libcache/cache.h>

#include "server/command/core/arguments.h"
#include "server/command/core/context.h"
#include "server/command/core/errors.h"
#include "server/command/core/value_replies.h"
#include "server/command/data/families.h"
#include "server/command/table/row_parts.h"

// Deadlines of keys.
namespace sideline::command {
namespace {

using libcache::Status;

constexpr std::int64_t kSecond = 1000;  // milliseconds
constexpr std::int64_t kMillisecond = 1;
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

// --- TTL and its variants ------------------------------------------------------------------------

constexpr std::int64_t kKeyIsAbsent = -2;
constexpr std::int64_t kKeyIsLasting = -1;

/// Replies with the time from `start` to the key's deadline in `unit`s, rounded.
void reply_time(Context& ctx, std::int64_t start, std::int64_t unit) {
  const auto info = ctx.keys().info(ctx.key(1), {.touch = false, .count = true});
  if (!info) return ctx.reply.integer(kKeyIsAbsent);
  if (info->deadline_ms == libcache::kNoDeadline) return ctx.reply.integer(kKeyIsLasting);
  const std::int64_t time = info->deadline_ms > start ? info->deadline_ms - start : 0;
  const bool rounds_up = time % unit * 2 >= unit;
  ctx.reply.integer(time / unit + (rounds_up ? 1 : 0));
}

void ttl(Context& ctx) { reply_time(ctx, ctx.now_ms(), kSecond); }
void pttl(Context& ctx) { reply_time(ctx, ctx.now_ms(), kMillisecond); }
void expiretime(Context& ctx) { reply_time(ctx, 0, kSecond); }
void pexpiretime(Context& ctx) { reply_time(ctx, 0, kMillisecond); }

// --- EXPIRE and its variants ---------------------------------------------------------------------

/// When a deadline is set, as the options say; without one, always.
struct ExpireConditions {
  bool nx = false;  ///< if the key has none
  bool xx = false;  ///< if it has one
  bool gt = false;  ///< if it has one that is earlier
  bool lt = false;  ///< if it has one that is later, or none
};

/// Nothing if the error was replied.
std::optional<ExpireConditions> expire_conditions(Context& ctx) {
  struct Option {
    std::string_view name;
    bool ExpireConditions::*member;
  };
  static constexpr Option kOptions[] = {{"NX", &ExpireConditions::nx},
                                        {"XX", &ExpireConditions::xx},
                                        {"GT", &ExpireConditions::gt},
                                        {"LT", &ExpireConditions::lt}};
  ExpireConditions conditions;
  for (std::size_t i = 3; i < ctx.args.size(); ++i) {
    bool known = false;
    for (const Option& option : kOptions) {
      if (!is_word(ctx, i, option.name)) continue;
      conditions.*option.member = true;
      known = true;
    }
    if (known) continue;
    ctx.reply.error(errors::unsupported_option(ctx.args[i]));
    return std::nullopt;
  }
  const bool nx_with_others = conditions.nx && (conditions.xx || conditions.gt || conditions.lt);
  if (!nx_with_others && !(conditions.gt && conditions.lt)) return conditions;
  ctx.reply.error(nx_with_others ? errors::kExpireNxWithOthers : errors::kExpireGtWithLt);
  return std::nullopt;
}

bool met(const ExpireConditions& conditions, std::int64_t now, std::int64_t then) {
  const bool lasting = now == libcache::kNoDeadline;
  if (conditions.nx && !lasting) return false;
  if (conditions.xx && lasting) return false;
  if (conditions.gt && (lasting || then <= now)) return false;
  return !(conditions.lt && !lasting && then >= now);
}

/// The deadline that argument 2 names, in units from `start`: any, also one that has passed.
/// Nothing if the error was replied.
std::optional<std::int64_t> any_deadline_argument(Context& ctx, std::int64_t start,
                                                  std::int64_t unit) {
  const auto value = integer_argument(ctx, 2);
  if (!value) return std::nullopt;
  if (*value >= kMin / unit && *value <= kMax / unit && *value * unit <= kMax - start) {
    return *value * unit + start;
  }
  ctx.reply.error(errors::invalid_expire(ctx.row.full_name));
  return std::nullopt;
}

void reply_changed(Context& ctx, Status status) {
  if (status == Status::kOutOfMemory) return reply_failure(ctx.reply, status);
  ctx.reply.integer(status == Status::kOk ? 1 : 0);
}

void set_deadline(Context& ctx, std::int64_t start, std::int64_t unit) {
  const auto conditions = expire_conditions(ctx);
  if (!conditions) return;
  const auto deadline = any_deadline_argument(ctx, start, unit);
  if (!deadline) return;
  const auto info = ctx.keys().info(ctx.key(1), ctx.write_options());
  if (!info || !met(*conditions, info->deadline_ms, *deadline)) return ctx.reply.integer(0);
  reply_changed(ctx, ctx.expire_at(ctx.key(1), *deadline));
}

void expire(Context& ctx) { set_deadline(ctx, ctx.now_ms(), kSecond); }
void pexpire(Context& ctx) { set_deadline(ctx, ctx.now_ms(), kMillisecond); }
void expireat(Context& ctx) { set_deadline(ctx, 0, kSecond); }
void pexpireat(Context& ctx) { set_deadline(ctx, 0, kMillisecond); }

void persist(Context& ctx) { reply_changed(ctx, ctx.keys().persist(ctx.key(1))); }

// --- Rows ----------------------------------------------------------------------------------------

constexpr Argument kConditions[] = {{.name = "nx", .type = "pure-token", .token = "NX"},
                                    {.name = "xx", .type = "pure-token", .token = "XX"},
                                    {.name = "gt", .type = "pure-token", .token = "GT"},
                                    {.name = "lt", .type = "pure-token", .token = "LT"}};
constexpr Argument kCondition = {.name = "condition",
                                 .type = "oneof",
                                 .flags = "optional",
                                 .since = "7.0.0",
                                 .arguments = kConditions};
constexpr Argument kExpireArguments[] = {
    parts::kKey, {.name = "seconds", .type = "integer"}, kCondition};
constexpr Argument kPExpireArguments[] = {
    parts::kKey, {.name = "milliseconds", .type = "integer"}, kCondition};
constexpr Argument kExpireAtArguments[] = {
    parts::kKey, {.name = "unix-time-seconds", .type = "unix-time"}, kCondition};
constexpr Argument kPExpireAtArguments[] = {
    parts::kKey, {.name = "unix-time-milliseconds", .type = "unix-time"}, kCondition};

constexpr Row kRows[] = {
    {.name = "ttl",
     .arity = 2,
     .flags = kReadOnly | kFast,
     .categories = kCatKeyspace,
     .keys = parts::kReadKey,
     .handler = ttl,
     .summary = "Replies with the seconds that a key has left.",
     .since = "1.0.0",
     .group = "generic",
     .complexity = "O(1)",
     .tips = parts::kNondeterministic,
     .arguments = parts::kOneKey},
    {.name = "pttl",
     .arity = 2,
     .flags = kReadOnly | kFast,
     .categories = kCatKeyspace,
     .keys = parts::kReadKey,
     .handler = pttl,
     .summary = "Replies with the milliseconds that a key has left.",
     .since = "2.6.0",
     .group = "generic",
     .complexity = "O(1)",
     .tips = parts::kNondeterministic,
     .arguments = parts::kOneKey},
    {.name = "expiretime",
     .arity = 2,
     .flags = kReadOnly | kFast,
     .categories = kCatKeyspace,
     .keys = parts::kReadKey,
     .handler = expiretime,
     .summary = "Replies with a key's deadline, in seconds since the UNIX epoch.",
     .since = "7.0.0",
     .group = "generic",
     .complexity = "O(1)",
     .arguments = parts::kOneKey},
    {.name = "pexpiretime",
     .arity = 2,
     .flags = kReadOnly | kFast,
     .categories = kCatKeyspace,
     .keys = parts::kReadKey,
     .handler = pexpiretime,
     .summary = "Replies with a key's deadline, in milliseconds since the UNIX epoch.",
     .since = "7.0.0",
     .group = "generic",
     .complexity = "O(1)",
     .arguments = parts::kOneKey},
    {.name = "expire",
     .arity = -3,
     .flags = kWrite | kFast,
     .categories = kCatKeyspace,
     .keys = parts::kUpdateKey,
     .handler = expire,
     .summary = "Lets a key end in some seconds.",
     .since = "1.0.0",
     .group = "generic",
     .complexity = "O(1)",
     .arguments = kExpireArguments},
    {.name = "pexpire",
     .arity = -3,
     .flags = kWrite | kFast,
     .categories = kCatKeyspace,
     .keys = parts::kUpdateKey,
     .handler = pexpire,
     .summary = "Lets a key end in some milliseconds.",
     .since = "2.6.0",
     .group = "generic",
     .complexity = "O(1)",
     .arguments = kPExpireArguments},
    {.name = "expireat",
     .arity = -3,
     .flags = kWrite | kFast,
     .categories = kCatKeyspace,
     .keys = parts::kUpdateKey,
     .handler = expireat,
     .summary = "Lets a key end at a moment in seconds since the UNIX epoch.",
     .since = "1.2.0",
     .group = "generic",
     .complexity = "O(1)",
     .arguments = kExpireAtArguments},
    {.name = "pexpireat",
     .arity = -3,
     .flags = kWrite | kFast,
     .categories = kCatKeyspace,
     .keys = parts::kUpdateKey,
     .handler = pexpireat,
     .summary = "Lets a key end at a moment in milliseconds since the UNIX epoch.",
     .since = "2.6.0",
     .group = "generic",
     .complexity = "O(1)",
     .arguments = kPExpireAtArguments},
    {.name = "persist",
     .arity = 2,
     .flags = kWrite | kFast,
     .categories = kCatKeyspace,
     .keys = parts::kUpdateKey,
     .handler = persist,
     .summary = "Takes the deadline of a key away.",
     .since = "2.2.0",
     .group = "generic",
     .complexity = "O(1)",
     .arguments = parts::kOneKey},
};

}  // namespace

std::span<const Row> expiry_rows() { return kRows; }

}  // namespace sideline::command
