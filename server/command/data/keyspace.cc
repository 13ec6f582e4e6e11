#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <libcache/cache.h>

#include "server/command/core/arguments.h"
#include "server/command/core/context.h"
#include "server/command/core/errors.h"
#include "server/command/core/server.h"
#include "server/command/data/families.h"
#include "server/command/table/row_parts.h"
#include "server/config/glob.h"

// Databases as a whole: who is there, and how to empty them.
namespace sideline::command {
namespace {

/// Entries that are looked at before other threads may take the lock: some 50 microseconds.
constexpr std::size_t kStep = 1000;

/// The keys that a walk found. They share one allocation.
class KeyList {
 public:
  void add(std::string_view key) {
    bytes_ += key;
    ends_.push_back(bytes_.size());
  }
  /// Valid until the next add().
  [[nodiscard]] std::vector<std::string_view> keys() const {
    std::vector<std::string_view> keys;
    keys.reserve(ends_.size());
    std::size_t begin = 0;
    for (const std::size_t end : ends_) {
      keys.push_back(std::string_view(bytes_).substr(begin, end - begin));
      begin = end;
    }
    return keys;
  }

 private:
  std::string bytes_;
  std::vector<std::size_t> ends_;
};

/// Which keys to list. `*` lists all, the empty key too, which the pattern by itself does not
/// match.
class Pattern {
 public:
  explicit Pattern(std::string_view glob) : glob_(glob) {}
  [[nodiscard]] bool matches(std::string_view key) const {
    return glob_ == "*" || config::glob_match(glob_, key);
  }

 private:
  std::string_view glob_;
};

void reply_keys(resp::Reply& reply, std::span<const std::string_view> keys) {
  reply.array(keys.size());
  for (const std::string_view key : keys) reply.bulk(key);
}

// --- KEYS and SCAN -------------------------------------------------------------------------------

/// Not of one moment: other clients run between its steps. What is there throughout is listed, and
/// nothing is listed twice.
void keys(Context& ctx) {
  const Pattern pattern(ctx.args[1]);
  KeyList found;
  std::uint64_t cursor = 0;
  do {
    cursor = ctx.server.cache.scan(ctx.database(), cursor, kStep, [&](std::string_view key) {
      if (pattern.matches(key)) found.add(key);
    });
  } while (cursor != 0);

  // A walk may meet a key again when the index shrinks meanwhile.
  std::vector<std::string_view> each_once = found.keys();
  std::sort(each_once.begin(), each_once.end());
  each_once.erase(std::unique(each_once.begin(), each_once.end()), each_once.end());
  reply_keys(ctx.reply, each_once);
}

/// A cursor as C's strtoul reads it, which Redis takes: with a sign or without, 0 if empty.
std::optional<std::uint64_t> parse_cursor(std::string_view text) {
  if (text.empty()) return 0;
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return negative ? 0 - value : value;
}

struct ScanOptions {
  std::size_t count = 10;
  Pattern pattern{"*"};
  bool strings = true;  ///< the type that is asked for, if any, is the one there is
};

/// Nothing if the error was replied.
std::optional<ScanOptions> scan_options(Context& ctx) {
  const auto syntax_error = [&] {
    ctx.reply.error(errors::kSyntax);
    return std::nullopt;
  };
  ScanOptions options;
  for (std::size_t i = 2; i < ctx.args.size(); i += 2) {
    if (i + 1 == ctx.args.size()) return syntax_error();
    if (is_word(ctx, i, "COUNT")) {
      const auto count = integer_argument(ctx, i + 1);
      if (!count) return std::nullopt;
      if (*count < 1) return syntax_error();
      options.count = static_cast<std::size_t>(*count);
    } else if (is_word(ctx, i, "MATCH")) {
      options.pattern = Pattern(ctx.args[i + 1]);
    } else if (is_word(ctx, i, "TYPE")) {
      options.strings = is_word(ctx, i + 1, "string");
    } else {
      return syntax_error();
    }
  }
  return options;
}

void scan(Context& ctx) {
  std::optional<std::uint64_t> cursor = parse_cursor(ctx.args[1]);
  if (!cursor) return ctx.reply.error(errors::kInvalidCursor);
  const auto options = scan_options(ctx);
  if (!options) return;

  KeyList found;
  std::size_t looked_at = 0;
  do {
    const std::size_t step = std::min(options->count - looked_at, kStep);
    cursor = ctx.server.cache.scan(ctx.database(), *cursor, step, [&](std::string_view key) {
      if (options->strings && options->pattern.matches(key)) found.add(key);
    });
    looked_at += step;
  } while (*cursor != 0 && looked_at < options->count);

  ctx.reply.array(2);
  ctx.reply.bulk(std::to_string(*cursor));
  reply_keys(ctx.reply, found.keys());
}

// --- One key, their number -----------------------------------------------------------------------

void randomkey(Context& ctx) {
  const auto key = ctx.server.cache.random_key(ctx.database());
  if (!key) return ctx.reply.null();
  ctx.reply.bulk(*key);
}

void dbsize(Context& ctx) {
  ctx.reply.integer(static_cast<std::int64_t>(ctx.server.cache.size(ctx.database())));
}

// --- All keys ------------------------------------------------------------------------------------

/// SYNC and ASYNC ask for the same here: the keys are gone at once, and their memory is reclaimed
/// in bounded steps.
bool flush_mode_is_known(Context& ctx) {
  if (ctx.args.size() == 1) return true;
  if (ctx.args.size() == 2 && (is_word(ctx, 1, "SYNC") || is_word(ctx, 1, "ASYNC"))) return true;
  ctx.reply.error(errors::kSyntax);
  return false;
}

void flushdb(Context& ctx) {
  if (!flush_mode_is_known(ctx)) return;
  ctx.server.cache.clear(ctx.database());
  ctx.reply.ok();
}

void flushall(Context& ctx) {
  if (!flush_mode_is_known(ctx)) return;
  ctx.server.cache.clear();
  ctx.reply.ok();
}

void swapdb(Context& ctx) {
  const auto first = database_argument(ctx, 1, errors::kSwapInvalidFirst);
  if (!first) return;
  const auto second = database_argument(ctx, 2, errors::kSwapInvalidSecond);
  if (!second) return;
  const int count = ctx.server.databases;
  if (*first < 0 || *first >= count || *second < 0 || *second >= count) {
    return ctx.reply.error(errors::kDatabaseOutOfRange);
  }
  ctx.server.cache.swap_databases(*first, *second);
  ctx.reply.ok();
}

// --- Rows ----------------------------------------------------------------------------------------

constexpr std::string_view kKeysTips[] = {"request_policy:all_shards",
                                          "nondeterministic_output_order"};
constexpr std::string_view kScanTips[] = {"nondeterministic_output", "request_policy:special",
                                          "response_policy:special"};
constexpr std::string_view kRandomKeyTips[] = {
    "request_policy:all_shards", "response_policy:special", "nondeterministic_output"};
constexpr std::string_view kDbSizeTips[] = {"request_policy:all_shards", "response_policy:agg_sum"};
constexpr std::string_view kFlushTips[] = {"request_policy:all_shards",
                                           "response_policy:all_succeeded"};

constexpr Argument kKeysArguments[] = {{.name = "pattern", .type = "pattern"}};
constexpr Argument kScanArguments[] = {
    {.name = "cursor", .type = "integer"},
    {.name = "pattern", .type = "pattern", .token = "MATCH", .flags = "optional"},
    {.name = "count", .type = "integer", .token = "COUNT", .flags = "optional"},
    {.name = "type", .type = "string", .token = "TYPE", .flags = "optional", .since = "6.0.0"}};
constexpr Argument kAsyncOrSync[] = {
    {.name = "async", .type = "pure-token", .token = "ASYNC", .since = "4.0.0"},
    {.name = "sync", .type = "pure-token", .token = "SYNC", .since = "6.2.0"}};
constexpr Argument kFlushArguments[] = {
    {.name = "flush-type", .type = "oneof", .flags = "optional", .arguments = kAsyncOrSync}};
constexpr Argument kSwapDbArguments[] = {{.name = "index1", .type = "integer"},
                                         {.name = "index2", .type = "integer"}};

constexpr Row kRows[] = {
    {.name = "keys",
     .arity = 2,
     .flags = kReadOnly,
     .categories = kCatKeyspace | kCatDangerous,
     .keys = {},
     .handler = keys,
     .summary = "Lists the keys of the database that match a pattern.",
     .since = "1.0.0",
     .group = "generic",
     .complexity = "O(N log N), N: the number of keys in the database.",
     .tips = kKeysTips,
     .arguments = kKeysArguments},
    {.name = "scan",
     .arity = -2,
     .flags = kReadOnly,
     .categories = kCatKeyspace,
     .keys = {},
     .handler = scan,
     .summary = "Lists some keys of the database, and where to go on.",
     .since = "2.8.0",
     .group = "generic",
     .complexity = "O(1) a call, O(N) from 0 to 0; N: the number of keys in the database.",
     .tips = kScanTips,
     .arguments = kScanArguments},
    {.name = "randomkey",
     .arity = 1,
     .flags = kReadOnly,
     .categories = kCatKeyspace,
     .keys = {},
     .handler = randomkey,
     .summary = "Replies with some key of the database.",
     .since = "1.0.0",
     .group = "generic",
     .complexity = "O(1)",
     .tips = kRandomKeyTips},
    {.name = "dbsize",
     .arity = 1,
     .flags = kReadOnly | kFast,
     .categories = kCatKeyspace,
     .keys = {},
     .handler = dbsize,
     .summary = "Counts the keys of the database.",
     .since = "1.0.0",
     .group = "server",
     .complexity = "O(1)",
     .tips = kDbSizeTips},
    {.name = "flushdb",
     .arity = -1,
     .flags = kWrite,
     .categories = kCatKeyspace | kCatDangerous,
     .keys = {},
     .handler = flushdb,
     .summary = "Deletes all keys of the database.",
     .since = "1.0.0",
     .group = "server",
     .complexity = "O(1); the memory is reclaimed later, O(N), N: the number of keys.",
     .tips = kFlushTips,
     .arguments = kFlushArguments},
    {.name = "flushall",
     .arity = -1,
     .flags = kWrite,
     .categories = kCatKeyspace | kCatDangerous,
     .keys = {},
     .handler = flushall,
     .summary = "Deletes all keys of all databases.",
     .since = "1.0.0",
     .group = "server",
     .complexity = "O(1); the memory is reclaimed later, O(N), N: the number of keys.",
     .tips = kFlushTips,
     .arguments = kFlushArguments},
    {.name = "swapdb",
     .arity = 3,
     .flags = kWrite | kFast,
     .categories = kCatKeyspace | kCatDangerous,
     .keys = {},
     .handler = swapdb,
     .summary = "Exchanges the contents of two databases.",
     .since = "4.0.0",
     .group = "server",
     .complexity = "O(1)",
     .arguments = kSwapDbArguments},
};

}  // namespace

std::span<const Row> keyspace_rows() { return kRows; }

}  // namespace sideline::command
