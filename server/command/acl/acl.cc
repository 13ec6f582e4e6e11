#include "server/command/acl/acl.h"

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

/// The first error that rules bring, worded by `word(rule, error)`.
template <typename Word>
Error apply_all(const AclRules& language, std::span<const std::string_view> words, AclUser& user,
                Word word) {
  const auto joined = join_selectors(words);
  if (const auto* const opening = std::get_if<std::string>(&joined)) {
    return "Unmatched parenthesis in acl selector starting at '" + *opening + "'.";
  }
  for (const std::string& rule : std::get<AclRuleList>(joined)) {
    if (const auto error = language.apply(rule, user)) return word(rule, *error);
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

std::vector<config::UserDirective> Acl::directives() const {
  const MutexLock lock(mutex_);
  const std::string plain = describe(rules().default_user(default_password_));
  std::vector<config::UserDirective> all;
  for (const auto& [name, user] : users_) {
    std::istringstream words(describe(*user));
    if (name == kDefaultUser && words.str() == plain) continue;
    all.push_back({.name = name, .rules = {std::istream_iterator<std::string>(words), {}}});
  }
  return all;
}

// --- Changing ------------------------------------------------------------------------------------

void Acl::set_all_channels(bool by_default) {
  const MutexLock lock(mutex_);
  all_channels_ = by_default;
}

void Acl::set_default_password(std::string_view hash) {
  const MutexLock lock(mutex_);
  default_password_ = hash;
  AclUser user = *users_.find(kDefaultUser)->second;
  user.set_password(hash);
  put(std::move(user));
}

Error Acl::set_user(std::string_view name, std::span<const std::string_view> words) {
  const MutexLock lock(mutex_);
  const auto found = users_.find(name);
  AclUser user = found == users_.end() ? rules().new_user(std::string(name)) : *found->second;
  const auto word = [](const std::string& rule, AclRuleError error) {
    return "Error in ACL SETUSER modifier '" + rule + "': " + std::string(text_of(error));
  };
  if (Error error = apply_all(rules(), words, user, word)) return error;
  if (found == users_.end()) user.id = ++last_id_;
  put(std::move(user));
  return std::nullopt;
}

Error Acl::load(std::span<const config::UserDirective> directives) {
  const MutexLock lock(mutex_);
  for (const config::UserDirective& directive : directives) {
    AclUser user = rules().new_user(directive.name);
    const auto word = [](const std::string& rule, AclRuleError error) {
      return "Error in user declaration '" + rule + "': " + std::string(text_of(error));
    };
    const std::vector<std::string_view> words(directive.rules.begin(), directive.rules.end());
    const Error error = has_blank(user.name) ? "Spaces not allowed in ACL usernames"
                                             : apply_all(rules(), words, user, word);
    if (error) return directive.place + ": " + *error;
    if (user.name != kDefaultUser) user.id = ++last_id_;
    put(std::move(user));
  }
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
  for (const auto& [name, user] : std::exchange(users_, {})) {
    if (user->id != kDefaultUserId) gone.push_back(user->id);
  }
  put(rules().default_user(default_password_));
  for (AclUser& user : std::get<std::vector<AclUser>>(result)) {
    if (user.name != kDefaultUser) user.id = ++last_id_;
    put(std::move(user));
  }
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
