#include <algorithm>
#include <array>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/rand.h>

#include "server/command/acl/acl_file.h"
#include "server/command/control/acl_replies.h"
#include "server/command/control/acl_users.h"
#include "server/command/control/families.h"
#include "server/command/core/arguments.h"
#include "server/command/core/errors.h"
#include "server/command/core/help.h"
#include "server/command/core/server.h"
#include "server/command/table/flag_names.h"
#include "server/command/table/row_arguments.h"

namespace sideline::command {
namespace {

void too_many_arguments(Context& ctx) {
  ctx.reply.error(errors::subcommand_syntax(ctx.args[0], ctx.args[1]));
}

// --- Users ---------------------------------------------------------------------------------------

void get_user(Context& ctx) {
  const auto user = ctx.server.acl.find(ctx.args[2]);
  if (!user) return ctx.reply.null();
  reply_user(ctx.reply, *user);
}

void list(Context& ctx) {
  const auto users = ctx.server.acl.users();
  ctx.reply.array(users.size());
  for (const auto& user : users) ctx.reply.bulk(acl_line(*user));
}

void users(Context& ctx) {
  const auto users = ctx.server.acl.users();
  ctx.reply.array(users.size());
  for (const auto& user : users) ctx.reply.bulk(user->name);
}

void who_am_i(Context& ctx) { ctx.reply.bulk(ctx.client.user_name()); }

// --- Commands ------------------------------------------------------------------------------------

void categories(Context& ctx) {
  const auto names = category_names();
  ctx.reply.array(names.size());
  for (const FlagName& category : names) ctx.reply.bulk(category.name);
}

void commands_of_category(Context& ctx) {
  const std::uint32_t category = category_of(ctx.args[2]);
  if (category == 0) return ctx.reply.error(errors::unknown_category(ctx.args[2]));
  const Table& table = ctx.server.table;
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if ((table.row(i).categories & category) != 0) names.push_back(table.row(i).full_name);
  }
  ctx.reply.array(names.size());
  for (const std::string_view name : names) ctx.reply.bulk(name);
}

void cat(Context& ctx) {
  if (ctx.args.size() > 3) return too_many_arguments(ctx);
  return ctx.args.size() == 2 ? categories(ctx) : commands_of_category(ctx);
}

void dry_run(Context& ctx) {
  const auto user = ctx.server.acl.find(ctx.args[2]);
  if (!user) return ctx.reply.error(errors::unknown_user(ctx.args[2]));
  const auto request = ctx.args.subspan(3);
  const Row* const row = ctx.server.table.find(request);
  if (row == nullptr) return ctx.reply.error(errors::command_not_found(request[0]));
  if (!arity_fits(*row, request.size())) {
    return ctx.reply.error(errors::wrong_arity(row->full_name));
  }
  const AclVerdict verdict = user->check(*row, request);
  switch (verdict.denial) {
    case AclDenial::kCommand:
      return ctx.reply.bulk(errors::no_command_permission(user->name, row->full_name));
    case AclDenial::kKey:
      return ctx.reply.bulk(errors::no_key_permission(user->name, request[verdict.argument]));
    case AclDenial::kAuth:
    case AclDenial::kNone:
      return ctx.reply.ok();
  }
}

// --- The log and passwords -----------------------------------------------------------------------

void log(Context& ctx) {
  if (ctx.args.size() > 3) return too_many_arguments(ctx);
  std::int64_t count = 10;
  if (ctx.args.size() == 3) {
    if (is_word(ctx, 2, "RESET")) {
      ctx.server.acl_log.clear();
      return ctx.reply.ok();
    }
    const auto wanted = integer_argument(ctx, 2);
    if (!wanted) return;
    count = std::max<std::int64_t>(*wanted, 0);
  }
  const auto entries = ctx.server.acl_log.newest(static_cast<std::size_t>(count));
  ctx.reply.array(entries.size());
  for (const AclLog::Entry& entry : entries) reply_log_entry(ctx.reply, entry, ctx.now_ms());
}

void generate_password(Context& ctx) {
  constexpr std::int64_t kMaxBits = 4096;
  constexpr std::int64_t kBitsOfADigit = 4;
  if (ctx.args.size() > 3) return too_many_arguments(ctx);
  std::int64_t bits = 256;
  if (ctx.args.size() == 3) {
    const auto wanted = integer_argument(ctx, 2);
    if (!wanted) return;
    bits = *wanted;
  }
  if (bits <= 0 || bits > kMaxBits) return ctx.reply.error(errors::kPasswordBits);
  std::string password(static_cast<std::size_t>((bits + kBitsOfADigit - 1) / kBitsOfADigit), '0');
  std::array<unsigned char, kMaxBits / kBitsOfADigit> random{};
  if (::RAND_bytes(random.data(), static_cast<int>(password.size())) != 1) {
    return ctx.reply.error(errors::kNoRandomness);
  }
  for (std::size_t i = 0; i < password.size(); ++i)
    password[i] = "0123456789abcdef"[random[i] % 16];
  ctx.reply.bulk(password);
}

// --- Rows ----------------------------------------------------------------------------------------

constexpr std::uint32_t kEverybody = kNoScript | kLoading | kStale;
constexpr std::uint32_t kAdmins = kAdmin | kEverybody;

constexpr Argument kCatArguments[] = {{.name = "category", .type = "string", .flags = "optional"}};
constexpr Argument kUserArguments[] = {{.name = "username", .type = "string"}};
constexpr Argument kDelUserArguments[] = {
    {.name = "username", .type = "string", .flags = "multiple"}};
constexpr Argument kDryRunArguments[] = {
    {.name = "username", .type = "string"},
    {.name = "command", .type = "string"},
    {.name = "arg", .type = "string", .flags = "optional multiple"}};
constexpr Argument kGenPassArguments[] = {{.name = "bits", .type = "integer", .flags = "optional"}};
constexpr Argument kLogOperations[] = {{.name = "count", .type = "integer"},
                                       {.name = "reset", .type = "pure-token", .token = "RESET"}};
constexpr Argument kLogArguments[] = {
    {.name = "operation", .type = "oneof", .flags = "optional", .arguments = kLogOperations}};
constexpr Argument kSetUserArguments[] = {
    {.name = "username", .type = "string"},
    {.name = "rule", .type = "string", .flags = "optional multiple"}};

constexpr std::string_view kAllNodesTips[] = {"request_policy:all_nodes",
                                              "response_policy:all_succeeded"};

constexpr Row kSubcommands[] = {
    {.name = "cat",
     .arity = -2,
     .flags = kEverybody,
     .handler = cat,
     .summary = "Lists the categories of commands, or the commands of one.",
     .since = "6.0.0",
     .group = "server",
     .complexity = "O(1)",
     .arguments = kCatArguments},
    {.name = "deluser",
     .arity = -3,
     .flags = kAdmins | kAlters,
     .handler = acl_delete_users,
     .summary = "Removes users, and closes their connections.",
     .since = "6.0.0",
     .group = "server",
     .complexity = "O(N) for N clients",
     .tips = kAllNodesTips,
     .arguments = kDelUserArguments},
    {.name = "dryrun",
     .arity = -4,
     .flags = kAdmins,
     .handler = dry_run,
     .summary = "Tells whether a user may make a request, without making it.",
     .since = "7.0.0",
     .group = "server",
     .complexity = "O(1)",
     .arguments = kDryRunArguments},
    {.name = "genpass",
     .arity = -2,
     .flags = kEverybody,
     .handler = generate_password,
     .summary = "Makes a password that nobody can guess.",
     .since = "6.0.0",
     .group = "server",
     .complexity = "O(1)",
     .arguments = kGenPassArguments},
    {.name = "getuser",
     .arity = 3,
     .flags = kAdmins,
     .handler = get_user,
     .summary = "Shows the rules of a user.",
     .since = "6.0.0",
     .group = "server",
     .complexity = "O(N) for N rules",
     .arguments = kUserArguments},
    {.name = "help",
     .arity = 2,
     .flags = kLoading | kStale,
     .handler = reply_help,
     .summary = "Lists the subcommands.",
     .since = "6.0.0",
     .group = "server",
     .complexity = "O(1)"},
    {.name = "list",
     .arity = 2,
     .flags = kAdmins,
     .handler = list,
     .summary = "Shows all users as lines of an ACL file.",
     .since = "6.0.0",
     .group = "server",
     .complexity = "O(N) for N users"},
    {.name = "load",
     .arity = 2,
     .flags = kAdmins | kProcess,
     .handler = acl_load,
     .summary = "Replaces the users by those in the ACL file.",
     .since = "6.0.0",
     .group = "server",
     .complexity = "O(N) for N users"},
    {.name = "log",
     .arity = -2,
     .flags = kAdmins | kAlters,
     .handler = log,
     .summary = "Shows the newest events of denied access: 10 or as many as asked for.",
     .since = "6.0.0",
     .group = "server",
     .complexity = "O(N) for N events",
     .arguments = kLogArguments},
    {.name = "save",
     .arity = 2,
     .flags = kAdmins | kProcess,
     .handler = acl_save,
     .summary = "Writes the users into the ACL file.",
     .since = "6.0.0",
     .group = "server",
     .complexity = "O(N) for N users",
     .tips = kAllNodesTips},
    {.name = "setuser",
     .arity = -3,
     .flags = kAdmins | kAlters,
     .handler = acl_set_user,
     .summary = "Applies rules to a user, and makes it if there is none.",
     .since = "6.0.0",
     .group = "server",
     .complexity = "O(N) for N rules",
     .tips = kAllNodesTips,
     .arguments = kSetUserArguments},
    {.name = "users",
     .arity = 2,
     .flags = kAdmins,
     .handler = users,
     .summary = "Lists the users' names.",
     .since = "6.0.0",
     .group = "server",
     .complexity = "O(N) for N users"},
    {.name = "whoami",
     .arity = 2,
     .flags = kEverybody,
     .handler = who_am_i,
     .summary = "Tells the user's name of the connection.",
     .since = "6.0.0",
     .group = "server",
     .complexity = "O(1)"},
};

constexpr Row kRows[] = {
    {.name = "acl",
     .arity = -2,
     .summary = "Commands about users and what they may do.",
     .since = "6.0.0",
     .group = "server",
     .complexity = "that of the subcommand",
     .subcommands = kSubcommands},
};

}  // namespace

std::span<const Row> acl_rows() { return kRows; }

}  // namespace sideline::command
