#include "server/command/acl/user.h"

#include <algorithm>

#include "server/config/password_hash.h"

namespace sideline::command {

void AclUser::set_password(std::string_view hash) {
  needs_password = !hash.empty();
  passwords.clear();
  if (needs_password) passwords.emplace_back(hash);
}

bool AclUser::accepts(std::string_view password) const {
  if (!enabled) return false;
  if (!needs_password) return true;
  const std::string hash = config::password_hash(password);
  return std::ranges::any_of(
      passwords, [&](const std::string& each) { return config::same_password_hash(each, hash); });
}

bool AclUser::unrestricted() const {
  return std::ranges::any_of(selectors, &AclSelector::unrestricted);
}

AclVerdict AclUser::check(const Row& row, std::span<const std::string_view> args) const {
  AclVerdict closest{AclDenial::kCommand};
  for (const AclSelector& selector : selectors) {
    const AclVerdict verdict = selector.check(row, args);
    if (verdict.denial == AclDenial::kNone) return verdict;
    const bool is_closer = verdict.denial > closest.denial || (verdict.denial == closest.denial &&
                                                               verdict.argument > closest.argument);
    if (is_closer) closest = verdict;
  }
  return closest;
}

}  // namespace sideline::command
