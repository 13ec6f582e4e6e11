#include "server/command/acl/rule_error.h"

namespace sideline::command {

std::string_view text_of(AclRuleError error) {
  switch (error) {
    case AclRuleError::kUnknownCommand:
      return "Unknown command or category name in ACL";
    case AclRuleError::kSyntax:
      return "Syntax error";
    case AclRuleError::kKeysAfterAll:
      return "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does "
             "not have any effect. Try 'resetkeys' to start with an empty list of patterns";
    case AclRuleError::kChannelsAfterAll:
      return "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and "
             "does not have any effect. Try 'resetchannels' to start with an empty list of "
             "channels";
    case AclRuleError::kNoSuchPassword:
      return "The password you are trying to remove from the user does not exist";
    case AclRuleError::kBadHash:
      return "The password hash must be exactly 64 characters and contain only lowercase "
             "hexadecimal characters";
    case AclRuleError::kFirstArgumentOfSubcommand:
      return "Allowing first-arg of a subcommand is not supported";
  }
  return {};
}

bool may_be_shown(std::string_view rule) { return rule.starts_with('+') || rule.starts_with('-'); }

}  // namespace sideline::command
