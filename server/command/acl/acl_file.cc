#include "server/command/acl/acl_file.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

#include "server/command/acl/blank.h"
#include "server/command/acl/describe.h"

namespace sideline::command {
namespace {

std::string_view trimmed(std::string_view text, std::string_view blank) {
  const std::size_t begin = text.find_first_not_of(blank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blank) + 1 - begin);
}

/// Between two spaces there is an empty part.
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

/// Reads a file line by line, and goes on after an error.
class Reader {
 public:
  Reader(const AclRules& rules, const std::string& path) : rules_(rules), path_(path) {}

  void read_line(std::string_view line) {
    ++number_;
    line = trimmed(line, " \t\r\n");
    if (line.empty()) return;
    const std::vector<std::string_view> words = split(line, ' ');
    if (words[0] != "user" || words.size() < 2) {
      errors_ += place() + " should start with user keyword followed by the username. ";
    } else if (has_blank(words[1])) {
      errors_ += "'" + place() + ": username '" + std::string(words[1]) +
                 "' contains invalid characters. ";
    } else if (std::ranges::find(users_, words[1], &AclUser::name) != users_.end()) {
      errors_ += "WARNING: Duplicate user '" + std::string(words[1]) + "' found on line " +
                 std::to_string(number_) + ". ";
    } else {
      users_.push_back(rules_.new_user(std::string(words[1])));
      read_rules(std::span(words).subspan(2), users_.back());
    }
  }

  [[nodiscard]] std::string take_errors() { return std::move(errors_); }
  [[nodiscard]] std::vector<AclUser> take_users() { return std::move(users_); }

 private:
  [[nodiscard]] std::string place() const { return path_ + ":" + std::to_string(number_); }

  void read_rules(std::span<const std::string_view> words, AclUser& user) {
    const auto joined = join_selectors(words);
    const auto* const rules = std::get_if<AclRuleList>(&joined);
    if (rules == nullptr) {
      errors_ += place() + ": Unmatched parenthesis in selector definition.";
      return;
    }
    // An unknown command says which rule is wrong. Of the other errors the first may be the reason
    // for the rest.
    bool is_told = false;
    for (const std::string& rule : *rules) {
      const auto error = rules_.apply(trimmed(rule, "\t\r\n"), user);
      if (error == AclRuleError::kUnknownCommand && may_be_shown(rule)) {
        errors_ += place() + ": Error in applying operation '" + rule +
                   "': " + std::string(text_of(*error)) + ". ";
      } else if (error && !std::exchange(is_told, true)) {
        errors_ += place() + ": " + std::string(text_of(*error)) + ". ";
      }
    }
  }

  const AclRules& rules_;
  const std::string& path_;
  std::size_t number_ = 0;
  std::vector<AclUser> users_;
  std::string errors_;
};

}  // namespace

std::variant<std::vector<AclUser>, std::string> read_acl_file(const AclRules& rules,
                                                              const std::string& path,
                                                              std::string_view text) {
  Reader reader(rules, path);
  for (const std::string_view line : split(text, '\n')) reader.read_line(line);
  std::string errors = reader.take_errors();
  if (errors.empty()) return reader.take_users();
  return errors +
         "WARNING: ACL errors detected, no change to the previously active ACL rules was performed";
}

std::string acl_line(const AclUser& user) { return "user " + user.name + ' ' + describe(user); }

}  // namespace sideline::command
