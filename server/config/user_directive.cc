#include "server/config/user_directive.h"

#include <algorithm>

#include "server/config/password_hash.h"

namespace sideline::config {
namespace {

/// A rule with the hash of the password that it adds or removes.
std::string without_password(std::string_view rule) {
  if (rule.starts_with('>')) return '#' + password_hash(rule.substr(1));
  if (rule.starts_with('<')) return '!' + password_hash(rule.substr(1));
  return std::string(rule);
}

}  // namespace

std::optional<std::string> add_user(std::span<const std::string_view> words, const Origin& origin,
                                    Settings& settings) {
  if (words.empty()) return "takes a name and rules";
  UserDirective user{.name = std::string(words[0]), .rules = {}, .origin = origin};
  for (const std::string_view rule : words.subspan(1)) {
    user.rules.push_back(without_password(rule));
  }
  const auto present = std::ranges::find(settings.users, user.name, &UserDirective::name);
  if (present == settings.users.end()) {
    settings.users.push_back(std::move(user));
  } else if (present->origin.source < origin.source) {
    *present = std::move(user);
  } else {
    return "there is a user '" + user.name + "' already";
  }
  return std::nullopt;
}

}  // namespace sideline::config
