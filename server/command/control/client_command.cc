#include <limits>
#include <optional>
#include <string>

#include "server/command/clients/client_line.h"
#include "server/command/clients/client_name.h"
#include "server/command/control/client_kill.h"
#include "server/command/control/families.h"
#include "server/command/core/arguments.h"
#include "server/command/core/errors.h"
#include "server/command/core/help.h"
#include "server/command/core/server.h"

namespace sideline::command {
namespace {

std::string line_of(const Context& ctx, const Client& client) {
  std::size_t argument_bytes = 0;
  if (&client == &ctx.client) {
    for (const std::string_view arg : ctx.args) argument_bytes += arg.size();
  }
  return client_line(client, ctx.now_ms(), argument_bytes) + '\n';
}

void id(Context& ctx) { ctx.reply.integer(static_cast<std::int64_t>(ctx.client.id)); }

void info(Context& ctx) { ctx.reply.verbatim("txt", line_of(ctx, ctx.client)); }

void list_by_id(Context& ctx) {
  std::string lines;
  for (std::size_t i = 3; i < ctx.args.size(); ++i) {
    const auto id = integer_argument(ctx, i, errors::kInvalidClientId);
    if (!id) return;
    const auto client = ctx.server.clients.find(static_cast<std::uint64_t>(*id));
    if (client != nullptr) lines += line_of(ctx, *client);
  }
  ctx.reply.verbatim("txt", lines);
}

void list_by_type(Context& ctx, ClientType type) {
  std::string lines;
  for (const auto& client : ctx.server.clients.snapshot()) {
    if (type == ClientType::kNormal) lines += line_of(ctx, *client);
  }
  ctx.reply.verbatim("txt", lines);
}

void list(Context& ctx) {
  if (ctx.args.size() == 2) return list_by_type(ctx, ClientType::kNormal);
  if (ctx.args.size() > 3 && is_word(ctx, 2, "ID")) return list_by_id(ctx);
  if (ctx.args.size() != 4 || !is_word(ctx, 2, "TYPE")) return ctx.reply.error(errors::kSyntax);
  const std::optional<ClientType> type = client_type(ctx.args[3]);
  if (!type) return ctx.reply.error(errors::unknown_client_type(ctx.args[3]));
  list_by_type(ctx, *type);
}

void set_name(Context& ctx) {
  if (!is_listable(ctx.args[2])) return ctx.reply.error(errors::kClientNameInvalid);
  ctx.client.set_name(ctx.args[2]);
  ctx.reply.ok();
}

void get_name(Context& ctx) {
  const std::string name = ctx.client.name();
  if (name.empty()) return ctx.reply.null();
  ctx.reply.bulk(name);
}

void set_info(Context& ctx) {
  const std::string_view value = ctx.args[3];
  const bool is_name = is_word(ctx, 2, "lib-name");
  if (!is_name && !is_word(ctx, 2, "lib-ver")) {
    return ctx.reply.error(errors::unrecognized_option(ctx.args[2]));
  }
  if (!is_listable(value)) return ctx.reply.error(errors::client_info_invalid(ctx.args[2]));
  if (is_name) {
    ctx.client.set_library_name(value);
  } else {
    ctx.client.set_library_version(value);
  }
  ctx.reply.ok();
}

void reply(Context& ctx) {
  using Mode = Client::ReplyMode;
  Mode& mode = ctx.client.reply_mode;
  if (is_word(ctx, 2, "ON")) {
    mode = Mode::kOn;
    ctx.reply.ok();
  } else if (is_word(ctx, 2, "OFF")) {
    mode = Mode::kOff;
  } else if (!is_word(ctx, 2, "SKIP")) {
    ctx.reply.error(errors::kSyntax);
  } else if (mode != Mode::kOff) {
    mode = Mode::kSkipNext;
  }
}

/// For CLIENT NO-EVICT and NO-TOUCH.
void set_switch(Context& ctx, std::atomic<bool>& value) {
  if (!is_word(ctx, 2, "ON") && !is_word(ctx, 2, "OFF")) return ctx.reply.error(errors::kSyntax);
  value.store(is_word(ctx, 2, "ON"), std::memory_order_relaxed);
  ctx.reply.ok();
}

void no_evict(Context& ctx) { set_switch(ctx, ctx.client.no_evict); }

void no_touch(Context& ctx) { set_switch(ctx, ctx.client.no_touch); }

/// The moment at which a pause of so many milliseconds from now ends; or replies with the error.
std::optional<std::int64_t> end_of_pause(Context& ctx, std::int64_t now_ms) {
  const auto duration_ms = integer_argument(ctx, 2, errors::kTimeoutNotInteger);
  if (!duration_ms) return std::nullopt;
  if (*duration_ms < 0) {
    ctx.reply.error(errors::kTimeoutNegative);
    return std::nullopt;
  }
  if (*duration_ms > std::numeric_limits<std::int64_t>::max() - now_ms) {
    ctx.reply.error(errors::kTimeoutOutOfRange);
    return std::nullopt;
  }
  return now_ms + *duration_ms;
}

void pause(Context& ctx) {
  Pause::Mode mode = Pause::Mode::kAll;
  if (ctx.args.size() > 4) {
    return ctx.reply.error(errors::subcommand_syntax(ctx.args[0], ctx.args[1]));
  }
  if (ctx.args.size() == 4 && is_word(ctx, 3, "WRITE")) {
    mode = Pause::Mode::kWrites;
  } else if (ctx.args.size() == 4 && !is_word(ctx, 3, "ALL")) {
    return ctx.reply.error(errors::kPauseMode);
  }
  const std::int64_t now_ms = Pause::steady_ms();
  const std::optional<std::int64_t> end_ms = end_of_pause(ctx, now_ms);
  if (!end_ms) return;
  ctx.server.pause.begin(mode, *end_ms, now_ms);
  ctx.reply.ok();
}

void unpause(Context& ctx) {
  ctx.server.pause.end();
  ctx.reply.ok();
}

constexpr Argument kTypes[] = {
    {.name = "normal", .type = "pure-token", .token = "NORMAL"},
    {.name = "master", .type = "pure-token", .token = "MASTER"},
    {.name = "replica", .type = "pure-token", .token = "REPLICA"},
    {.name = "pubsub", .type = "pure-token", .token = "PUBSUB"},
};
constexpr Argument kListArguments[] = {
    {.name = "client-type",
     .type = "oneof",
     .token = "TYPE",
     .flags = "optional",
     .since = "5.0.0",
     .arguments = kTypes},
    {.name = "client-id",
     .type = "integer",
     .token = "ID",
     .flags = "optional multiple",
     .since = "6.2.0"},
};
constexpr Argument kKillTypes[] = {
    {.name = "normal", .type = "pure-token", .token = "NORMAL"},
    {.name = "master", .type = "pure-token", .token = "MASTER", .since = "3.2.0"},
    {.name = "slave", .type = "pure-token", .token = "SLAVE"},
    {.name = "replica", .type = "pure-token", .token = "REPLICA", .since = "5.0.0"},
    {.name = "pubsub", .type = "pure-token", .token = "PUBSUB"},
};
constexpr Argument kYesNo[] = {
    {.name = "yes", .type = "pure-token", .token = "YES"},
    {.name = "no", .type = "pure-token", .token = "NO"},
};
constexpr Argument kKillFilters[] = {
    {.name = "client-id", .type = "integer", .token = "ID", .flags = "optional", .since = "2.8.12"},
    {.name = "client-type",
     .type = "oneof",
     .token = "TYPE",
     .flags = "optional",
     .since = "2.8.12",
     .arguments = kKillTypes},
    {.name = "username", .type = "string", .token = "USER", .flags = "optional"},
    {.name = "addr", .type = "string", .token = "ADDR", .flags = "optional", .display = "ip:port"},
    {.name = "laddr",
     .type = "string",
     .token = "LADDR",
     .flags = "optional",
     .since = "6.2.0",
     .display = "ip:port"},
    {.name = "skipme",
     .type = "oneof",
     .token = "SKIPME",
     .flags = "optional",
     .arguments = kYesNo},
};
constexpr Argument kKillForms[] = {
    {.name = "old-format", .type = "string", .display = "ip:port", .deprecated_since = "2.8.12"},
    {.name = "new-format", .type = "oneof", .flags = "multiple", .arguments = kKillFilters},
};
constexpr Argument kKillArguments[] = {
    {.name = "filter", .type = "oneof", .arguments = kKillForms},
};
constexpr Argument kOnOff[] = {
    {.name = "on", .type = "pure-token", .token = "ON"},
    {.name = "off", .type = "pure-token", .token = "OFF"},
};
constexpr Argument kSwitchArguments[] = {
    {.name = "enabled", .type = "oneof", .arguments = kOnOff},
};
constexpr Argument kPauseModes[] = {
    {.name = "write", .type = "pure-token", .token = "WRITE"},
    {.name = "all", .type = "pure-token", .token = "ALL"},
};
constexpr Argument kPauseArguments[] = {
    {.name = "timeout", .type = "integer"},
    {.name = "mode",
     .type = "oneof",
     .flags = "optional",
     .since = "6.2.0",
     .arguments = kPauseModes},
};
constexpr Argument kReplyActions[] = {
    {.name = "on", .type = "pure-token", .token = "ON"},
    {.name = "off", .type = "pure-token", .token = "OFF"},
    {.name = "skip", .type = "pure-token", .token = "SKIP"},
};
constexpr Argument kReplyArguments[] = {
    {.name = "action", .type = "oneof", .arguments = kReplyActions},
};
constexpr Argument kInfoAttributes[] = {
    {.name = "libname", .type = "string", .token = "LIB-NAME"},
    {.name = "libver", .type = "string", .token = "LIB-VER"},
};
constexpr Argument kSetInfoArguments[] = {
    {.name = "attr", .type = "oneof", .arguments = kInfoAttributes},
};
constexpr Argument kSetNameArguments[] = {{.name = "connection-name", .type = "string"}};

constexpr std::string_view kDiffers[] = {"nondeterministic_output"};
constexpr std::string_view kAllNodes[] = {"request_policy:all_nodes",
                                          "response_policy:all_succeeded"};

constexpr std::uint32_t kOwn = kNoScript | kLoading | kStale;  // about the connection itself
constexpr std::uint32_t kOthers = kOwn | kAdmin;               // about other connections
constexpr std::string_view kPerClient = "O(N) for N clients";

constexpr Row kSubcommands[] = {
    {.name = "getname",
     .arity = 2,
     .flags = kOwn,
     .categories = kCatConnection,
     .handler = get_name,
     .summary = "Tells the name of this connection.",
     .since = "2.6.9",
     .group = "connection",
     .complexity = "O(1)"},
    {.name = "help",
     .arity = 2,
     .flags = kLoading | kStale,
     .categories = kCatConnection,
     .handler = reply_help,
     .summary = "Lists the subcommands.",
     .since = "5.0.0",
     .group = "connection",
     .complexity = "O(1)"},
    {.name = "id",
     .arity = 2,
     .flags = kOwn,
     .categories = kCatConnection,
     .handler = id,
     .summary = "Tells the number of this connection, which is never used again.",
     .since = "5.0.0",
     .group = "connection",
     .complexity = "O(1)"},
    {.name = "info",
     .arity = 2,
     .flags = kOwn,
     .categories = kCatConnection,
     .handler = info,
     .summary = "Tells what CLIENT LIST tells, of this connection alone.",
     .since = "6.2.0",
     .group = "connection",
     .complexity = "O(1)",
     .tips = kDiffers},
    {.name = "kill",
     .arity = -3,
     .flags = kOthers | kAlters,
     .categories = kCatConnection,
     .handler = client_kill,
     .summary = "Closes the connections that all filters fit.",
     .since = "2.4.0",
     .group = "connection",
     .complexity = kPerClient,
     .arguments = kKillArguments},
    {.name = "list",
     .arity = -2,
     .flags = kOthers,
     .categories = kCatConnection,
     .handler = list,
     .summary = "Shows the connections, one a line.",
     .since = "2.4.0",
     .group = "connection",
     .complexity = kPerClient,
     .tips = kDiffers,
     .arguments = kListArguments},
    {.name = "no-evict",
     .arity = 3,
     .flags = kOthers,
     .categories = kCatConnection,
     .handler = no_evict,
     .summary = "Marks this connection as one not to be dropped for its memory.",
     .since = "7.0.0",
     .group = "connection",
     .complexity = "O(1)",
     .arguments = kSwitchArguments},
    {.name = "no-touch",
     .arity = 3,
     .flags = kOwn,
     .categories = kCatConnection,
     .handler = no_touch,
     .summary = "Decides whether this connection's reads count as uses of the keys.",
     .since = "7.2.0",
     .group = "connection",
     .complexity = "O(1)",
     .arguments = kSwitchArguments},
    {.name = "pause",
     .arity = -3,
     .flags = kOthers | kAlters,
     .categories = kCatConnection,
     .handler = pause,
     .summary = "Lets all requests, or those that write, wait for a time.",
     .since = "3.0.0",
     .group = "connection",
     .complexity = "O(1)",
     .arguments = kPauseArguments},
    {.name = "reply",
     .arity = 3,
     .flags = kOwn,
     .categories = kCatConnection,
     .handler = reply,
     .summary = "Turns the replies to this connection off and on.",
     .since = "3.2.0",
     .group = "connection",
     .complexity = "O(1)",
     .arguments = kReplyArguments},
    {.name = "setinfo",
     .arity = 4,
     .flags = kOwn,
     .categories = kCatConnection,
     .handler = set_info,
     .summary = "Tells the server which client library this is.",
     .since = "7.2.0",
     .group = "connection",
     .complexity = "O(1)",
     .tips = kAllNodes,
     .arguments = kSetInfoArguments},
    {.name = "setname",
     .arity = 3,
     .flags = kOwn,
     .categories = kCatConnection,
     .handler = set_name,
     .summary = "Names this connection.",
     .since = "2.6.9",
     .group = "connection",
     .complexity = "O(1)",
     .tips = kAllNodes,
     .arguments = kSetNameArguments},
    {.name = "unpause",
     .arity = 2,
     .flags = kOthers | kAlters,
     .categories = kCatConnection,
     .handler = unpause,
     .summary = "Ends a pause and runs what waited.",
     .since = "6.2.0",
     .group = "connection",
     .complexity = "O(N) for N clients that wait"},
};

constexpr Row kRows[] = {
    {.name = "client",
     .arity = -2,
     .summary = "Commands about connections.",
     .since = "2.4.0",
     .group = "connection",
     .complexity = "that of the subcommand",
     .subcommands = kSubcommands},
};

}  // namespace

std::span<const Row> client_rows() { return kRows; }

}  // namespace sideline::command
