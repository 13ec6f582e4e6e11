#pragma once

#include <optional>
#include <string_view>

#include "server/command/acl/rule_error.h"
#include "server/command/acl/selector.h"
#include "server/command/table/table.h"

// What rules about commands do to a selector. AclRules (rules.h) is who applies them.
namespace sideline::command {

/// "+@all" and "-@all".
void change_all_commands(bool allow, AclSelector& selector);

/// Any other rule that begins with '+' (`allow`) or '-'; `what` is the rest of it: "get",
/// "config|get", "select|0" or "@read". A container stands for all its subcommands.
[[nodiscard]] std::optional<AclRuleError> change_commands(const Table& table, std::string_view what,
                                                          bool allow, AclSelector& selector);

}  // namespace sideline::command
