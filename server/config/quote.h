#pragma once

#include <string>
#include <string_view>

namespace sideline::config {

/// A word as a line of a configuration file spells it: as it is, or in double quotes with escapes
/// where a reader would take it for something else.
[[nodiscard]] std::string quote(std::string_view word);

}  // namespace sideline::config
