#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/command/table/row.h"

namespace sideline::command {

/// What a user may be denied.
enum class AclDenial : std::uint8_t { kNone, kCommand, kKey, kAuth };

/// Whether a request may run, and if not, which of its arguments is to blame (0: the command).
struct AclVerdict {
  AclDenial denial = AclDenial::kNone;
  std::size_t argument = 0;
};

/// A set of commands, and the keys and channels that they may name. A user has one or several, and
/// may run what any of them allows. AclRules (rules.h) makes it, describe.h shows it.
struct AclSelector {
  /// `commands`: how many rows the table has.
  AclSelector(std::size_t commands, bool every_channel)
      : all_channels(every_channel), allowed(commands) {}

  struct KeyPattern {
    std::string glob;
    bool read = false;
    bool write = false;
  };

  /// A rule about commands as it was given, in lower case: "+get", "-config|set", "+@read".
  struct CommandRule {
    bool allow;
    std::string what;
  };

  bool all_keys = false;  ///< then `keys` is empty
  std::vector<KeyPattern> keys;
  bool all_channels;  ///< then `channels` is empty
  std::vector<std::string> channels;

  bool all_commands = false;  ///< every one of `allowed` is set
  std::vector<bool> allowed;  ///< by Row::index
  /// Commands (Row::index) that are allowed with one of these words as their first argument only.
  std::map<std::size_t, std::vector<std::string>> first_arguments;

  // How the commands are shown: "+@all" or "-@all", whichever came last, and the rules since then
  // that still have an effect.
  bool begins_with_all = false;
  std::vector<CommandRule> rules;

  /// Whether it allows every request. Channels do not count, as no command names one.
  [[nodiscard]] bool unrestricted() const { return all_commands && all_keys; }

  [[nodiscard]] AclVerdict check(const Row& row, std::span<const std::string_view> args) const;

 private:
  [[nodiscard]] bool allows_command(const Row& row, std::span<const std::string_view> args) const;
  [[nodiscard]] bool allows_key(std::string_view key, std::uint32_t access) const;
};

}  // namespace sideline::command
