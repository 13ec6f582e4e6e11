#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "server/command/table/flag_names.h"
#include "server/command/table/row.h"
#include "server/resp/reply.h"

namespace sideline::command {

// How a row of the table is replied.

/// The set of the words for the bits in `flags`, each behind `prefix`.
void reply_flags(resp::Reply& reply, std::uint32_t flags, std::span<const FlagName> names,
                 std::string_view prefix = {});

/// As COMMAND INFO replies; a null for no row.
void reply_info(resp::Reply& reply, const Row* row);

/// As COMMAND DOCS replies: the full name and the map of everything known.
void reply_documentation(resp::Reply& reply, const Row& row);

}  // namespace sideline::command
