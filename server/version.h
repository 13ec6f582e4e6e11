#pragma once

#include <string_view>

namespace sideline {

/// The project's version, such as "0.1.0".
extern const std::string_view kVersion;

/// The commit that was built, abbreviated; "unknown" outside a git checkout.
extern const std::string_view kGitCommit;

}  // namespace sideline
