#pragma once

#include <string>

#include "server/config/load.h"

namespace sideline::config {

/// The text for --help: usage and all directives with their defaults.
[[nodiscard]] std::string help();

/// The text for --print-config: all directives, one a line, each with where its value comes from.
/// Secrets are not shown.
[[nodiscard]] std::string print(const Invocation& invocation);

}  // namespace sideline::config
