#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sideline::resp {

/// Splits one line (without its end) into arguments as a Redis server does for a command that was
/// typed by hand:
///
/// * White space separates arguments. A quoted one may hold white space and may be empty.
/// * "double quotes" know the escapes \n \r \t \b \a and \xHH; a backslash before any other byte
///   stands for that byte.
/// * 'single quotes' know only \'.
/// * A closing quote must be followed by white space or by the end of the line.
///
/// False if a quote is not closed or is followed by something else; `arguments` is then
/// unspecified. Arguments are views into `line`, or into `decoded` if they had quotes: both must
/// outlive them. The old content of `decoded` and `arguments` is dropped.
[[nodiscard]] bool split_inline(std::string_view line, std::string& decoded,
                                std::vector<std::string_view>& arguments);

}  // namespace sideline::resp
