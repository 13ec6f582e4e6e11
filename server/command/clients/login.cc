#include "server/command/clients/login.h"

#include <utility>

namespace sideline::command {
namespace {

void become(Client& client, Acl::UserPointer user, bool authenticated) {
  client.set_user(user->name, user->id);
  client.session = {.user = std::move(user)};
  client.authenticated = authenticated;
}

}  // namespace

bool log_in(Client& client, const Acl& acl, std::string_view user, std::string_view password) {
  Acl::UserPointer found = acl.find(user);
  if (!found || !found->accepts(password)) return false;
  become(client, std::move(found), true);
  // Who removes a user looks for its clients afterwards, and either finds this one or has removed
  // the user before this looks.
  if (acl.refresh(client.session, true)) return true;
  log_out(client, acl);
  return false;
}

void log_out(Client& client, const Acl& acl) {
  Acl::UserPointer user = acl.default_user();
  const bool is_open = user->is_open();
  become(client, std::move(user), is_open);
}

}  // namespace sideline::command
