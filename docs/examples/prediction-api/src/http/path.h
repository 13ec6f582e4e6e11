#pragma once

#include <optional>
#include <string_view>
#include <vector>

namespace prediction::http {

/// What stands in a path where a pattern has names in braces; nothing if it does not match.
///
///     match("/api/predictions/{category}/{game}", "/api/predictions/spread/17")  // spread, 17
std::optional<std::vector<std::string_view>> match(std::string_view pattern, std::string_view path);

}  // namespace prediction::http
