#pragma once

#include <string_view>

#include "server/command/table/row.h"

/// Facts that many rows share.
namespace sideline::command::parts {

// The keys: the first argument, all of them, or those at its odd places.
inline constexpr KeyRange kReadKey[] = {{1, 1, 1, kRO | kAccess}};
inline constexpr KeyRange kInspectKey[] = {{1, 1, 1, kRO}};
inline constexpr KeyRange kUpdateKey[] = {{1, 1, 1, kRW | kUpdate}};
inline constexpr KeyRange kReadUpdateKey[] = {{1, 1, 1, kRW | kAccess | kUpdate}};
inline constexpr KeyRange kInspectKeys[] = {{1, -1, 1, kRO}};

inline constexpr Argument kKey = {.name = "key", .type = "key", .key_spec = 0};
inline constexpr Argument kValue = {.name = "value", .type = "string"};
inline constexpr Argument kOneKey[] = {kKey};
inline constexpr Argument kManyKeys[] = {
    {.name = "key", .type = "key", .flags = "multiple", .key_spec = 0}};

// What a proxy in front of several servers does with a command.
inline constexpr std::string_view kSumOfShards[] = {"request_policy:multi_shard",
                                                    "response_policy:agg_sum"};
inline constexpr std::string_view kNondeterministic[] = {"nondeterministic_output"};

}  // namespace sideline::command::parts
