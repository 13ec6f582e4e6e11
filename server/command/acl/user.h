#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/command/acl/selector.h"
#include "server/command/table/row.h"
#include "server/config/user_directive.h"

namespace sideline::command {

using config::kDefaultUser;
inline constexpr std::uint64_t kDefaultUserId = 0;

/// A user: how to log in as it, and what it may do then.
struct AclUser {
  AclUser(std::string its_name, AclSelector root)
      : name(std::move(its_name)), selectors({std::move(root)}) {}

  std::string name;
  /// The same over all changes of a user, and never another one's, also if that has its name.
  std::uint64_t id = kDefaultUserId;

  bool enabled = false;
  bool needs_password = true;
  bool sanitizes_payload = true;       ///< kept and shown; nothing here restores a payload
  std::vector<std::string> passwords;  ///< hashes (config::password_hash)
  std::vector<AclSelector> selectors;  ///< the first is the root selector, and always there

  [[nodiscard]] AclSelector& root() { return selectors.front(); }
  [[nodiscard]] const AclSelector& root() const { return selectors.front(); }

  /// Leaves no password but this one (a hash); if empty, none is needed.
  void set_password(std::string_view hash);

  /// Whether this password lets a client in.
  [[nodiscard]] bool accepts(std::string_view password) const;
  /// Whether a client that did not log in may act as this user.
  [[nodiscard]] bool is_open() const { return enabled && !needs_password; }
  /// Whether every request is allowed.
  [[nodiscard]] bool unrestricted() const;

  /// Of several selectors that each deny a request, the one that came closest gives the reason.
  [[nodiscard]] AclVerdict check(const Row& row, std::span<const std::string_view> args) const;
};

}  // namespace sideline::command
