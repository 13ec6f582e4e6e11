#pragma once

#include <span>

#include "server/command/row.h"

/// The commands, by family: each function is defined in the file of its name (string_rows() in
/// strings.cc and so on), beside the handlers.
namespace sideline::command {

[[nodiscard]] std::span<const Row> string_rows();         // strings.cc
[[nodiscard]] std::span<const Row> string_range_rows();   // strings_range.cc
[[nodiscard]] std::span<const Row> string_number_rows();  // strings_number.cc
[[nodiscard]] std::span<const Row> lcs_rows();            // strings_lcs.cc
[[nodiscard]] std::span<const Row> key_rows();            // keys.cc
[[nodiscard]] std::span<const Row> expiry_rows();         // keys_expiry.cc
[[nodiscard]] std::span<const Row> keyspace_rows();       // keyspace.cc
[[nodiscard]] std::span<const Row> object_rows();         // object.cc
[[nodiscard]] std::span<const Row> connection_rows();     // connection.cc
[[nodiscard]] std::span<const Row> client_rows();         // client_command.cc
[[nodiscard]] std::span<const Row> command_rows();        // command_command.cc
[[nodiscard]] std::span<const Row> monitor_rows();        // monitor.cc
[[nodiscard]] std::span<const Row> info_rows();           // info.cc
[[nodiscard]] std::span<const Row> config_rows();         // config_command.cc
[[nodiscard]] std::span<const Row> slowlog_rows();        // slowlog_command.cc
[[nodiscard]] std::span<const Row> latency_rows();        // latency_command.cc
[[nodiscard]] std::span<const Row> memory_rows();         // memory_command.cc
[[nodiscard]] std::span<const Row> debug_rows();          // debug.cc
[[nodiscard]] std::span<const Row> server_rows();         // server_commands.cc

}  // namespace sideline::command
