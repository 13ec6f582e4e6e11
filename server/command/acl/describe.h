#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/command/acl/user.h"

// Users as rules, which would make them again.
namespace sideline::command {

/// "on", "nopass" and the like.
[[nodiscard]] std::vector<std::string_view> flags_of(const AclUser& user);

/// "-@all +get -config|set".
[[nodiscard]] std::string describe_commands(const AclSelector& selector);
/// "~a* %R~b"; empty if it allows none.
[[nodiscard]] std::string describe_keys(const AclSelector& selector);
/// "&a* &b"; empty if it allows none.
[[nodiscard]] std::string describe_channels(const AclSelector& selector);

/// All rules of a user, as ACL LIST shows them behind its name.
[[nodiscard]] std::string describe(const AclUser& user);

}  // namespace sideline::command
