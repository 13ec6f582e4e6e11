#pragma once

#include <string>
#include <string_view>

namespace sideline::command {

/// Appends `bytes` in double quotes, with everything that is not printable ASCII escaped, as
/// MONITOR and DEBUG show them: "a\"b\n\x00".
void append_quoted(std::string& out, std::string_view bytes);

}  // namespace sideline::command
