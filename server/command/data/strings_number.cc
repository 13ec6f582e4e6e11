#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include <libcache/cache.h>
#include <libcache/number.h>

#include "server/command/core/arguments.h"
#include "server/command/core/context.h"
#include "server/command/core/errors.h"
#include "server/command/core/value_replies.h"
#include "server/command/data/families.h"
#include "server/command/table/row_parts.h"

// Strings that spell numbers.
namespace sideline::command {
namespace {

using libcache::Status;

void add(Context& ctx, std::int64_t delta) {
  std::int64_t result = 0;
  const Status status = ctx.keys().increment(ctx.key(1), delta, result);
  if (status != Status::kOk) return reply_failure(ctx.reply, status);
  ctx.reply.integer(result);
}

void incr(Context& ctx) { add(ctx, 1); }

void decr(Context& ctx) { add(ctx, -1); }

void incrby(Context& ctx) {
  const auto delta = integer_argument(ctx, 2);
  if (delta) add(ctx, *delta);
}

void decrby(Context& ctx) {
  const auto delta = integer_argument(ctx, 2);
  if (!delta) return;
  if (*delta == std::numeric_limits<std::int64_t>::min()) {
    return ctx.reply.error(errors::kDecrementOverflow);
  }
  add(ctx, -*delta);
}

void incrbyfloat(Context& ctx) {
  const auto delta = libcache::parse_float(ctx.args[2]);
  if (!delta) return ctx.reply.error(errors::kNotFloat);
  std::string result;
  const Status status = ctx.keys().increment_float(ctx.key(1), *delta, result);
  if (status != Status::kOk) return reply_failure(ctx.reply, status);
  ctx.reply.bulk(result);
}

// --- Rows ----------------------------------------------------------------------------------------

constexpr std::uint32_t kFlags = kWrite | kDenyOom | kFast;

constexpr Argument kIncrByArguments[] = {parts::kKey, {.name = "increment", .type = "integer"}};
constexpr Argument kDecrByArguments[] = {parts::kKey, {.name = "decrement", .type = "integer"}};
constexpr Argument kIncrByFloatArguments[] = {parts::kKey, {.name = "increment", .type = "double"}};

constexpr Row kRows[] = {
    {.name = "incr",
     .arity = 2,
     .flags = kFlags,
     .categories = kCatString,
     .keys = parts::kReadUpdateKey,
     .handler = incr,
     .summary = "Adds one to the integer at a key, which is 0 if absent.",
     .since = "1.0.0",
     .group = "string",
     .complexity = "O(1)",
     .arguments = parts::kOneKey},
    {.name = "decr",
     .arity = 2,
     .flags = kFlags,
     .categories = kCatString,
     .keys = parts::kReadUpdateKey,
     .handler = decr,
     .summary = "Takes one from the integer at a key, which is 0 if absent.",
     .since = "1.0.0",
     .group = "string",
     .complexity = "O(1)",
     .arguments = parts::kOneKey},
    {.name = "incrby",
     .arity = 3,
     .flags = kFlags,
     .categories = kCatString,
     .keys = parts::kReadUpdateKey,
     .handler = incrby,
     .summary = "Adds to the integer at a key, which is 0 if absent.",
     .since = "1.0.0",
     .group = "string",
     .complexity = "O(1)",
     .arguments = kIncrByArguments},
    {.name = "decrby",
     .arity = 3,
     .flags = kFlags,
     .categories = kCatString,
     .keys = parts::kReadUpdateKey,
     .handler = decrby,
     .summary = "Takes from the integer at a key, which is 0 if absent.",
     .since = "1.0.0",
     .group = "string",
     .complexity = "O(1)",
     .arguments = kDecrByArguments},
    {.name = "incrbyfloat",
     .arity = 3,
     .flags = kFlags,
     .categories = kCatString,
     .keys = parts::kReadUpdateKey,
     .handler = incrbyfloat,
     .summary = "Adds to the floating point number at a key, which is 0 if absent.",
     .since = "2.6.0",
     .group = "string",
     .complexity = "O(1)",
     .arguments = kIncrByFloatArguments},
};

}  // namespace

std::span<const Row> string_number_rows() { return kRows; }

}  // namespace sideline::command
