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

}  // namespace sideline::command
