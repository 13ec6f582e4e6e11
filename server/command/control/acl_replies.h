#pragma once

#include <cstdint>

#include "server/command/acl/acl_log.h"
#include "server/command/acl/user.h"
#include "server/resp/reply.h"

namespace sideline::command {

/// A user as ACL GETUSER shows it.
void reply_user(resp::Reply& reply, const AclUser& user);

/// An entry as ACL LOG shows it.
void reply_log_entry(resp::Reply& reply, const AclLog::Entry& entry, std::int64_t now_ms);

}  // namespace sideline::command
