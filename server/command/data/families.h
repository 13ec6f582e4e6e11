#pragma once

#include <span>

#include "server/command/table/row.h"

/// The families about keys and their values. Each function is defined in the file that is named
/// here, beside the handlers.
namespace sideline::command {

[[nodiscard]] std::span<const Row> string_rows();         // strings.cc
[[nodiscard]] std::span<const Row> string_range_rows();   // strings_range.cc
[[nodiscard]] std::span<const Row> string_number_rows();  // strings_number.cc
[[nodiscard]] std::span<const Row> lcs_rows();            // strings_lcs.cc
[[nodiscard]] std::span<const Row> key_rows();            // keys.cc
[[nodiscard]] std::span<const Row> expiry_rows();         // keys_expiry.cc
[[nodiscard]] std::span<const Row> keyspace_rows();       // keyspace.cc
[[nodiscard]] std::span<const Row> object_rows();         // object.cc

}  // namespace sideline::command
