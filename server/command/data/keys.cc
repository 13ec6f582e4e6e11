#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <libcache/cache.h>

#include "server/command/core/arguments.h"
#include "server/command/core/context.h"
#include "server/command/core/errors.h"
#include "server/command/core/server.h"
#include "server/command/core/value_replies.h"
#include "server/command/data/families.h"
#include "server/command/table/row_parts.h"

// Keys, whatever is stored at them.
namespace sideline::command {
namespace {

using libcache::Key;
using libcache::KeyLock;
using libcache::ReadOptions;
using libcache::Status;

void reply_count(Context& ctx, std::size_t count) {
  ctx.reply.integer(static_cast<std::int64_t>(count));
}

// --- Presence ------------------------------------------------------------------------------------

void del(Context& ctx) {
  std::size_t deleted = 0;
  for (std::size_t i = 1; i < ctx.args.size(); ++i) {
    if (ctx.keys().erase(ctx.key(i))) ++deleted;
  }
  reply_count(ctx, deleted);
}

void reply_present(Context& ctx, ReadOptions options) {
  std::size_t present = 0;
  for (std::size_t i = 1; i < ctx.args.size(); ++i) {
    if (ctx.keys().exists(ctx.key(i), options)) ++present;
  }
  reply_count(ctx, present);
}

void exists(Context& ctx) { reply_present(ctx, {.touch = false}); }

/// Also for a client that asked not to touch keys by reading them.
void touch(Context& ctx) { reply_present(ctx, {.touch = true}); }

void type(Context& ctx) {
  ctx.reply.simple(ctx.keys().exists(ctx.key(1), {.touch = false}) ? "string" : "none");
}

// --- Moving --------------------------------------------------------------------------------------

void rename(Context& ctx) {
  const Status status = ctx.keys().rename(ctx.key(1), ctx.key(2));
  if (status != Status::kOk) return reply_failure(ctx.reply, status);
  ctx.reply.ok();
}

void renamenx(Context& ctx) {
  if (!ctx.keys().exists(ctx.key(1), ctx.write_options())) {
    return ctx.reply.error(errors::kNoSuchKey);
  }
  if (ctx.keys().exists(ctx.key(2), ctx.write_options())) return ctx.reply.integer(0);
  const Status status = ctx.keys().rename(ctx.key(1), ctx.key(2));
  if (status != Status::kOk) return reply_failure(ctx.reply, status);
  ctx.reply.integer(1);
}

/// Stores at `to` what is at `from`: value, encoding and deadline. kNotFound if there is nothing.
Status copy_entry(KeyLock& keys, Key from, Key to, ReadOptions options) {
  const auto info = keys.info(from, options);
  if (!info) return Status::kNotFound;
  // Not a view: storing may move the bytes, or evict them.
  const auto value = keys.get(from, {.touch = false, .count = false});
  if (!value) return Status::kNotFound;  // the clock goes on: it has expired just now
  return keys
      .set(to, value->bytes(), {.deadline_ms = info->deadline_ms, .encoding = info->encoding})
      .status;
}

struct CopyOptions {
  int database;
  bool replace = false;
};

/// Nothing if the error was replied.
std::optional<CopyOptions> copy_options(Context& ctx) {
  CopyOptions options{.database = ctx.database()};
  for (std::size_t i = 3; i < ctx.args.size(); ++i) {
    if (is_word(ctx, i, "REPLACE")) {
      options.replace = true;
    } else if (is_word(ctx, i, "DB") && i + 1 < ctx.args.size()) {
      const auto database = database_argument(ctx, ++i);
      if (!database) return std::nullopt;
      if (*database < 0 || *database >= ctx.server.databases) {
        ctx.reply.error(errors::kDatabaseOutOfRange);
        return std::nullopt;
      }
      options.database = *database;
    } else {
      ctx.reply.error(errors::kSyntax);
      return std::nullopt;
    }
  }
  return options;
}

void copy(Context& ctx) {
  const auto options = copy_options(ctx);
  if (!options) return;
  const Key from = ctx.key(1);
  const Key to(ctx.args[2], options->database);
  if (from.database() == to.database() && from.bytes() == to.bytes()) {
    return ctx.reply.error(errors::kSameObject);
  }
  const Key both[] = {from, to};
  KeyLock keys = ctx.server.cache.lock(both);
  if (!keys.exists(from, ctx.read_options())) return ctx.reply.integer(0);
  if (!options->replace && keys.exists(to, ctx.write_options())) return ctx.reply.integer(0);
  const Status status = copy_entry(keys, from, to, {.touch = false, .count = false});
  if (status == Status::kNotFound) return ctx.reply.integer(0);
  if (status != Status::kOk) return reply_failure(ctx.reply, status);
  ctx.reply.integer(1);
}

// --- Rows ----------------------------------------------------------------------------------------

constexpr KeyRange kDeleteKeys[] = {{1, -1, 1, kRM | kDelete}};
constexpr KeyRange kRenameKeys[] = {{1, 1, 1, kRW | kAccess | kDelete}, {2, 2, 1, kOW | kUpdate}};
constexpr KeyRange kRenameNxKeys[] = {{1, 1, 1, kRW | kAccess | kDelete}, {2, 2, 1, kOW | kInsert}};
constexpr KeyRange kCopyKeys[] = {{1, 1, 1, kRO | kAccess}, {2, 2, 1, kOW | kUpdate}};

constexpr Argument kRenameArguments[] = {parts::kKey,
                                         {.name = "newkey", .type = "key", .key_spec = 1}};
constexpr Argument kCopyArguments[] = {
    {.name = "source", .type = "key", .key_spec = 0},
    {.name = "destination", .type = "key", .key_spec = 1},
    {.name = "destination-db", .type = "integer", .token = "DB", .flags = "optional"},
    {.name = "replace", .type = "pure-token", .token = "REPLACE", .flags = "optional"}};

constexpr Row kRows[] = {
    {.name = "del",
     .arity = -2,
     .flags = kWrite,
     .categories = kCatKeyspace,
     .keys = kDeleteKeys,
     .handler = del,
     .summary = "Deletes keys and replies with how many there were.",
     .since = "1.0.0",
     .group = "generic",
     .complexity = "O(N), N: the number of keys.",
     .tips = parts::kSumOfShards,
     .arguments = parts::kManyKeys},
    {.name = "unlink",
     .arity = -2,
     .flags = kWrite | kFast,
     .categories = kCatKeyspace,
     .keys = kDeleteKeys,
     .handler = del,
     .summary = "Deletes keys and replies with how many there were, as DEL does.",
     .since = "4.0.0",
     .group = "generic",
     .complexity = "O(N), N: the number of keys.",
     .tips = parts::kSumOfShards,
     .arguments = parts::kManyKeys},
    {.name = "exists",
     .arity = -2,
     .flags = kReadOnly | kFast,
     .categories = kCatKeyspace,
     .keys = parts::kInspectKeys,
     .handler = exists,
     .summary = "Counts the keys that exist; one that is named twice counts twice.",
     .since = "1.0.0",
     .group = "generic",
     .complexity = "O(N), N: the number of keys.",
     .tips = parts::kSumOfShards,
     .arguments = parts::kManyKeys},
    {.name = "touch",
     .arity = -2,
     .flags = kReadOnly | kFast,
     .categories = kCatKeyspace,
     .keys = parts::kInspectKeys,
     .handler = touch,
     .summary = "Counts the keys that exist and marks them as used now.",
     .since = "3.2.1",
     .group = "generic",
     .complexity = "O(N), N: the number of keys.",
     .tips = parts::kSumOfShards,
     .arguments = parts::kManyKeys},
    {.name = "type",
     .arity = 2,
     .flags = kReadOnly | kFast,
     .categories = kCatKeyspace,
     .keys = parts::kInspectKey,
     .handler = type,
     .summary = "Replies with the type of what is stored at a key.",
     .since = "1.0.0",
     .group = "generic",
     .complexity = "O(1)",
     .arguments = parts::kOneKey},
    {.name = "rename",
     .arity = 3,
     .flags = kWrite,
     .categories = kCatKeyspace,
     .keys = kRenameKeys,
     .handler = rename,
     .summary = "Gives a key another name, in place of whatever has that name.",
     .since = "1.0.0",
     .group = "generic",
     .complexity = "O(1), or O(N) for values below 16 KiB, N: the length of the value.",
     .arguments = kRenameArguments},
    {.name = "renamenx",
     .arity = 3,
     .flags = kWrite | kFast,
     .categories = kCatKeyspace,
     .keys = kRenameNxKeys,
     .handler = renamenx,
     .summary = "Gives a key another name, unless a key has that name.",
     .since = "1.0.0",
     .group = "generic",
     .complexity = "O(1), or O(N) for values below 16 KiB, N: the length of the value.",
     .arguments = kRenameArguments},
    {.name = "copy",
     .arity = -3,
     .flags = kWrite | kDenyOom | kLocksItself,
     .categories = kCatKeyspace,
     .keys = kCopyKeys,
     .handler = copy,
     .summary = "Stores what is at one key at another, with its deadline.",
     .since = "6.2.0",
     .group = "generic",
     .complexity = "O(N), N: the length of the value.",
     .arguments = kCopyArguments},
};

}  // namespace

std::span<const Row> key_rows() { return kRows; }

}  // namespace sideline::command
