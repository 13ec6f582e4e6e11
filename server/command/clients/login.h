#pragma once

#include <string_view>

#include "server/command/acl/acl.h"
#include "server/command/clients/client.h"

namespace sideline::command {

/// Makes a client the user of this name. False if the credentials are wrong: then it stays who it
/// is. If the user is removed at the same moment, it is logged out.
[[nodiscard]] bool log_in(Client& client, const Acl& acl, std::string_view user,
                          std::string_view password);

/// Makes it who a client is when it connects: the default user, and logged in if that needs no
/// password.
void log_out(Client& client, const Acl& acl);

}  // namespace sideline::command
