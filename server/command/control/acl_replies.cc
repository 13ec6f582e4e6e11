#include "server/command/control/acl_replies.h"

#include <string>
#include <string_view>
#include <vector>

#include "server/command/acl/describe.h"

namespace sideline::command {
namespace {

void text(resp::Reply& reply, std::string_view name, std::string_view value) {
  reply.bulk(name);
  reply.bulk(value);
}

void number(resp::Reply& reply, std::string_view name, std::int64_t value) {
  reply.bulk(name);
  reply.integer(value);
}

void reply_selector(resp::Reply& reply, const AclSelector& selector) {
  text(reply, "commands", describe_commands(selector));
  text(reply, "keys", describe_keys(selector));
  text(reply, "channels", describe_channels(selector));
}

std::string_view reason_of(AclDenial denial) {
  switch (denial) {
    case AclDenial::kCommand:
      return "command";
    case AclDenial::kKey:
      return "key";
    case AclDenial::kAuth:
      return "auth";
    case AclDenial::kNone:
      break;
  }
  return {};
}

}  // namespace

void reply_user(resp::Reply& reply, const AclUser& user) {
  reply.map(6);
  reply.bulk("flags");
  const std::vector<std::string_view> flags = flags_of(user);
  reply.set(flags.size());
  for (const std::string_view flag : flags) reply.bulk(flag);
  reply.bulk("passwords");
  reply.array(user.passwords.size());
  for (const std::string& password : user.passwords) reply.bulk(password);
  reply_selector(reply, user.root());
  reply.bulk("selectors");
  reply.array(user.selectors.size() - 1);
  for (std::size_t i = 1; i < user.selectors.size(); ++i) {
    reply.map(3);
    reply_selector(reply, user.selectors[i]);
  }
}

void reply_log_entry(resp::Reply& reply, const AclLog::Entry& entry, std::int64_t now_ms) {
  reply.map(10);
  number(reply, "count", entry.count);
  text(reply, "reason", reason_of(entry.event.denial));
  text(reply, "context", "toplevel");
  text(reply, "object", entry.event.object);
  text(reply, "username", entry.event.user);
  reply.bulk("age-seconds");
  reply.real(static_cast<double>(now_ms - entry.updated_ms) / 1000);
  text(reply, "client-info", entry.event.client);
  number(reply, "entry-id", entry.id);
  number(reply, "timestamp-created", entry.created_ms);
  number(reply, "timestamp-last-updated", entry.updated_ms);
}

}  // namespace sideline::command
