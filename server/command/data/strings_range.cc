#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include <libcache/cache.h>

#include "server/command/core/arguments.h"
#include "server/command/core/context.h"
#include "server/command/core/errors.h"
#include "server/command/core/server.h"
#include "server/command/core/value_replies.h"
#include "server/command/data/families.h"
#include "server/command/table/row_parts.h"

// Parts of strings, and their length.
namespace sideline::command {
namespace {

using libcache::Status;

/// The value's size, as a command that writes looks it up; 0 if the key is absent.
std::size_t size_before_write(Context& ctx) {
  const auto info = ctx.keys().info(ctx.key(1), ctx.write_options());
  return info ? info->value_size : 0;
}

/// Whether a string of this many bytes may be made; if not, the error is replied.
bool may_have_size(Context& ctx, std::size_t size, std::size_t added) {
  const std::size_t max = ctx.server.max_string();
  if (size <= max && added <= max - size) return true;
  ctx.reply.error(errors::kStringTooLong);
  return false;
}

void strlen(Context& ctx) {
  const auto info = ctx.keys().info(ctx.key(1), ctx.read_options());
  ctx.reply.integer(info ? static_cast<std::int64_t>(info->value_size) : 0);
}

/// The bytes from index `start` to index `end`; a negative index counts from the end.
std::string_view slice(std::string_view bytes, std::int64_t start, std::int64_t end) {
  if (start < 0 && end < 0 && start > end) return {};
  const auto size = static_cast<std::int64_t>(bytes.size());
  if (start < 0) start = std::max<std::int64_t>(size + start, 0);
  if (end < 0) end = std::max<std::int64_t>(size + end, 0);
  end = std::min(end, size - 1);
  if (start > end) return {};
  return bytes.substr(static_cast<std::size_t>(start), static_cast<std::size_t>(end - start) + 1);
}

void getrange(Context& ctx) {
  const auto start = integer_argument(ctx, 2);
  if (!start) return;
  const auto end = integer_argument(ctx, 3);
  if (!end) return;
  auto view = ctx.keys().view(ctx.key(1), ctx.read_options());
  if (!view) return ctx.reply.bulk({});
  const std::string_view part = slice(view->bytes, *start, *end);
  reply_part(ctx.reply, part, *std::move(view));
}

void reply_size(Context& ctx, Status status, std::size_t size) {
  if (status != Status::kOk) return reply_failure(ctx.reply, status);
  ctx.reply.integer(static_cast<std::int64_t>(size));
}

void append(Context& ctx) {
  const std::string_view suffix = ctx.args[2];
  const std::size_t before = size_before_write(ctx);
  if (before > 0 && !may_have_size(ctx, before, suffix.size())) return;
  std::size_t size = 0;
  const Status status = ctx.keys().append(ctx.key(1), suffix, size);
  reply_size(ctx, status, size);
}

void setrange(Context& ctx) {
  const auto offset = integer_argument(ctx, 2);
  if (!offset) return;
  if (*offset < 0) return ctx.reply.error(errors::kOffsetOutOfRange);
  const std::string_view bytes = ctx.args[3];
  if (bytes.empty()) return reply_size(ctx, Status::kOk, size_before_write(ctx));
  const auto at = static_cast<std::size_t>(*offset);
  if (!may_have_size(ctx, at, bytes.size())) return;
  std::size_t size = 0;
  const Status status = ctx.keys().set_range(ctx.key(1), at, bytes, size);
  reply_size(ctx, status, size);
}

// --- Rows ----------------------------------------------------------------------------------------

constexpr KeyRange kAppendKey[] = {{1, 1, 1, kRW | kInsert}};

constexpr Argument kAppendArguments[] = {parts::kKey, parts::kValue};
constexpr Argument kRangeArguments[] = {
    parts::kKey, {.name = "start", .type = "integer"}, {.name = "end", .type = "integer"}};
constexpr Argument kSetRangeArguments[] = {
    parts::kKey, {.name = "offset", .type = "integer"}, parts::kValue};

constexpr Row kRows[] = {
    {.name = "append",
     .arity = 3,
     .flags = kWrite | kDenyOom | kFast,
     .categories = kCatString,
     .keys = kAppendKey,
     .handler = append,
     .summary = "Adds bytes to the end of the string at a key, which is empty if absent.",
     .since = "2.0.0",
     .group = "string",
     .complexity = "O(1) if there is room behind the string, else O(N), N: its new length.",
     .arguments = kAppendArguments},
    {.name = "strlen",
     .arity = 2,
     .flags = kReadOnly | kFast,
     .categories = kCatString,
     .keys = parts::kInspectKey,
     .handler = strlen,
     .summary = "Replies with the length of the string at a key, in bytes.",
     .since = "2.2.0",
     .group = "string",
     .complexity = "O(1)",
     .arguments = parts::kOneKey},
    {.name = "getrange",
     .arity = 4,
     .flags = kReadOnly,
     .categories = kCatString,
     .keys = parts::kReadKey,
     .handler = getrange,
     .summary = "Reads a part of the string at a key.",
     .since = "2.4.0",
     .group = "string",
     .complexity = "O(N), N: the length of the part.",
     .arguments = kRangeArguments},
    {.name = "substr",
     .arity = 4,
     .flags = kReadOnly,
     .categories = kCatString,
     .keys = parts::kReadKey,
     .handler = getrange,
     .summary = "Reads a part of the string at a key.",
     .since = "1.0.0",
     .group = "string",
     .complexity = "O(N), N: the length of the part.",
     .arguments = kRangeArguments,
     .deprecated_since = "2.0.0",
     .replaced_by = "`GETRANGE`"},
    {.name = "setrange",
     .arity = 4,
     .flags = kWrite | kDenyOom,
     .categories = kCatString,
     .keys = parts::kUpdateKey,
     .handler = setrange,
     .summary = "Overwrites a part of the string at a key; zero bytes fill a gap before it.",
     .since = "2.2.0",
     .group = "string",
     .complexity = "O(M) if the string has room, else O(N); M: the length of the part, N: of all.",
     .arguments = kSetRangeArguments},
};

}  // namespace

std::span<const Row> string_range_rows() { return kRows; }

}  // namespace sideline::command
