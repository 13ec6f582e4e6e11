#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <libcache/cache.h>

#include "server/command/core/context.h"
#include "server/command/core/errors.h"
#include "server/command/core/value_replies.h"
#include "server/command/data/families.h"
#include "server/command/data/set_options.h"
#include "server/command/table/row_parts.h"

// Strings as a whole: GET and SET in all their forms.
namespace sideline::command {
namespace {

using libcache::KeyValue;
using libcache::Status;
using When = libcache::SetOptions::When;

/// Replies to a write that stores always.
void reply_stored(Context& ctx, Status status) {
  if (status == Status::kOk) return ctx.reply.ok();
  reply_failure(ctx.reply, status);
}

void reply_old_value(Context& ctx, const std::optional<libcache::Value>& old) {
  if (!old) return ctx.reply.null();
  reply_value(ctx.reply, *old);
}

// --- Reading -------------------------------------------------------------------------------------

void get(Context& ctx) {
  auto view = ctx.keys().view(ctx.key(1), ctx.read_options());
  if (!view) return ctx.reply.null();
  reply_value(ctx.reply, *std::move(view));
}

void mget(Context& ctx) {
  ctx.reply.array(ctx.args.size() - 1);
  for (std::size_t i = 1; i < ctx.args.size(); ++i) {
    auto view = ctx.keys().view(ctx.key(i), ctx.read_options());
    if (view) {
      reply_value(ctx.reply, *std::move(view));
    } else {
      ctx.reply.null();
    }
  }
}

void getdel(Context& ctx) {
  get(ctx);
  ctx.keys().erase(ctx.key(1));
}

void getex(Context& ctx) {
  const auto options = parse_value_options(ctx.args, OptionsOf::kGetEx);
  if (!options) return ctx.reply.error(errors::kSyntax);
  // Not a view: a change of the key may move the bytes.
  const auto value = ctx.keys().get(ctx.key(1), ctx.read_options());
  if (!value) return ctx.reply.null();

  Status status = Status::kOk;
  if (options->names_time()) {
    const auto deadline = deadline_argument(ctx, options->expiry, options->time);
    if (!deadline) return;
    status = ctx.expire_at(ctx.key(1), *deadline);
  } else if (options->expiry == Expiry::kPersist) {
    status = ctx.keys().persist(ctx.key(1));
  }
  if (status == Status::kOutOfMemory) return reply_failure(ctx.reply, status);
  reply_value(ctx.reply, *value);
}

// --- Writing one key -----------------------------------------------------------------------------

void set_with_options(Context& ctx) {
  const auto options = parse_value_options(ctx.args, OptionsOf::kSet);
  if (!options) return ctx.reply.error(errors::kSyntax);
  libcache::SetOptions how{.when = options->when, .keep_ttl = options->expiry == Expiry::kKeep};
  if (options->names_time()) {
    how.deadline_ms = deadline_argument(ctx, options->expiry, options->time);
    if (!how.deadline_ms) return;
  }

  std::optional<libcache::Value> old;
  if (options->get) old = ctx.keys().get(ctx.key(1), ctx.read_options());
  const Status status = ctx.keys().set(ctx.key(1), ctx.args[2], how).status;
  if (failed(status)) return reply_failure(ctx.reply, status);
  if (options->get) return reply_old_value(ctx, old);
  if (status == Status::kNotStored) return ctx.reply.null();
  ctx.reply.ok();
}

void set(Context& ctx) {
  if (ctx.args.size() > 3) return set_with_options(ctx);
  reply_stored(ctx, ctx.keys().set(ctx.key(1), ctx.args[2]).status);
}

void set_with_time(Context& ctx, Expiry expiry) {
  const auto deadline = deadline_argument(ctx, expiry, ctx.args[2]);
  if (!deadline) return;
  reply_stored(ctx, ctx.keys().set(ctx.key(1), ctx.args[3], {.deadline_ms = deadline}).status);
}

void setex(Context& ctx) { set_with_time(ctx, Expiry::kSeconds); }

void psetex(Context& ctx) { set_with_time(ctx, Expiry::kMilliseconds); }

void setnx(Context& ctx) {
  const Status status = ctx.keys().set(ctx.key(1), ctx.args[2], {.when = When::kIfAbsent}).status;
  if (failed(status)) return reply_failure(ctx.reply, status);
  ctx.reply.integer(status == Status::kOk ? 1 : 0);
}

void getset(Context& ctx) {
  const auto old = ctx.keys().get(ctx.key(1), ctx.read_options());
  const Status status = ctx.keys().set(ctx.key(1), ctx.args[2]).status;
  if (failed(status)) return reply_failure(ctx.reply, status);
  reply_old_value(ctx, old);
}

// --- Writing many keys ---------------------------------------------------------------------------

/// Whether a key comes without a value; then the error is replied.
bool value_is_missing(Context& ctx) {
  if (ctx.args.size() % 2 == 1) return false;
  ctx.reply.error(errors::wrong_arity(ctx.row.full_name));
  return true;
}

std::vector<KeyValue> pairs(const Context& ctx) {
  std::vector<KeyValue> pairs;
  pairs.reserve(ctx.args.size() / 2);
  for (std::size_t i = 1; i < ctx.args.size(); i += 2) {
    pairs.push_back({ctx.key(i), ctx.args[i + 1]});
  }
  return pairs;
}

void mset(Context& ctx) {
  if (value_is_missing(ctx)) return;
  const Status status = ctx.keys().set_many(pairs(ctx));
  if (status != Status::kOk) return reply_failure(ctx.reply, status);
  ctx.reply.ok();
}

void msetnx(Context& ctx) {
  if (value_is_missing(ctx)) return;
  for (std::size_t i = 1; i < ctx.args.size(); i += 2) {
    if (ctx.keys().exists(ctx.key(i), ctx.write_options())) return ctx.reply.integer(0);
  }
  const Status status = ctx.keys().set_many(pairs(ctx));
  if (status != Status::kOk) return reply_failure(ctx.reply, status);
  ctx.reply.integer(1);
}

// --- Rows ----------------------------------------------------------------------------------------

constexpr KeyRange kSetKey[] = {{.first = 1,
                                 .last = 1,
                                 .step = 1,
                                 .access = kRW | kAccess | kUpdate | kVariableFlags,
                                 .notes = "RW and ACCESS due to the optional `GET` argument"}};
constexpr KeyRange kGetExKey[] = {{.first = 1,
                                   .last = 1,
                                   .step = 1,
                                   .access = kRW | kAccess | kUpdate,
                                   .notes = "RW and UPDATE because it changes the TTL"}};
constexpr KeyRange kGetDelKey[] = {{1, 1, 1, kRW | kAccess | kDelete}};
constexpr KeyRange kOverwriteKey[] = {{1, 1, 1, kOW | kUpdate}};
constexpr KeyRange kInsertKey[] = {{1, 1, 1, kOW | kInsert}};
constexpr KeyRange kReadKeys[] = {{1, -1, 1, kRO | kAccess}};
constexpr KeyRange kOverwriteKeys[] = {{1, -1, 2, kOW | kUpdate}};
constexpr KeyRange kInsertKeys[] = {{1, -1, 2, kOW | kInsert}};

constexpr Argument kNxOrXx[] = {{.name = "nx", .type = "pure-token", .token = "NX"},
                                {.name = "xx", .type = "pure-token", .token = "XX"}};
constexpr Argument kSetExpiration[] = {
    {.name = "seconds", .type = "integer", .token = "EX", .since = "2.6.12"},
    {.name = "milliseconds", .type = "integer", .token = "PX", .since = "2.6.12"},
    {.name = "unix-time-seconds", .type = "unix-time", .token = "EXAT", .since = "6.2.0"},
    {.name = "unix-time-milliseconds", .type = "unix-time", .token = "PXAT", .since = "6.2.0"},
    {.name = "keepttl", .type = "pure-token", .token = "KEEPTTL", .since = "6.0.0"}};
constexpr Argument kSetArguments[] = {
    parts::kKey,
    parts::kValue,
    {.name = "condition",
     .type = "oneof",
     .flags = "optional",
     .since = "2.6.12",
     .arguments = kNxOrXx},
    {.name = "get", .type = "pure-token", .token = "GET", .flags = "optional", .since = "6.2.0"},
    {.name = "expiration", .type = "oneof", .flags = "optional", .arguments = kSetExpiration}};

constexpr Argument kGetExExpiration[] = {
    {.name = "seconds", .type = "integer", .token = "EX"},
    {.name = "milliseconds", .type = "integer", .token = "PX"},
    {.name = "unix-time-seconds", .type = "unix-time", .token = "EXAT"},
    {.name = "unix-time-milliseconds", .type = "unix-time", .token = "PXAT"},
    {.name = "persist", .type = "pure-token", .token = "PERSIST"}};
constexpr Argument kGetExArguments[] = {
    parts::kKey,
    {.name = "expiration", .type = "oneof", .flags = "optional", .arguments = kGetExExpiration}};

constexpr Argument kKeyAndValue[] = {parts::kKey, parts::kValue};
constexpr Argument kKeysAndValues[] = {
    {.name = "data", .type = "block", .flags = "multiple", .arguments = kKeyAndValue}};
constexpr Argument kSetExArguments[] = {
    parts::kKey, {.name = "seconds", .type = "integer"}, parts::kValue};
constexpr Argument kPSetExArguments[] = {
    parts::kKey, {.name = "milliseconds", .type = "integer"}, parts::kValue};

constexpr std::string_view kMGetTips[] = {"request_policy:multi_shard"};
constexpr std::string_view kMSetTips[] = {"request_policy:multi_shard",
                                          "response_policy:all_succeeded"};

constexpr Row kRows[] = {
    {.name = "get",
     .arity = 2,
     .flags = kReadOnly | kFast,
     .categories = kCatString,
     .keys = parts::kReadKey,
     .handler = get,
     .summary = "Reads the string at a key.",
     .since = "1.0.0",
     .group = "string",
     .complexity = "O(1)",
     .arguments = parts::kOneKey},
    {.name = "set",
     .arity = -3,
     .flags = kWrite | kDenyOom,
     .categories = kCatString,
     .keys = kSetKey,
     .handler = set,
     .summary = "Stores a string at a key, whatever was there, with conditions and a lifetime.",
     .since = "1.0.0",
     .group = "string",
     .complexity = "O(1)",
     .arguments = kSetArguments},
    {.name = "getex",
     .arity = -2,
     .flags = kWrite | kFast,
     .categories = kCatString,
     .keys = kGetExKey,
     .handler = getex,
     .summary = "Reads the string at a key and changes the key's lifetime.",
     .since = "6.2.0",
     .group = "string",
     .complexity = "O(1)",
     .arguments = kGetExArguments},
    {.name = "getdel",
     .arity = 2,
     .flags = kWrite | kFast,
     .categories = kCatString,
     .keys = kGetDelKey,
     .handler = getdel,
     .summary = "Reads the string at a key and deletes the key.",
     .since = "6.2.0",
     .group = "string",
     .complexity = "O(1)",
     .arguments = parts::kOneKey},
    {.name = "getset",
     .arity = 3,
     .flags = kWrite | kDenyOom | kFast,
     .categories = kCatString,
     .keys = parts::kReadUpdateKey,
     .handler = getset,
     .summary = "Stores a string at a key and replies with the one before.",
     .since = "1.0.0",
     .group = "string",
     .complexity = "O(1)",
     .arguments = kKeyAndValue,
     .deprecated_since = "6.2.0",
     .replaced_by = "`SET` with the `!GET` argument"},
    {.name = "mget",
     .arity = -2,
     .flags = kReadOnly | kFast,
     .categories = kCatString,
     .keys = kReadKeys,
     .handler = mget,
     .summary = "Reads the strings at several keys in one atomic step.",
     .since = "1.0.0",
     .group = "string",
     .complexity = "O(N), N: the number of keys.",
     .tips = kMGetTips,
     .arguments = parts::kManyKeys},
    {.name = "mset",
     .arity = -3,
     .flags = kWrite | kDenyOom,
     .categories = kCatString,
     .keys = kOverwriteKeys,
     .handler = mset,
     .summary = "Stores strings at several keys in one atomic step.",
     .since = "1.0.1",
     .group = "string",
     .complexity = "O(N), N: the number of keys.",
     .tips = kMSetTips,
     .arguments = kKeysAndValues},
    {.name = "msetnx",
     .arity = -3,
     .flags = kWrite | kDenyOom,
     .categories = kCatString,
     .keys = kInsertKeys,
     .handler = msetnx,
     .summary = "Stores strings at several keys in one atomic step, unless one of them exists.",
     .since = "1.0.1",
     .group = "string",
     .complexity = "O(N), N: the number of keys.",
     .arguments = kKeysAndValues},
    {.name = "setex",
     .arity = 4,
     .flags = kWrite | kDenyOom,
     .categories = kCatString,
     .keys = kOverwriteKey,
     .handler = setex,
     .summary = "Stores a string at a key with a lifetime in seconds.",
     .since = "2.0.0",
     .group = "string",
     .complexity = "O(1)",
     .arguments = kSetExArguments,
     .deprecated_since = "2.6.12",
     .replaced_by = "`SET` with the `EX` argument"},
    {.name = "psetex",
     .arity = 4,
     .flags = kWrite | kDenyOom,
     .categories = kCatString,
     .keys = kOverwriteKey,
     .handler = psetex,
     .summary = "Stores a string at a key with a lifetime in milliseconds.",
     .since = "2.6.0",
     .group = "string",
     .complexity = "O(1)",
     .arguments = kPSetExArguments,
     .deprecated_since = "2.6.12",
     .replaced_by = "`SET` with the `PX` argument"},
    {.name = "setnx",
     .arity = 3,
     .flags = kWrite | kDenyOom | kFast,
     .categories = kCatString,
     .keys = kInsertKey,
     .handler = setnx,
     .summary = "Stores a string at a key, unless the key exists.",
     .since = "1.0.0",
     .group = "string",
     .complexity = "O(1)",
     .arguments = kKeyAndValue,
     .deprecated_since = "2.6.12",
     .replaced_by = "`SET` with the `NX` argument"},
};

}  // namespace

std::span<const Row> string_rows() { return kRows; }

}  // namespace sideline::command
