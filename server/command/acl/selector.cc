#include "server/command/acl/selector.h"

#include <algorithm>
#include <limits>

#include "server/command/table/key_access.h"
#include "server/command/table/row_arguments.h"
#include "server/config/glob.h"
#include "server/config/letter_case.h"

namespace sideline::command {

AclVerdict AclSelector::check(const Row& row, std::span<const std::string_view> args) const {
  if (!allows_command(row, args)) return {AclDenial::kCommand};
  if (all_keys) return {};
  constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
  std::size_t denied = kAll;
  for_each_key(row, args.size(), [&](std::size_t i, const KeyRange& range) {
    if (denied == kAll && !allows_key(args[i], key_access(range, args))) denied = i;
  });
  return denied == kAll ? AclVerdict{} : AclVerdict{AclDenial::kKey, denied};
}

bool AclSelector::allows_command(const Row& row, std::span<const std::string_view> args) const {
  if (all_commands || (row.flags & kNoAuth) != 0 || allowed[row.index]) return true;
  const auto found = first_arguments.find(row.index);
  if (found == first_arguments.end() || args.size() < 2) return false;
  return std::ranges::any_of(found->second, [first = args[1]](const std::string& word) {
    return config::same_ignoring_case(word, first);
  });
}

bool AclSelector::allows_key(std::string_view key, std::uint32_t access) const {
  const bool reads = (access & kAccess) != 0;
  const bool writes = (access & (kInsert | kDelete | kUpdate)) != 0;
  return std::ranges::any_of(keys, [&](const KeyPattern& pattern) {
    return (pattern.read || !reads) && (pattern.write || !writes) &&
           config::glob_match(pattern.glob, key);
  });
}

}  // namespace sideline::command
