#include "server/command/table/flag_names.h"

#include <algorithm>

#include "server/command/table/row.h"
#include "server/config/letter_case.h"

namespace sideline::command {

std::span<const FlagName> flag_names() {
  static constexpr FlagName kNames[] = {
      {kWrite, "write"},
      {kReadOnly, "readonly"},
      {kDenyOom, "denyoom"},
      {kAdmin, "admin"},
      {kPubSub, "pubsub"},
      {kNoScript, "noscript"},
      {kBlocking, "blocking"},
      {kLoading, "loading"},
      {kStale, "stale"},
      {kSkipMonitor, "skip_monitor"},
      {kSkipSlowlog, "skip_slowlog"},
      {kFast, "fast"},
      {kNoAuth, "no_auth"},
      {kNoAsyncLoading, "no_async_loading"},
      {kNoMulti, "no_multi"},
      {kMovableKeys, "movablekeys"},
      {kAllowBusy, "allow_busy"},
  };
  return kNames;
}

std::span<const FlagName> category_names() {
  static constexpr FlagName kNames[] = {
      {kCatKeyspace, "keyspace"},
      {kCatRead, "read"},
      {kCatWrite, "write"},
      {kCatSet, "set"},
      {kCatSortedSet, "sortedset"},
      {kCatList, "list"},
      {kCatHash, "hash"},
      {kCatString, "string"},
      {kCatBitmap, "bitmap"},
      {kCatHyperLogLog, "hyperloglog"},
      {kCatGeo, "geo"},
      {kCatStream, "stream"},
      {kCatPubSub, "pubsub"},
      {kCatAdmin, "admin"},
      {kCatFast, "fast"},
      {kCatSlow, "slow"},
      {kCatBlocking, "blocking"},
      {kCatDangerous, "dangerous"},
      {kCatConnection, "connection"},
      {kCatTransaction, "transaction"},
      {kCatScripting, "scripting"},
  };
  return kNames;
}

std::span<const FlagName> key_access_names() {
  static constexpr FlagName kNames[] = {
      {kRO, "RO"},         {kRW, "RW"},         {kOW, "OW"},
      {kRM, "RM"},         {kAccess, "access"}, {kUpdate, "update"},
      {kInsert, "insert"}, {kDelete, "delete"}, {kVariableFlags, "variable_flags"},
  };
  return kNames;
}

std::uint32_t category_of(std::string_view name) {
  const auto names = category_names();
  const auto found = std::ranges::find_if(names, [name](const FlagName& category) {
    return config::same_ignoring_case(category.name, name);
  });
  return found == names.end() ? 0 : found->flag;
}

}  // namespace sideline::command
