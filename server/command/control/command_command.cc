#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

#include "server/command/control/families.h"
#include "server/command/control/row_replies.h"
#include "server/command/core/arguments.h"
#include "server/command/core/errors.h"
#include "server/command/core/help.h"
#include "server/command/core/server.h"
#include "server/command/table/key_access.h"
#include "server/command/table/row_arguments.h"
#include "server/config/glob.h"
#include "server/config/letter_case.h"

namespace sideline::command {
namespace {

void reply_all_infos(Context& ctx) {
  const std::span<const Row> commands = ctx.server.table.commands();
  ctx.reply.array(commands.size());
  for (const Row& row : commands) reply_info(ctx.reply, &row);
}

void info(Context& ctx) {
  if (ctx.args.size() == 2) return reply_all_infos(ctx);
  ctx.reply.array(ctx.args.size() - 2);
  for (const std::string_view name : ctx.args.subspan(2)) {
    reply_info(ctx.reply, ctx.server.table.find_full_name(name));
  }
}

void count(Context& ctx) {
  ctx.reply.integer(static_cast<std::int64_t>(ctx.server.table.commands().size()));
}

void docs(Context& ctx) {
  std::vector<const Row*> rows;
  if (ctx.args.size() == 2) {
    for (const Row& row : ctx.server.table.commands()) rows.push_back(&row);
  }
  for (const std::string_view name : ctx.args.subspan(2)) {
    if (const Row* row = ctx.server.table.find_full_name(name)) rows.push_back(row);
  }
  ctx.reply.map(rows.size());
  for (const Row* row : rows) reply_documentation(ctx.reply, *row);
}

/// Why the keys of a request cannot be told; empty if they can.
std::string_view refuse_keys(const Row* row, std::size_t arguments) {
  if (row == nullptr) return errors::kInvalidCommand;
  if (row->keys.empty()) return errors::kNoKeyArguments;
  return arity_fits(*row, arguments) ? std::string_view() : errors::kInvalidArgumentCount;
}

/// Calls `reply_key(position, range)` for each key of the request that follows, behind the header
/// of the array that they make.
void reply_keys(Context& ctx, const std::function<void(std::size_t, const KeyRange&)>& reply_key) {
  const auto request = ctx.args.subspan(2);
  const Row* const row = ctx.server.table.find(request);
  const std::string_view error = refuse_keys(row, request.size());
  if (!error.empty()) return ctx.reply.error(error);
  std::size_t keys = 0;
  for_each_key(*row, request.size(), [&](std::size_t, const KeyRange&) { ++keys; });
  ctx.reply.array(keys);
  for_each_key(*row, request.size(), reply_key);
}

void get_keys(Context& ctx) {
  reply_keys(ctx, [&](std::size_t i, const KeyRange&) { ctx.reply.bulk(ctx.args[2 + i]); });
}

void get_keys_and_flags(Context& ctx) {
  reply_keys(ctx, [&](std::size_t i, const KeyRange& range) {
    ctx.reply.array(2);
    ctx.reply.bulk(ctx.args[2 + i]);
    reply_flags(ctx.reply, key_access(range, ctx.args.subspan(2)), key_access_names());
  });
}

using Filter = std::function<bool(const Row&)>;

bool accepts_none(const Row&) { return false; }

Filter category_filter(std::string_view name) {
  return
      [category = category_of(name)](const Row& row) { return (row.categories & category) != 0; };
}

/// What COMMAND LIST is to show. Nothing for a syntax error.
std::optional<Filter> list_filter(const Context& ctx) {
  if (ctx.args.size() == 2) return [](const Row&) { return true; };
  if (ctx.args.size() != 5 || !is_word(ctx, 2, "FILTERBY")) return std::nullopt;
  const std::string_view value = ctx.args[4];
  if (is_word(ctx, 3, "MODULE")) return accepts_none;  // there are no modules
  if (is_word(ctx, 3, "ACLCAT")) return category_filter(value);
  if (!is_word(ctx, 3, "PATTERN")) return std::nullopt;
  return [value](const Row& row) {
    return config::glob_match(value, row.full_name, config::LetterCase::kIgnored);
  };
}

void list(Context& ctx) {
  const std::optional<Filter> filter = list_filter(ctx);
  if (!filter) return ctx.reply.error(errors::kSyntax);
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < ctx.server.table.size(); ++i) {
    const Row& row = ctx.server.table.row(i);
    if ((*filter)(row)) names.push_back(row.full_name);
  }
  ctx.reply.array(names.size());
  for (const std::string_view name : names) ctx.reply.bulk(name);
}

constexpr Argument kNames[] = {
    {.name = "command-name", .type = "string", .flags = "optional multiple"},
};
constexpr Argument kRequest[] = {
    {.name = "command", .type = "string"},
    {.name = "arg", .type = "string", .flags = "optional multiple"},
};
constexpr Argument kFilters[] = {
    {.name = "module-name", .type = "string", .token = "MODULE"},
    {.name = "category", .type = "string", .token = "ACLCAT"},
    {.name = "pattern", .type = "pattern", .token = "PATTERN"},
};
constexpr Argument kListArguments[] = {
    {.name = "filterby",
     .type = "oneof",
     .token = "FILTERBY",
     .flags = "optional",
     .arguments = kFilters},
};

constexpr std::string_view kAnyOrder[] = {"nondeterministic_output_order"};
constexpr std::string_view kPerCommand = "O(N) for N commands";
constexpr std::string_view kPerArgument = "O(N) for N arguments";

constexpr Row kSubcommands[] = {
    {.name = "count",
     .arity = 2,
     .flags = kLoading | kStale,
     .categories = kCatConnection,
     .handler = count,
     .summary = "Counts the commands.",
     .since = "2.8.13",
     .group = "server",
     .complexity = "O(1)"},
    {.name = "docs",
     .arity = -2,
     .flags = kLoading | kStale,
     .categories = kCatConnection,
     .handler = docs,
     .summary = "Documents the named commands, or all.",
     .since = "7.0.0",
     .group = "server",
     .complexity = kPerCommand,
     .tips = kAnyOrder,
     .arguments = kNames},
    {.name = "getkeys",
     .arity = -3,
     .flags = kLoading | kStale,
     .categories = kCatConnection,
     .handler = get_keys,
     .summary = "Tells which arguments of a request are keys.",
     .since = "2.8.13",
     .group = "server",
     .complexity = kPerArgument,
     .arguments = kRequest},
    {.name = "getkeysandflags",
     .arity = -3,
     .flags = kLoading | kStale,
     .categories = kCatConnection,
     .handler = get_keys_and_flags,
     .summary = "Tells which arguments of a request are keys, and what it does with each.",
     .since = "7.0.0",
     .group = "server",
     .complexity = kPerArgument,
     .arguments = kRequest},
    {.name = "help",
     .arity = 2,
     .flags = kLoading | kStale,
     .categories = kCatConnection,
     .handler = reply_help,
     .summary = "Lists the subcommands.",
     .since = "5.0.0",
     .group = "server",
     .complexity = "O(1)"},
    {.name = "info",
     .arity = -2,
     .flags = kLoading | kStale,
     .categories = kCatConnection,
     .handler = info,
     .summary = "Describes the named commands, or all, for programs.",
     .since = "2.8.13",
     .group = "server",
     .complexity = kPerCommand,
     .tips = kAnyOrder,
     .arguments = kNames},
    {.name = "list",
     .arity = -2,
     .flags = kLoading | kStale,
     .categories = kCatConnection,
     .handler = list,
     .summary = "Lists the names of commands and subcommands.",
     .since = "7.0.0",
     .group = "server",
     .complexity = kPerCommand,
     .tips = kAnyOrder,
     .arguments = kListArguments},
};

constexpr Row kRows[] = {
    {.name = "command",
     .arity = -1,
     .flags = kLoading | kStale,
     .categories = kCatConnection,
     .handler = reply_all_infos,
     .summary = "Describes all commands, for programs.",
     .since = "2.8.13",
     .group = "server",
     .complexity = kPerCommand,
     .tips = kAnyOrder,
     .subcommands = kSubcommands},
};

}  // namespace

std::span<const Row> command_rows() { return kRows; }

}  // namespace sideline::command
