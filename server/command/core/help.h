#pragma once

#include <span>
#include <string>

#include "server/command/core/context.h"
#include "server/command/table/row.h"

namespace sideline::command {

/// How the arguments are written, as HELP shows it: `<key> [EX <seconds>|KEEPTTL] [NX|XX]`.
[[nodiscard]] std::string usage(std::span<const Argument> arguments);

/// The handler of each container's HELP: lists the subcommands, from their rows.
void reply_help(Context& context);

}  // namespace sideline::command
