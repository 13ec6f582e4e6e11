#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "server/command/table/row.h"

namespace sideline::command {

/// What a request does with the keys of a range: KeyAccess bits. SET is the one command where that
/// depends on an option.
[[nodiscard]] std::uint32_t key_access(const KeyRange& range,
                                       std::span<const std::string_view> request);

}  // namespace sideline::command
