#pragma once

#include <optional>
#include <string_view>

#include "server/command/core/context.h"

namespace sideline::command {

/// Redis's kinds of clients. All that there are here are normal.
enum class ClientType { kNormal, kReplica, kMaster, kPubSub };

/// The type of this name. Nothing for an unknown one.
[[nodiscard]] std::optional<ClientType> client_type(std::string_view name);

/// The handler of CLIENT KILL.
void client_kill(Context& ctx);

}  // namespace sideline::command
