#pragma once

#include <span>
#include <string>
#include <string_view>

#include "server/config/draft.h"

namespace sideline::config {

/// Reads what environment variables ("NAME=value" each) say:
///
///     SIDELINE_MAXMEMORY=256mb                            any directive
///     REDIS_PASSWORD=secret                               requirepass
///     SIDELINE_REQUIREPASS_FILE=/run/secrets/password     a secret that is the content of a file
///
/// A directive has one variable at most. An unknown variable that begins with SIDELINE_ is an
/// error, unless its kind is one that Kubernetes makes for each service (SIDELINE_SERVICE_HOST,
/// SIDELINE_PORT_6379_TCP, SIDELINE_PORT=tcp://...). So is a secret that is empty: one that did not
/// arrive must not open the server to everybody.
void read_environment(std::span<const char* const> variables, Draft& draft);

/// The variable of a directive.
[[nodiscard]] std::string variable_of(std::string_view directive);

}  // namespace sideline::config
