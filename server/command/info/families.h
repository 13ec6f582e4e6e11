#pragma once

#include <span>

#include "server/command/table/row.h"

/// The families that tell how the server and its memory are. Each function is defined in the file
/// that is named here, beside the handlers.
namespace sideline::command {

[[nodiscard]] std::span<const Row> info_rows();    // info.cc
[[nodiscard]] std::span<const Row> memory_rows();  // memory_command.cc

}  // namespace sideline::command
