#include "server/command/acl/acl.h"

#include <algorithm>
#include <iterator>
#include <sstream>
#include <utility>
#include <variant>

#include "server/command/acl/acl_file.h"
#include "server/command/acl/blank.h"
#include "server/command/acl/describe.h"
#include "server/config/read_file.h"

namespace sideline::command {
namespace {

using Error = std::optional<std::string>;

/// The first error that rules bring; `shows(rule)` tells whether it may show the rule.
template <typename Shows>
Error apply_all(const AclRules& language, std::span<const std::string_view> words, AclUser& user,
                const std::string& where, Shows shows) {
  const auto joined = join_selectors(words);
  if (const auto* const opening = std::get_if<std::string>(&joined)) {
    if (!shows(*opening)) return "Unmatched parenthesis in acl selector.";
    return "Unmatched parenthesis in acl selector starting at '" + *opening + "'.";
  }
  for (const std::string& rule : std::get<AclRuleList>(joined)) {
    const auto error = language.apply(rule, user);
    if (!error) continue;
    return "Error in " + where + (shows(rule) ? " '" + rule + "'" : "") + ": " +
           std::string(text_of(*error));
  }
  return std::nullopt;
}

}  // namespace

Acl::Acl(const Table& table) : table_(table) {
  const MutexLock lock(mutex_);
  put(rules().default_user(default_password_));
}

AclRules Acl::rules() const { return {table_, all_channels_}; }

void Acl::put(AclUser user) {
  auto shared = std::make_shared<const AclUser>(std::move(user));
  users_.insert_or_assign(shared->name, shared);
  raise_version();
}

void Acl::insert(AclUser user, Users& users, std::uint64_t& last_id) {
  if (user.name != kDefaultUser) user.id = ++last_id;
  auto shared = std::make_shared<const AclUser>(std::move(user));
  users.insert_or_assign(shared->name, shared);
}

void Acl::replace(Users users, std::uint64_t last_id) {
  users_ = std::move(users);
  last_id_ = last_id;
  raise_version();
}

void Acl::raise_version() {
  version_.store(version_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
}

// --- Reading -------------------------------------------------------------------------------------

bool Acl::refresh(AclSession& session, bool authenticated) const {
  if (session.version == version()) return true;
  const MutexLock lock(mutex_);
  const auto found = session.user ? users_.find(session.user->name) : users_.find(kDefaultUser);
  const bool is_gone =
      found == users_.end() || (session.user && session.user->id != found->second->id);
  if (is_gone) return false;
  session.user = found->second;
  session.version = version_.load(std::memory_order_relaxed);
  session.admitted = authenticated || users_.find(kDefaultUser)->second->is_open();
  session.unrestricted = session.admitted && session.user->unrestricted() ? session.version : 0;
  return true;
}

Acl::UserPointer Acl::find(std::string_view name) const {
  const MutexLock lock(mutex_);
  const auto found = users_.find(name);
  return found == users_.end() ? nullptr : found->second;
}

std::vector<Acl::UserPointer> Acl::users() const {
  const MutexLock lock(mutex_);
  std::vector<UserPointer> all;
  all.reserve(users_.size());
  for (const auto& [name, user] : users_) all.push_back(user);
  return all;
}

std::vector<config::UserDirective> Acl::directives(std::span<const config::UserDirective> written,
                                                   bool with_default_password) const {
  const MutexLock lock(mutex_);
  const std::string plain = describe(rules().default_user(default_password_));
  std::vector<config::UserDirective> all;
  for (const auto& [name, user] : users_) {
    const bool is_default = name == kDefaultUser;
    const bool is_lent = is_default && !with_default_password && !default_password_.empty();
    const auto same = std::ranges::find(written, name, &config::UserDirective::name);
    if (same != written.end() && makes(*same, *user, is_lent)) {
      all.push_back(*same);
      continue;
    }
    if (is_default && describe(*user) == plain) continue;
    AclUser shown = *user;
    if (is_lent) std::erase(shown.passwords, default_password_);
    std::istringstream words(describe(shown));
    all.push_back({.name = name, .rules = {std::istream_iterator<std::string>(words), {}}});
  }
  return all;
}

bool Acl::makes(const config::UserDirective& directive, const AclUser& user, bool is_lent) const {
  AclUser made = rules().new_user(directive.name);
  if (make(directive, made)) return false;
  if (is_lent) made.set_password(default_password_);
  return describe(made) == describe(user);
}

// --- Changing ------------------------------------------------------------------------------------

void Acl::set_all_channels(bool by_default) {
  const MutexLock lock(mutex_);
  all_channels_ = by_default;
}

Acl::UserPointer Acl::set_default_password(std::string_view hash) {
  const MutexLock lock(mutex_);
  std::string password(hash);
  UserPointer before = users_.find(kDefaultUser)->second;
  AclUser user = *before;
  user.set_password(hash);
  put(std::move(user));
  default_password_ = std::move(password);
  return before;
}

void Acl::restore_default_password(std::string_view hash, const AclUser& before) {
  const MutexLock lock(mutex_);
  std::string password(hash);
  AclUser user = *users_.find(kDefaultUser)->second;
  user.needs_password = before.needs_password;
  user.passwords = before.passwords;
  put(std::move(user));
  default_password_ = std::move(password);
}

Error Acl::set_user(std::string_view name, std::span<const std::string_view> words) {
  const MutexLock lock(mutex_);
  const auto found = users_.find(name);
  AclUser user = found == users_.end() ? rules().new_user(std::string(name)) : *found->second;
  const auto shows = [](std::string_view) { return true; };  // to who wrote it
  if (Error error = apply_all(rules(), words, user, "ACL SETUSER modifier", shows)) return error;
  if (found == users_.end()) user.id = ++last_id_;
  put(std::move(user));
  return std::nullopt;
}

Error Acl::make(const config::UserDirective& directive, AclUser& user) const {
  if (has_blank(user.name)) return "Spaces not allowed in ACL usernames";
  const std::vector<std::string_view> words(directive.rules.begin(), directive.rules.end());
  return apply_all(rules(), words, user, "user declaration", may_be_shown);
}

Error Acl::load(std::span<const config::UserDirective> directives) {
  const MutexLock lock(mutex_);
  Users users = users_;
  std::uint64_t last_id = last_id_;
  for (const config::UserDirective& directive : directives) {
    AclUser user = rules().new_user(directive.name);
    if (const Error error = make(directive, user)) return directive.origin.place + ": " + *error;
    insert(std::move(user), users, last_id);
  }
  replace(std::move(users), last_id);
  return std::nullopt;
}

Error Acl::load_file(const std::string& path, std::vector<std::uint64_t>& gone) {
  std::string text;
  if (const auto error = config::read_file(path, text)) {
    return "Error loading ACLs, opening file '" + path + "': " + error.message();
  }
  const MutexLock lock(mutex_);
  auto result = read_acl_file(rules(), path, text);
  if (auto* const errors = std::get_if<std::string>(&result)) return std::move(*errors);
  Users users;
  std::uint64_t last_id = last_id_;
  insert(rules().default_user(default_password_), users, last_id);
  for (AclUser& user : std::get<std::vector<AclUser>>(result)) {
    insert(std::move(user), users, last_id);
  }
  gone.reserve(gone.size() + users_.size());
  for (const auto& [name, user] : users_) {
    if (user->id != kDefaultUserId) gone.push_back(user->id);
  }
  replace(std::move(users), last_id);
  return std::nullopt;
}

std::optional<std::uint64_t> Acl::remove(std::string_view name) {
  const MutexLock lock(mutex_);
  const auto found = users_.find(name);
  if (found == users_.end() || name == kDefaultUser) return std::nullopt;
  const std::uint64_t id = found->second->id;
  users_.erase(found);
  raise_version();
  return id;
}

}  // namespace sideline::command
