#pragma once

#include <memory>
#include <string>

#include "server/command/clients/client.h"
#include "server/files/file_descriptor.h"
#include "server/net/environment.h"

namespace sideline::net {

/// Decides whether a new connection becomes a client (`maxclients`, protected mode) and describes
/// it; it is not in the list of clients yet. Null if it was turned away: then it was told why. For
/// a UNIX socket, `unix_path` is where it listens; empty for TCP.
[[nodiscard]] std::shared_ptr<command::Client> admit(Environment& environment,
                                                     const FileDescriptor& socket,
                                                     const std::string& unix_path);

}  // namespace sideline::net
