#pragma once

#include <string>
#include <string_view>

namespace sideline::admin {

/// What clients sent, for JSON and for labels, which are UTF-8: as it is if it is that too, else
/// each byte outside of ASCII as \xHH and a backslash as two. What is UTF-8 and looks like that, as
/// it has \x or two backslashes in it, gets them doubled too, so that no two become the same.
[[nodiscard]] std::string utf8(std::string_view bytes);

}  // namespace sideline::admin
