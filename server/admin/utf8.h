#pragma once

#include <string>
#include <string_view>

namespace sideline::admin {

/// What clients sent, for JSON and for labels, which are UTF-8: as it is if it is that too, else
/// each byte outside of ASCII as \xHH.
[[nodiscard]] std::string utf8(std::string_view bytes);

}  // namespace sideline::admin
