#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

#include <libcache/cache.h>
#include <libcache/number.h>

#include "server/command/core/context.h"
#include "server/command/core/encoding_name.h"
#include "server/command/core/errors.h"
#include "server/command/core/help.h"
#include "server/command/core/server.h"
#include "server/command/data/families.h"
#include "server/command/table/row_parts.h"

// What is known of a key besides its value.
namespace sideline::command {
namespace {

using libcache::EntryInfo;
using libcache::Policy;

/// The key's entry, looked up without using it. Nothing if it is absent; then null is replied.
std::optional<EntryInfo> entry(Context& ctx) {
  const auto info = ctx.keys().info(ctx.key(2), {.touch = false, .count = true});
  if (!info) ctx.reply.null();
  return info;
}

/// Then it does not know when they were last used.
bool counts_uses(Policy policy) {
  return policy == Policy::kAllKeysLfu || policy == Policy::kVolatileLfu ||
         policy == Policy::kAllKeysS3Fifo || policy == Policy::kVolatileS3Fifo;
}

bool is_lru(Policy policy) {
  return policy == Policy::kAllKeysLru || policy == Policy::kVolatileLru;
}

void encoding(Context& ctx) {
  const auto info = entry(ctx);
  if (info) ctx.reply.bulk(encoding_name(*info));
}

void freq(Context& ctx) {
  const auto info = entry(ctx);
  if (!info) return;
  if (!counts_uses(ctx.server.cache.policy())) return ctx.reply.error(errors::kFrequencyWithoutLfu);
  ctx.reply.integer(info->frequency);
}

void idletime(Context& ctx) {
  const auto info = entry(ctx);
  if (!info) return;
  if (counts_uses(ctx.server.cache.policy())) return ctx.reply.error(errors::kIdleTimeUnderLfu);
  ctx.reply.integer(info->idle_ms / 1000);
}

/// Redis keeps one object for each small integer and counts no references to it, unless values
/// need a recency or a frequency of their own. Here every value is on its own.
bool redis_would_share(Context& ctx, const EntryInfo& info) {
  constexpr std::int64_t kSharedIntegers = 10000;
  const Policy policy = ctx.server.cache.policy();
  if (ctx.server.cache.max_memory() != 0 && (is_lru(policy) || counts_uses(policy))) return false;
  if (!info.integer) return false;
  const auto view = ctx.keys().view(ctx.key(2), {.touch = false, .count = false});
  const auto value = libcache::parse_integer(view->bytes);
  return value >= 0 && value < kSharedIntegers;
}

void refcount(Context& ctx) {
  const auto info = entry(ctx);
  if (!info) return;
  ctx.reply.integer(redis_would_share(ctx, *info) ? std::numeric_limits<std::int32_t>::max() : 1);
}

// --- Rows ----------------------------------------------------------------------------------------

constexpr KeyRange kKey[] = {{2, 2, 1, kRO}};

constexpr Row kSubcommands[] = {
    {.name = "encoding",
     .arity = 3,
     .flags = kReadOnly,
     .categories = kCatKeyspace,
     .keys = kKey,
     .handler = encoding,
     .summary = "Tells how Redis would keep the value: int, embstr or raw.",
     .since = "2.2.3",
     .group = "generic",
     .complexity = "O(1)",
     .tips = parts::kNondeterministic,
     .arguments = parts::kOneKey},
    {.name = "freq",
     .arity = 3,
     .flags = kReadOnly,
     .categories = kCatKeyspace,
     .keys = kKey,
     .handler = freq,
     .summary = "Replies with the logarithm of how often the key was used, under an LFU policy.",
     .since = "4.0.0",
     .group = "generic",
     .complexity = "O(1)",
     .tips = parts::kNondeterministic,
     .arguments = parts::kOneKey},
    {.name = "help",
     .arity = 2,
     .flags = kLoading | kStale,
     .categories = kCatKeyspace,
     .keys = {},
     .handler = reply_help,
     .summary = "Lists the subcommands.",
     .since = "6.2.0",
     .group = "generic",
     .complexity = "O(1)"},
    {.name = "idletime",
     .arity = 3,
     .flags = kReadOnly,
     .categories = kCatKeyspace,
     .keys = kKey,
     .handler = idletime,
     .summary = "Replies with the seconds since the key was used, about, under other policies.",
     .since = "2.2.3",
     .group = "generic",
     .complexity = "O(1)",
     .tips = parts::kNondeterministic,
     .arguments = parts::kOneKey},
    {.name = "refcount",
     .arity = 3,
     .flags = kReadOnly,
     .categories = kCatKeyspace,
     .keys = kKey,
     .handler = refcount,
     .summary = "Tells how many keys would share the value in Redis.",
     .since = "2.2.3",
     .group = "generic",
     .complexity = "O(1)",
     .tips = parts::kNondeterministic,
     .arguments = parts::kOneKey},
};

constexpr Row kRows[] = {
    {.name = "object",
     .arity = -2,
     .flags = 0,
     .categories = 0,
     .keys = {},
     .handler = nullptr,
     .summary = "Tells what is known of a key besides its value.",
     .since = "2.2.3",
     .group = "generic",
     .complexity = "Depends on the subcommand.",
     .subcommands = kSubcommands},
};

}  // namespace

std::span<const Row> object_rows() { return kRows; }

}  // namespace sideline::command
