#pragma once

#include <cstdint>
#include <memory>

#include "server/command/acl/user.h"

namespace sideline::command {

/// As whom a client runs its requests, as it was at a version of the users (Acl::version()). Of the
/// client's own thread.
struct AclSession {
  std::shared_ptr<const AclUser> user;  ///< null: the default user, not looked up yet
  std::uint64_t version = 0;            ///< of what is here; 0: none
  /// `version` if nothing that the client asks for can be denied, 0 otherwise: the one comparison
  /// that a request of such a client costs.
  std::uint64_t unrestricted = 0;
  bool admitted = false;  ///< it has logged in, or need not
};

}  // namespace sideline::command
