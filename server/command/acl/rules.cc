#include "server/command/acl/rules.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "server/command/acl/blank.h"
#include "server/command/acl/command_rules.h"
#include "server/config/letter_case.h"
#include "server/config/password_hash.h"
#include "server/resp/inline_arguments.h"

namespace sideline::command {
namespace {

using Error = AclRules::Error;
using config::same_ignoring_case;

/// The words that change one thing, each in either case.
template <typename Subject>
using WordRule = std::pair<std::string_view, void (*)(Subject&)>;

constexpr std::array<WordRule<AclSelector>, 10> kSelectorWords = {{
    {"allkeys", [](AclSelector& s) { s.all_keys = true, s.keys.clear(); }},
    {"~*", [](AclSelector& s) { s.all_keys = true, s.keys.clear(); }},
    {"resetkeys", [](AclSelector& s) { s.all_keys = false, s.keys.clear(); }},
    {"allchannels", [](AclSelector& s) { s.all_channels = true, s.channels.clear(); }},
    {"&*", [](AclSelector& s) { s.all_channels = true, s.channels.clear(); }},
    {"resetchannels", [](AclSelector& s) { s.all_channels = false, s.channels.clear(); }},
    {"allcommands", [](AclSelector& s) { change_all_commands(true, s); }},
    {"+@all", [](AclSelector& s) { change_all_commands(true, s); }},
    {"nocommands", [](AclSelector& s) { change_all_commands(false, s); }},
    {"-@all", [](AclSelector& s) { change_all_commands(false, s); }},
}};

constexpr std::array<WordRule<AclUser>, 7> kUserWords = {{
    {"on", [](AclUser& u) { u.enabled = true; }},
    {"off", [](AclUser& u) { u.enabled = false; }},
    {"skip-sanitize-payload", [](AclUser& u) { u.sanitizes_payload = false; }},
    {"sanitize-payload", [](AclUser& u) { u.sanitizes_payload = true; }},
    {"nopass", [](AclUser& u) { u.needs_password = false, u.passwords.clear(); }},
    {"resetpass", [](AclUser& u) { u.needs_password = true, u.passwords.clear(); }},
    {"clearselectors",
     [](AclUser& u) { u.selectors.erase(u.selectors.begin() + 1, u.selectors.end()); }},
}};

/// Whether the rule is one of the words; then it is applied.
template <typename Subject, std::size_t kSize>
bool apply_word(const std::array<WordRule<Subject>, kSize>& words, std::string_view rule,
                Subject& subject) {
  const auto found = std::ranges::find_if(
      words, [rule](const auto& each) { return same_ignoring_case(each.first, rule); });
  if (found == words.end()) return false;
  found->second(subject);
  return true;
}

/// "~GLOB" or "%R~GLOB", "%W~GLOB", "%RW~GLOB".
std::optional<AclSelector::KeyPattern> parse_keys(std::string_view rule) {
  // As in Redis, the tilde may be missing: then the glob is empty.
  const std::size_t tilde = std::min(rule.find('~'), rule.size());
  if (has_blank(rule)) return std::nullopt;
  AclSelector::KeyPattern pattern;
  if (tilde < rule.size()) pattern.glob = rule.substr(tilde + 1);
  if (tilde == 0) {
    pattern.read = pattern.write = true;
    return pattern;
  }
  for (const char letter : rule.substr(1, tilde - 1)) {
    const bool is_read = letter == 'R' || letter == 'r';
    if (!is_read && letter != 'W' && letter != 'w') return std::nullopt;
    bool& right = is_read ? pattern.read : pattern.write;
    if (std::exchange(right, true)) return std::nullopt;
  }
  if (!pattern.read && !pattern.write) return std::nullopt;
  return pattern;
}

/// All keys in both ways are shown as "~*", so they are that rule, whichever rules they came from:
/// what a selector is shown as makes it again.
Error add_keys(std::string_view rule, AclSelector& selector) {
  if (selector.all_keys) return AclRuleError::kKeysAfterAll;
  auto pattern = parse_keys(rule);
  if (!pattern) return AclRuleError::kSyntax;
  auto same = std::ranges::find(selector.keys, pattern->glob, &AclSelector::KeyPattern::glob);
  if (same == selector.keys.end()) {
    same = selector.keys.insert(same, *std::move(pattern));
  } else {
    same->read = same->read || pattern->read;
    same->write = same->write || pattern->write;
  }
  if (same->glob == "*" && same->read && same->write) {
    selector.all_keys = true;
    selector.keys.clear();
  }
  return std::nullopt;
}

Error add_channels(std::string_view glob, AclSelector& selector) {
  if (selector.all_channels) return AclRuleError::kChannelsAfterAll;
  if (has_blank(glob)) return AclRuleError::kSyntax;
  if (std::ranges::find(selector.channels, glob) == selector.channels.end()) {
    selector.channels.emplace_back(glob);
  }
  return std::nullopt;
}

/// ">PASSWORD", "<PASSWORD", "#HASH", "!HASH".
Error change_password(std::string_view rule, AclUser& user) {
  const bool is_plain = rule.front() == '>' || rule.front() == '<';
  const bool adds = rule.front() == '>' || rule.front() == '#';
  const std::string_view secret = rule.substr(1);
  if (!is_plain && !config::is_password_hash(secret)) return AclRuleError::kBadHash;
  std::string hash = is_plain ? config::password_hash(secret) : std::string(secret);
  const auto found = std::ranges::find(user.passwords, hash);
  if (adds) {
    if (found == user.passwords.end()) user.passwords.push_back(std::move(hash));
    user.needs_password = true;
  } else if (found == user.passwords.end()) {
    return AclRuleError::kNoSuchPassword;
  } else {
    user.passwords.erase(found);
  }
  return std::nullopt;
}

/// Whether a rule of a selector would be read as another one where the selector is shown.
bool is_ambiguous(std::string_view rule) {
  return rule.ends_with(')') || rule.find_first_of("\"'") != std::string_view::npos;
}

}  // namespace

AclUser AclRules::new_user(std::string name) const {
  return {std::move(name), AclSelector(table_.size(), all_channels_)};
}

AclUser AclRules::default_user(std::string_view password) const {
  AclUser user = new_user(std::string(kDefaultUser));
  user.enabled = true;
  user.root().all_keys = user.root().all_channels = true;
  change_all_commands(true, user.root());
  user.set_password(password);
  return user;
}

Error AclRules::apply(std::string_view rule, AclUser& user) const {
  if (rule.empty() || apply_word(kUserWords, rule, user)) return std::nullopt;
  if (same_ignoring_case(rule, "reset")) {
    const std::uint64_t id = user.id;
    user = new_user(user.name);
    user.id = id;
    return std::nullopt;
  }
  if (std::string_view("><#!").find(rule.front()) != std::string_view::npos) {
    return change_password(rule, user);
  }
  if (rule.front() == '(' && rule.back() == ')') {
    return add_selector(rule.substr(1, rule.size() - 2), user);
  }
  return apply(rule, user.root());
}

Error AclRules::add_selector(std::string_view rules, AclUser& user) const {
  std::string decoded;
  std::vector<std::string_view> words;
  if (!resp::split_inline(rules, decoded, words)) return AclRuleError::kSyntax;
  AclSelector selector(table_.size(), all_channels_);
  for (const std::string_view rule : words) {
    if (is_ambiguous(rule)) return AclRuleError::kSyntax;
    if (const Error error = apply(rule, selector)) return error;
  }
  user.selectors.push_back(std::move(selector));
  return std::nullopt;
}

Error AclRules::apply(std::string_view rule, AclSelector& selector) const {
  if (rule.empty()) return AclRuleError::kSyntax;
  if (apply_word(kSelectorWords, rule, selector)) return std::nullopt;
  const std::string_view rest = rule.substr(1);
  switch (rule.front()) {
    case '~':
    case '%':
      return add_keys(rule, selector);
    case '&':
      return add_channels(rest, selector);
    case '+':
    case '-':
      return change_commands(table_, rest, rule.front() == '+', selector);
    default:
      return AclRuleError::kSyntax;
  }
}

std::variant<AclRuleList, std::string> join_selectors(std::span<const std::string_view> words) {
  AclRuleList rules;
  bool is_open = false;
  std::string_view opening;
  for (const std::string_view word : words) {
    if (is_open) {
      rules.back().append(" ").append(word);
    } else {
      rules.emplace_back(word);
      opening = word;
    }
    is_open = !word.ends_with(')') && (is_open || word.starts_with('('));
  }
  if (is_open) return std::string(opening);
  return rules;
}

}  // namespace sideline::command
