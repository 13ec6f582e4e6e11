#include "server/command/acl/command_rules.h"

#include <algorithm>
#include <string>

#include "server/command/acl/blank.h"
#include "server/command/table/flag_names.h"
#include "server/config/letter_case.h"

namespace sideline::command {
namespace {

using Error = std::optional<AclRuleError>;

/// A rule has changed what is allowed: adds it to those that are shown, and drops those that it
/// makes void.
void note(std::string_view what, bool allow, AclSelector& selector) {
  std::string name = config::lower_case(what);
  std::erase_if(selector.rules, [&](const AclSelector::CommandRule& rule) {
    return rule.what == name || rule.what.starts_with(name + '|');
  });
  selector.rules.push_back({allow, std::move(name)});
  selector.all_commands = std::ranges::find(selector.allowed, false) == selector.allowed.end();
}

void change_row(const Row& row, bool allow, AclSelector& selector) {
  selector.allowed[row.index] = allow;
  selector.first_arguments.erase(row.index);
  for (const Row& subcommand : row.subcommands) selector.allowed[subcommand.index] = allow;
}

Error change_category(const Table& table, std::string_view what, bool allow,
                      AclSelector& selector) {
  const std::uint32_t category = category_of(what.substr(1));
  if (category == 0) return AclRuleError::kUnknownCommand;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const Row& row = table.row(i);
    if ((row.categories & category) != 0) change_row(row, allow, selector);
  }
  note(what, allow, selector);
  return std::nullopt;
}

/// "select|0": of a command that has no subcommands.
Error allow_first_argument(const Row& row, std::string_view what, AclSelector& selector) {
  const std::string word = config::lower_case(what.substr(row.name.size() + 1));
  auto& words = selector.first_arguments[row.index];
  if (std::ranges::find(words, word) == words.end()) words.push_back(word);
  note(what, true, selector);
  return std::nullopt;
}

}  // namespace

void change_all_commands(bool allow, AclSelector& selector) {
  selector.all_commands = selector.begins_with_all = allow;
  selector.allowed.assign(selector.allowed.size(), allow);
  selector.first_arguments.clear();
  selector.rules.clear();
}

Error change_commands(const Table& table, std::string_view what, bool allow,
                      AclSelector& selector) {
  if (what.starts_with('@')) return change_category(table, what, allow, selector);
  const std::size_t bar = what.rfind('|');
  if (allow && bar != std::string_view::npos) {
    const Row* const command = table.find_full_name(what.substr(0, bar));
    if (command == nullptr) return AclRuleError::kUnknownCommand;
    if (command->parent != nullptr) return AclRuleError::kFirstArgumentOfSubcommand;
    if (bar + 1 == what.size() || has_blank(what)) return AclRuleError::kSyntax;
    if (command->subcommands.empty()) return allow_first_argument(*command, what, selector);
  }
  const Row* const row = table.find_full_name(what);
  if (row == nullptr) return AclRuleError::kUnknownCommand;
  change_row(*row, allow, selector);
  note(row->full_name, allow, selector);
  return std::nullopt;
}

}  // namespace sideline::command
