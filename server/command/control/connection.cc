#include <array>
#include <optional>
#include <string>
#include <utility>

#include "server/command/clients/client_name.h"
#include "server/command/clients/login.h"
#include "server/command/control/families.h"
#include "server/command/core/arguments.h"
#include "server/command/core/denials.h"
#include "server/command/core/errors.h"
#include "server/command/core/server.h"

namespace sideline::command {
namespace {

void ping(Context& ctx) {
  if (ctx.args.size() > 2) return ctx.reply.error(errors::wrong_arity(ctx.row.full_name));
  if (ctx.args.size() == 1) return ctx.reply.simple("PONG");
  ctx.reply.bulk(ctx.args[1]);
}

void echo(Context& ctx) { ctx.reply.bulk(ctx.args[1]); }

void select(Context& ctx) {
  const std::optional<int> database = database_argument(ctx, 1);
  if (!database) return;
  if (*database < 0 || *database >= ctx.server.databases) {
    return ctx.reply.error(errors::kDatabaseOutOfRange);
  }
  ctx.client.database.store(*database, std::memory_order_relaxed);
  ctx.reply.ok();
}

void quit(Context& ctx) {
  ctx.client.close_after_reply = true;
  ctx.reply.ok();
}

void set_protocol(Context& ctx, int protocol) {
  ctx.client.protocol.store(protocol, std::memory_order_relaxed);
  ctx.reply.set_protocol(protocol);
}

void reset(Context& ctx) {
  Client& client = ctx.client;
  if (client.monitor.exchange(false)) ctx.server.monitors.remove(client);
  client.database = 0;
  log_out(client, ctx.server.acl);
  client.set_name("");
  client.no_touch = false;
  client.no_evict = false;
  // A reply that CLIENT REPLY SKIP announced as unwanted stays unwanted.
  if (client.reply_mode == Client::ReplyMode::kOff) client.reply_mode = Client::ReplyMode::kOn;
  set_protocol(ctx, 2);
  ctx.reply.simple("RESET");
}

/// Replies with the error if the credentials are wrong.
bool authenticate(Context& ctx, std::string_view user, std::string_view password) {
  if (log_in(ctx.client, ctx.server.acl, user, password)) return true;
  record_denial(
      ctx.server, ctx.client, ctx.args,
      {.denial = AclDenial::kAuth, .object = std::string(ctx.args[0]), .user = std::string(user)});
  ctx.reply.error(errors::kWrongPass);
  return false;
}

void auth(Context& ctx) {
  for (std::size_t i = 1; i < ctx.args.size(); ++i) ctx.redact(i);
  if (ctx.args.size() > 3) return ctx.reply.error(errors::kSyntax);
  const bool with_user = ctx.args.size() == 3;
  if (!with_user && !ctx.server.acl.default_user()->needs_password) {
    return ctx.reply.error(errors::kNoPasswordConfigured);
  }
  const std::string_view user = with_user ? ctx.args[1] : kDefaultUser;
  if (authenticate(ctx, user, ctx.args.back())) ctx.reply.ok();
}

/// What HELLO asks for.
struct Hello {
  std::optional<int> protocol;
  std::optional<std::pair<std::string_view, std::string_view>> credentials;
  std::optional<std::string_view> name;
};

/// Replies with the error if the version is none that there is.
bool parse_protocol(Context& ctx, Hello& hello) {
  const auto version = integer_argument(ctx, 1, errors::kProtocolNotInteger);
  if (!version) return false;
  if (*version < 2 || *version > 3) {
    ctx.reply.error(errors::kNoProto);
    return false;
  }
  hello.protocol = static_cast<int>(*version);
  return true;
}

/// Nothing, after an error reply, if an argument is wrong.
std::optional<Hello> parse_hello(Context& ctx) {
  Hello hello;
  if (ctx.args.size() > 1 && !parse_protocol(ctx, hello)) return std::nullopt;
  for (std::size_t i = 2; i < ctx.args.size(); ++i) {
    const std::size_t more = ctx.args.size() - 1 - i;
    if (is_word(ctx, i, "AUTH") && more >= 2) {
      ctx.redact(i + 1);
      ctx.redact(i + 2);
      hello.credentials.emplace(ctx.args[i + 1], ctx.args[i + 2]);
      i += 2;
    } else if (is_word(ctx, i, "SETNAME") && more >= 1) {
      hello.name = ctx.args[++i];
      if (is_listable(*hello.name)) continue;
      ctx.reply.error(errors::kClientNameInvalid);
      return std::nullopt;
    } else {
      ctx.reply.error(errors::hello_syntax(ctx.args[i]));
      return std::nullopt;
    }
  }
  return hello;
}

void reply_hello(Context& ctx) {
  resp::Reply& reply = ctx.reply;
  const auto text = [&](std::string_view name, std::string_view value) {
    reply.bulk(name);
    reply.bulk(value);
  };
  const auto number = [&](std::string_view name, std::int64_t value) {
    reply.bulk(name);
    reply.integer(value);
  };
  reply.map(7);
  text("server", "redis");
  text("version", kRedisVersion);
  number("proto", ctx.client.protocol);
  number("id", static_cast<std::int64_t>(ctx.client.id));
  text("mode", "standalone");
  text("role", "master");
  reply.bulk("modules");
  reply.array(0);
}

/// In a request that is wrong, whatever follows AUTH may be meant as the password.
void redact_all_behind_auth(Context& ctx) {
  std::size_t i = 1;
  while (i < ctx.args.size() && !is_word(ctx, i, "AUTH")) ++i;
  while (++i < ctx.args.size()) ctx.redact(i);
}

void hello(Context& ctx) {
  const std::optional<Hello> hello = parse_hello(ctx);
  if (!hello) return redact_all_behind_auth(ctx);
  if (const auto& credentials = hello->credentials) {
    if (!authenticate(ctx, credentials->first, credentials->second)) return;
  }
  if (!ctx.client.authenticated) return ctx.reply.error(errors::kHelloNotAuthenticated);
  if (hello->name) ctx.client.set_name(*hello->name);
  if (hello->protocol) set_protocol(ctx, *hello->protocol);
  reply_hello(ctx);
}

constexpr Argument kAuthArguments[] = {
    {.name = "username", .type = "string", .flags = "optional", .since = "6.0.0"},
    {.name = "password", .type = "string"},
};
constexpr Argument kEchoArguments[] = {{.name = "message", .type = "string"}};
constexpr Argument kHelloAuth[] = {
    {.name = "username", .type = "string"},
    {.name = "password", .type = "string"},
};
constexpr Argument kHelloOptions[] = {
    {.name = "protover", .type = "integer"},
    {.name = "auth",
     .type = "block",
     .token = "AUTH",
     .flags = "optional",
     .arguments = kHelloAuth},
    {.name = "clientname", .type = "string", .token = "SETNAME", .flags = "optional"},
};
constexpr Argument kHelloArguments[] = {
    {.name = "arguments", .type = "block", .flags = "optional", .arguments = kHelloOptions},
};
constexpr Argument kPingArguments[] = {
    {.name = "message", .type = "string", .flags = "optional"},
};
constexpr Argument kSelectArguments[] = {{.name = "index", .type = "integer"}};

constexpr std::string_view kPingTips[] = {"request_policy:all_shards",
                                          "response_policy:all_succeeded"};

constexpr std::uint32_t kBeforeLogin = kNoScript | kLoading | kStale | kFast | kNoAuth | kAllowBusy;

constexpr Row kRows[] = {
    {.name = "auth",
     .arity = -2,
     .flags = kBeforeLogin,
     .categories = kCatConnection,
     .handler = auth,
     .summary = "Logs the connection in with a password.",
     .since = "1.0.0",
     .group = "connection",
     .complexity = "O(1)",
     .arguments = kAuthArguments},
    {.name = "echo",
     .arity = 2,
     .flags = kLoading | kStale | kFast,
     .categories = kCatConnection,
     .handler = echo,
     .summary = "Sends its argument back.",
     .since = "1.0.0",
     .group = "connection",
     .complexity = "O(1)",
     .arguments = kEchoArguments},
    {.name = "hello",
     .arity = -1,
     .flags = kBeforeLogin,
     .categories = kCatConnection,
     .handler = hello,
     .summary = "Chooses the protocol version; can log in and name the connection too.",
     .since = "6.0.0",
     .group = "connection",
     .complexity = "O(1)",
     .arguments = kHelloArguments},
    {.name = "ping",
     .arity = -1,
     .flags = kFast,
     .categories = kCatConnection,
     .handler = ping,
     .summary = "Tells that the server answers.",
     .since = "1.0.0",
     .group = "connection",
     .complexity = "O(1)",
     .tips = kPingTips,
     .arguments = kPingArguments},
    {.name = "quit",
     .arity = -1,
     .flags = kBeforeLogin,
     .categories = kCatConnection,
     .handler = quit,
     .summary = "Closes the connection after the replies that are due.",
     .since = "1.0.0",
     .group = "connection",
     .complexity = "O(1)",
     .deprecated_since = "7.2.0",
     .replaced_by = "closing the connection"},
    {.name = "reset",
     .arity = 1,
     .flags = kBeforeLogin,
     .categories = kCatConnection,
     .handler = reset,
     .summary = "Puts the connection back into the state of a new one.",
     .since = "6.2.0",
     .group = "connection",
     .complexity = "O(1)"},
    {.name = "select",
     .arity = 2,
     .flags = kLoading | kStale | kFast,
     .categories = kCatConnection,
     .handler = select,
     .summary = "Changes the database that the connection uses.",
     .since = "1.0.0",
     .group = "connection",
     .complexity = "O(1)",
     .arguments = kSelectArguments},
};

}  // namespace

std::span<const Row> connection_rows() { return kRows; }

}  // namespace sideline::command
