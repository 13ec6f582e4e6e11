#include "server/command/control/acl_users.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/command/acl/acl_file.h"
#include "server/command/acl/blank.h"
#include "server/command/core/errors.h"
#include "server/command/core/server.h"
#include "server/config/replace_file.h"

namespace sideline::command {
namespace {

/// Closes the connections of users that are gone; who asked gets the answer first.
void close_clients(Context& ctx, std::span<const std::uint64_t> users) {
  for (const auto& client : ctx.server.clients.snapshot()) {
    if (std::ranges::find(users, client->user_id.load()) == users.end()) continue;
    if (client.get() == &ctx.client) {
      ctx.client.close_after_reply = true;
    } else {
      ctx.server.clients.kill(*client);
    }
  }
}

/// Nothing, after an error reply, if there is none.
std::optional<std::string> acl_file(Context& ctx) {
  std::string path = ctx.server.config.settings().aclfile;
  if (!path.empty()) return path;
  ctx.reply.error(errors::kNoAclFile);
  return std::nullopt;
}

}  // namespace

void acl_set_user(Context& ctx) {
  for (std::size_t i = 2; i < ctx.args.size(); ++i) ctx.redact(i);
  const std::string_view name = ctx.args[2];
  if (has_blank(name)) return ctx.reply.error(errors::kUserNameBlank);
  if (const auto error = ctx.server.acl.set_user(name, ctx.args.subspan(3))) {
    return ctx.reply.error(errors::acl(*error));
  }
  ctx.reply.ok();
}

void acl_delete_users(Context& ctx) {
  const auto names = ctx.args.subspan(2);
  if (std::ranges::find(names, kDefaultUser) != names.end()) {
    return ctx.reply.error(errors::kDefaultUserStays);
  }
  std::vector<std::uint64_t> removed;
  for (const std::string_view name : names) {
    if (const auto id = ctx.server.acl.remove(name)) removed.push_back(*id);
  }
  close_clients(ctx, removed);
  ctx.reply.integer(static_cast<std::int64_t>(removed.size()));
}

void acl_load(Context& ctx) {
  const auto path = acl_file(ctx);
  if (!path) return;
  std::vector<std::uint64_t> gone;
  if (const auto error = ctx.server.acl.load_file(*path, gone)) {
    return ctx.reply.error(errors::acl(*error));
  }
  close_clients(ctx, gone);
  ctx.reply.ok();
}

void acl_save(Context& ctx) {
  const auto path = acl_file(ctx);
  if (!path) return;
  std::string text;
  for (const auto& user : ctx.server.acl.users()) text += acl_line(*user) + '\n';
  if (const auto error = config::replace_file(*path, text)) {
    return ctx.reply.error(errors::acl_save(error.message()));
  }
  ctx.reply.ok();
}

}  // namespace sideline::command
