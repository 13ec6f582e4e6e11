// Any bytes as an ACL file and as the rules of one user: nothing may crash, and what a user is
// shown as must make it again.
//
// The input's first byte chooses whether a new selector has all channels.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/command/acl/acl_file.h"
#include "server/command/acl/describe.h"
#include "server/command/acl/rules.h"
#include "server/command/core/words.h"
#include "server/command/families.h"
#include "server/command/table/table.h"

namespace {

using sideline::command::AclRuleList;
using sideline::command::AclRules;
using sideline::command::AclUser;
using sideline::command::Table;
using sideline::command::words_of;

constexpr std::size_t kLongestInput = 4096;

void check(bool holds) {
  if (!holds) std::abort();
}

/// Applies those rules that are right.
AclUser user_of(const AclRules& rules, std::string_view text) {
  AclUser user = rules.new_user("fuzz");
  const auto joined = sideline::command::join_selectors(words_of(text));
  if (const auto* const list = std::get_if<AclRuleList>(&joined)) {
    for (const std::string& rule : *list) {
      AclUser changed = user;
      if (!rules.apply(rule, changed)) user = changed;
    }
  }
  return user;
}

void check_user(const AclRules& rules, const AclUser& user) {
  const std::string shown = describe(user);
  const AclUser again = user_of(rules, shown);
  check(describe(again) == shown);
  check(again.unrestricted() == user.unrestricted());
  for (std::size_t i = 0; i < user.selectors.size(); ++i) {
    check(again.selectors[i].allowed == user.selectors[i].allowed);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const Table table(sideline::command::all_families());
  const AclRules rules(table, (data[0] & 1) != 0);
  const std::string_view bytes(reinterpret_cast<const char*>(data), std::min(size, kLongestInput));
  const std::string_view text = bytes.substr(1);
  check_user(rules, user_of(rules, text));
  const auto file = read_acl_file(rules, "file", text);
  if (const auto* const users = std::get_if<std::vector<AclUser>>(&file)) {
    for (const AclUser& user : *users) check_user(rules, user);
  }
  return 0;
}
