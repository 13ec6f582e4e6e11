#pragma once

#include <string>
#include <string_view>

namespace sideline::config {

/// ASCII only: names of directives and their values.
[[nodiscard]] std::string lower_case(std::string_view text);
[[nodiscard]] bool same_ignoring_case(std::string_view a, std::string_view b);

}  // namespace sideline::config
