#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "server/command/clients/client.h"
#include "server/files/file_descriptor.h"
#include "server/net/environment.h"

namespace sideline::net {

/// Where a connection came in.
struct Entrance {
  bool has_tls = false;
  std::string unix_path = {};  ///< empty: TCP
};

/// Decides whether a new connection becomes a client (`maxclients`, protected mode) and describes
/// it; it is not in the list of clients yet. Null if it was turned away: then it was told why. With
/// TLS nobody can be told before the handshake: `maxclients` is not told, as in Redis, and
/// protected mode is for later.
[[nodiscard]] std::shared_ptr<command::Client> admit(Environment& environment,
                                                     const FileDescriptor& socket,
                                                     const Entrance& entrance);

/// What protected mode says to a client; empty if it has no objection.
[[nodiscard]] std::string_view objection_to_stranger(const Environment& environment,
                                                     const command::Client& client);

}  // namespace sideline::net
