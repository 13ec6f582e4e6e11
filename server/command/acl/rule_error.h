#pragma once

#include <cstdint>
#include <string_view>

namespace sideline::command {

/// What is wrong with a rule (rules.h).
enum class AclRuleError : std::uint8_t {
  kUnknownCommand,  ///< or category
  kSyntax,
  kKeysAfterAll,
  kChannelsAfterAll,
  kNoSuchPassword,
  kBadHash,
  kFirstArgumentOfSubcommand,
};

/// In Redis's words.
[[nodiscard]] std::string_view text_of(AclRuleError error);

/// Whether an error may show the rule to others than who wrote it: not if it may be a password,
/// also one that was written wrongly, or have one in it.
[[nodiscard]] bool may_be_shown(std::string_view rule);

}  // namespace sideline::command
