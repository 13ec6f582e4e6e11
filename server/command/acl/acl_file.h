#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/command/acl/rules.h"

// The file that `aclfile` names: one user a line,
//
//     user NAME RULE...
//
// blank lines, and nothing else.
namespace sideline::command {

/// The users that a file of this text holds, or all that is wrong with it, in one line. `path` is
/// for the errors.
[[nodiscard]] std::variant<std::vector<AclUser>, std::string> read_acl_file(const AclRules& rules,
                                                                            const std::string& path,
                                                                            std::string_view text);

/// The line of a user, without its end. ACL LIST shows it too.
[[nodiscard]] std::string acl_line(const AclUser& user);

}  // namespace sideline::command
