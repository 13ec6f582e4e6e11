#include "server/command/control/client_kill.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "server/command/core/arguments.h"
#include "server/command/core/errors.h"
#include "server/command/core/server.h"
#include "server/config/letter_case.h"

namespace sideline::command {
namespace {

/// Which clients are to go: those that everything set here fits.
struct Filter {
  std::optional<std::uint64_t> id = {};
  std::optional<std::string_view> address = {};
  std::optional<std::string_view> local_address = {};
  std::optional<ClientType> type = {};
  std::optional<std::uint64_t> user_id = {};
  bool skip_me = true;

  [[nodiscard]] bool fits(const Client& client, const Client& me) const {
    return (!id || client.id == *id) && (!address || client.address == *address) &&
           (!local_address || client.local_address == *local_address) &&
           (!type || *type == ClientType::kNormal) && (!user_id || client.user_id == *user_id) &&
           (!skip_me || &client != &me);
  }
};

// Each of these takes the value of one filter, argument `i`, into `filter`, or replies with an
// error and returns false.

bool take_id(Context& ctx, std::size_t i, Filter& filter) {
  const auto id = integer_argument(ctx, i, errors::kClientIdNotPositive);
  if (!id) return false;
  if (*id < 1) {
    ctx.reply.error(errors::kClientIdNotPositive);
    return false;
  }
  filter.id = static_cast<std::uint64_t>(*id);
  return true;
}

bool take_type(Context& ctx, std::size_t i, Filter& filter) {
  filter.type = client_type(ctx.args[i]);
  if (!filter.type) ctx.reply.error(errors::unknown_client_type(ctx.args[i]));
  return filter.type.has_value();
}

bool take_address(Context& ctx, std::size_t i, Filter& filter) {
  filter.address = ctx.args[i];
  return true;
}

bool take_local_address(Context& ctx, std::size_t i, Filter& filter) {
  filter.local_address = ctx.args[i];
  return true;
}

bool take_user(Context& ctx, std::size_t i, Filter& filter) {
  const auto user = ctx.server.acl.find(ctx.args[i]);
  if (!user) {
    ctx.reply.error(errors::no_such_user(ctx.args[i]));
    return false;
  }
  filter.user_id = user->id;
  return true;
}

bool take_skip_me(Context& ctx, std::size_t i, Filter& filter) {
  filter.skip_me = is_word(ctx, i, "YES");
  if (filter.skip_me || is_word(ctx, i, "NO")) return true;
  ctx.reply.error(errors::kSyntax);
  return false;
}

using Take = bool (*)(Context&, std::size_t, Filter&);
constexpr std::array<std::pair<std::string_view, Take>, 6> kFilters = {{
    {"id", take_id},
    {"type", take_type},
    {"addr", take_address},
    {"laddr", take_local_address},
    {"user", take_user},
    {"skipme", take_skip_me},
}};

/// Nothing, after an error reply, if an argument is wrong.
std::optional<Filter> parse_filters(Context& ctx) {
  Filter filter;
  for (std::size_t i = 2; i < ctx.args.size(); i += 2) {
    const auto known = std::find_if(kFilters.begin(), kFilters.end(),
                                    [&](const auto& f) { return is_word(ctx, i, f.first); });
    if (known == kFilters.end() || i + 1 == ctx.args.size()) {
      ctx.reply.error(errors::kSyntax);
      return std::nullopt;
    }
    if (!known->second(ctx, i + 1, filter)) return std::nullopt;
  }
  return filter;
}

/// Returns how many there were.
std::int64_t kill_all(Context& ctx, const Filter& filter) {
  std::int64_t killed = 0;
  for (const auto& client : ctx.server.clients.snapshot()) {
    if (!filter.fits(*client, ctx.client)) continue;
    ++killed;
    if (client.get() == &ctx.client) {
      ctx.client.close_after_reply = true;  // it gets the answer first
    } else {
      ctx.server.clients.kill(*client);
    }
  }
  return killed;
}

/// CLIENT KILL address: the form that had no filters, and may kill its sender.
void kill_address(Context& ctx) {
  const Filter filter = {.address = ctx.args[2], .skip_me = false};
  if (kill_all(ctx, filter) == 0) return ctx.reply.error(errors::kNoSuchClient);
  ctx.reply.ok();
}

}  // namespace

std::optional<ClientType> client_type(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, ClientType>, 5> kTypes = {{
      {"normal", ClientType::kNormal},
      {"slave", ClientType::kReplica},
      {"replica", ClientType::kReplica},
      {"pubsub", ClientType::kPubSub},
      {"master", ClientType::kMaster},
  }};
  for (const auto& [known, type] : kTypes) {
    if (config::same_ignoring_case(known, name)) return type;
  }
  return std::nullopt;
}

void client_kill(Context& ctx) {
  if (ctx.args.size() == 3) return kill_address(ctx);
  const std::optional<Filter> filter = parse_filters(ctx);
  if (filter) ctx.reply.integer(kill_all(ctx, *filter));
}

}  // namespace sideline::command
