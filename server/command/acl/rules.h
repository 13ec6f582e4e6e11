#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/command/acl/rule_error.h"
#include "server/command/acl/user.h"
#include "server/command/table/table.h"

namespace sideline::command {

/// The language of ACL SETUSER and of `user` directives: what each rule does to a user.
///
///     on off nopass resetpass >PASSWORD <PASSWORD #HASH !HASH [skip-]sanitize-payload reset
///     +COMMAND -COMMAND +CONTAINER|SUBCOMMAND +COMMAND|FIRST-ARGUMENT +@CATEGORY -@CATEGORY
///     allcommands nocommands ~GLOB %R~GLOB %W~GLOB %RW~GLOB allkeys resetkeys
///     &GLOB allchannels resetchannels (RULE...) clearselectors
class AclRules {
 public:
  /// `all_channels`: whether a new selector allows them (acl-pubsub-default). `table` must outlive
  /// this.
  AclRules(const Table& table, bool all_channels) : table_(table), all_channels_(all_channels) {}

  using Error = std::optional<AclRuleError>;

  /// Disabled, without a password, allowed nothing.
  [[nodiscard]] AclUser new_user(std::string name) const;
  /// The default user as it is unless configured otherwise: allowed everything. `password` is a
  /// hash; if empty, it needs none.
  [[nodiscard]] AclUser default_user(std::string_view password) const;

  /// Nothing on success. On an error, the user may be changed in part.
  [[nodiscard]] Error apply(std::string_view rule, AclUser& user) const;

 private:
  [[nodiscard]] Error apply(std::string_view rule, AclSelector& selector) const;
  [[nodiscard]] Error add_selector(std::string_view rules, AclUser& user) const;

  const Table& table_;
  bool all_channels_;
};

/// The rules that a request or a line of a file has. A selector may be spread over several `words`,
/// from one that begins with '(' to one that ends with ')'; as a rule it is one. If it does not
/// end: its first word.
using AclRuleList = std::vector<std::string>;
[[nodiscard]] std::variant<AclRuleList, std::string> join_selectors(
    std::span<const std::string_view> words);

}  // namespace sideline::command
