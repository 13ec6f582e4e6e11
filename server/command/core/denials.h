#pragma once

#include <span>
#include <string_view>

#include "server/command/acl/acl_log.h"
#include "server/command/clients/client.h"
#include "server/command/core/server.h"

namespace sideline::command {

/// Tells ACL LOG and the counters what was denied to a client that made this request. Fills
/// `event.client` in.
void record_denial(Server& server, const Client& client, std::span<const std::string_view> request,
                   AclLog::Event event);

}  // namespace sideline::command
