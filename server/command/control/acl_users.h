#pragma once

#include "server/command/core/context.h"

// The handlers of ACL's subcommands that change users, or keep them in the file. Their rows are in
// acl_command.cc.
namespace sideline::command {

void acl_set_user(Context& ctx);
void acl_delete_users(Context& ctx);
void acl_load(Context& ctx);
void acl_save(Context& ctx);

}  // namespace sideline::command
