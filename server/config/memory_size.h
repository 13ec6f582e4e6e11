#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sideline::config {

/// A number of bytes as configuration files spell it: digits and a unit in either case. "k", "m"
/// and "g" are powers of 1000, "kb", "mb" and "gb" of 1024; "b" or none is bytes. Nothing for any
/// other text and for sizes that do not fit.
[[nodiscard]] std::optional<std::size_t> parse_memory_size(std::string_view text);

/// A text that parse_memory_size() takes for `bytes`: with the largest unit that needs no fraction.
[[nodiscard]] std::string format_memory_size(std::size_t bytes);

}  // namespace sideline::config
