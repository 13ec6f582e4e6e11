#pragma once

#include "server/command/table/table.h"

namespace sideline::command {

/// The commands that a server knows: every family of data/, info/ and control/, in the order of
/// COMMAND's reply.
[[nodiscard]] Table::Families all_families();

}  // namespace sideline::command
