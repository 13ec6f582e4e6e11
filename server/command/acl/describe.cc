#include "server/command/acl/describe.h"

namespace sideline::command {
namespace {

void append_word(std::string& text, std::string_view word) {
  if (!text.empty()) text += ' ';
  text += word;
}

std::string_view prefix_of(const AclSelector::KeyPattern& pattern) {
  if (pattern.read && pattern.write) return "~";
  return pattern.read ? "%R~" : "%W~";
}

std::string describe(const AclSelector& selector) {
  std::string text = describe_keys(selector);
  if (!selector.all_channels) append_word(text, "resetchannels");
  const std::string channels = describe_channels(selector);
  if (!channels.empty()) append_word(text, channels);
  append_word(text, describe_commands(selector));
  return text;
}

}  // namespace

std::vector<std::string_view> flags_of(const AclUser& user) {
  std::vector<std::string_view> flags = {user.enabled ? "on" : "off"};
  if (!user.needs_password) flags.emplace_back("nopass");
  flags.emplace_back(user.sanitizes_payload ? "sanitize-payload" : "skip-sanitize-payload");
  return flags;
}

std::string describe_commands(const AclSelector& selector) {
  std::string text = selector.begins_with_all ? "+@all" : "-@all";
  for (const AclSelector::CommandRule& rule : selector.rules) {
    text.append(rule.allow ? " +" : " -").append(rule.what);
  }
  return text;
}

std::string describe_keys(const AclSelector& selector) {
  if (selector.all_keys) return "~*";
  std::string text;
  for (const AclSelector::KeyPattern& pattern : selector.keys) {
    append_word(text, prefix_of(pattern));
    text += pattern.glob;
  }
  return text;
}

std::string describe_channels(const AclSelector& selector) {
  if (selector.all_channels) return "&*";
  std::string text;
  for (const std::string& channel : selector.channels) append_word(text, '&' + channel);
  return text;
}

std::string describe(const AclUser& user) {
  std::string text;
  for (const std::string_view flag : flags_of(user)) append_word(text, flag);
  for (const std::string& password : user.passwords) append_word(text, '#' + password);
  append_word(text, describe(user.root()));
  for (std::size_t i = 1; i < user.selectors.size(); ++i) {
    append_word(text, '(' + describe(user.selectors[i]) + ')');
  }
  return text;
}

}  // namespace sideline::command
