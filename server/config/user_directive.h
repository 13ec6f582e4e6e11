#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/config/settings.h"

namespace sideline::config {

/// Who a client is before it says otherwise.
inline constexpr std::string_view kDefaultUser = "default";

/// Adds a `user` directive of these words to the settings, its passwords as hashes. `origin` is
/// where it stands: it takes the place of one of the same name from an earlier source, and may not
/// repeat one of its own. What is wrong with it, if so; what its rules mean is for others to find
/// out.
[[nodiscard]] std::optional<std::string> add_user(std::span<const std::string_view> words,
                                                  const Origin& origin, Settings& settings);

}  // namespace sideline::config
