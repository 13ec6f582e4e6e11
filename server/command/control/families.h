#pragma once

#include <span>

#include "server/command/table/row.h"

/// The families about connections, the commands themselves and the running server. Each function is
/// defined in the file that is named here, beside the handlers.
namespace sideline::command {

[[nodiscard]] std::span<const Row> connection_rows();  // connection.cc
[[nodiscard]] std::span<const Row> client_rows();      // client_command.cc
[[nodiscard]] std::span<const Row> acl_rows();         // acl_command.cc
[[nodiscard]] std::span<const Row> command_rows();     // command_command.cc
[[nodiscard]] std::span<const Row> monitor_rows();     // monitor.cc
[[nodiscard]] std::span<const Row> config_rows();      // config_command.cc
[[nodiscard]] std::span<const Row> slowlog_rows();     // slowlog_command.cc
[[nodiscard]] std::span<const Row> latency_rows();     // latency_command.cc
[[nodiscard]] std::span<const Row> hotkeys_rows();     // hotkeys_command.cc
[[nodiscard]] std::span<const Row> debug_rows();       // debug.cc
[[nodiscard]] std::span<const Row> snapshot_rows();    // snapshot_commands.cc
[[nodiscard]] std::span<const Row> server_rows();      // server_commands.cc

}  // namespace sideline::command
