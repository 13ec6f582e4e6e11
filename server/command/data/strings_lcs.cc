#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <libcache/cache.h>

#include "server/command/core/arguments.h"
#include "server/command/core/context.h"
#include "server/command/core/errors.h"
#include "server/command/core/server.h"
#include "server/command/data/families.h"
#include "server/command/data/lcs.h"
#include "server/command/table/row_parts.h"

// What two strings have in common: LCS.
namespace sideline::command {
namespace {

struct LcsOptions {
  bool length = false;
  bool indexes = false;
  bool with_match_length = false;
  std::int64_t min_match_length = 0;
};

/// Nothing if the error was replied.
std::optional<LcsOptions> lcs_options(Context& ctx) {
  LcsOptions options;
  for (std::size_t i = 3; i < ctx.args.size(); ++i) {
    if (is_word(ctx, i, "IDX")) {
      options.indexes = true;
    } else if (is_word(ctx, i, "LEN")) {
      options.length = true;
    } else if (is_word(ctx, i, "WITHMATCHLEN")) {
      options.with_match_length = true;
    } else if (is_word(ctx, i, "MINMATCHLEN") && i + 1 < ctx.args.size()) {
      const auto length = integer_argument(ctx, ++i);
      if (!length) return std::nullopt;
      options.min_match_length = *length;
    } else {
      ctx.reply.error(errors::kSyntax);
      return std::nullopt;
    }
  }
  if (!options.length || !options.indexes) return options;
  ctx.reply.error(errors::kLcsLengthAndIndexes);
  return std::nullopt;
}

/// Both strings of one moment. They stay as they are after the locks are gone: what follows takes
/// long.
std::pair<libcache::Value, libcache::Value> read_strings(Context& ctx) {
  const libcache::Key keys[] = {ctx.key(1), ctx.key(2)};
  libcache::KeyLock lock = ctx.server.cache.lock(keys);
  auto a = lock.get(keys[0], ctx.read_options());
  auto b = lock.get(keys[1], ctx.read_options());
  return {std::move(a).value_or(libcache::Value()), std::move(b).value_or(libcache::Value())};
}

/// Redis's table has four bytes a cell and may be no larger than the longest string. Ours is a
/// fraction of it, but a request is answered alike, and takes a bounded time.
bool fits_memory(Context& ctx, std::string_view a, std::string_view b) {
  const std::size_t table = (a.size() + 1) * (b.size() + 1) * sizeof(std::uint32_t);
  if (table <= ctx.server.max_string()) return true;
  ctx.reply.error(errors::kLcsMemoryOverLimit);
  return false;
}

void reply_range(resp::Reply& reply, std::size_t begin, std::size_t size) {
  reply.array(2);
  reply.integer(static_cast<std::int64_t>(begin));
  reply.integer(static_cast<std::int64_t>(begin + size - 1));
}

void reply_runs(Context& ctx, const Lcs& lcs, const LcsOptions& options) {
  std::vector<Lcs::Run> runs = lcs.runs();
  std::erase_if(runs, [&](const Lcs::Run& run) {
    return static_cast<std::int64_t>(run.size) < options.min_match_length;
  });
  ctx.reply.map(2);
  ctx.reply.bulk("matches");
  ctx.reply.array(runs.size());
  for (const Lcs::Run& run : runs) {
    ctx.reply.array(options.with_match_length ? 3 : 2);
    reply_range(ctx.reply, run.a_begin, run.size);
    reply_range(ctx.reply, run.b_begin, run.size);
    if (options.with_match_length) ctx.reply.integer(static_cast<std::int64_t>(run.size));
  }
  ctx.reply.bulk("len");
  ctx.reply.integer(static_cast<std::int64_t>(lcs.length()));
}

void lcs(Context& ctx) {
  const auto strings = read_strings(ctx);
  const auto options = lcs_options(ctx);
  if (!options) return;
  const std::string_view a = strings.first.bytes();
  const std::string_view b = strings.second.bytes();
  if (!fits_memory(ctx, a, b)) return;
  if (options->length) return ctx.reply.integer(static_cast<std::int64_t>(Lcs::length(a, b)));
  const Lcs common(a, b);
  if (options->indexes) return reply_runs(ctx, common, *options);
  ctx.reply.bulk(common.text());
}

// --- Rows ----------------------------------------------------------------------------------------

constexpr KeyRange kKeys[] = {{1, 2, 1, kRO | kAccess}};

constexpr Argument kArguments[] = {
    {.name = "key1", .type = "key", .key_spec = 0},
    {.name = "key2", .type = "key", .key_spec = 0},
    {.name = "len", .type = "pure-token", .token = "LEN", .flags = "optional"},
    {.name = "idx", .type = "pure-token", .token = "IDX", .flags = "optional"},
    {.name = "min-match-len", .type = "integer", .token = "MINMATCHLEN", .flags = "optional"},
    {.name = "withmatchlen", .type = "pure-token", .token = "WITHMATCHLEN", .flags = "optional"}};

constexpr Row kRows[] = {
    {.name = "lcs",
     .arity = -3,
     .flags = kReadOnly | kLocksItself,
     .categories = kCatString,
     .keys = kKeys,
     .handler = lcs,
     .summary = "Finds the longest common subsequence of the strings at two keys.",
     .since = "7.0.0",
     .group = "string",
     .complexity = "O(N*M), N and M: the lengths of the strings.",
     .arguments = kArguments},
};

}  // namespace

std::span<const Row> lcs_rows() { return kRows; }

}  // namespace sideline::command
