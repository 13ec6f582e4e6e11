#pragma once

#include <optional>
#include <string>
#include <system_error>
#include <variant>
#include <vector>

#include "server/config/settings.h"
#include "server/files/file_descriptor.h"
#include "server/net/socket_file.h"

namespace sideline::net {

/// A socket that listens, non-blocking.
struct ListeningSocket {
  FileDescriptor socket;
  std::string address;   ///< "127.0.0.1:6379", "[::1]:6379", "/run/sideline.sock"
  int port = 0;          ///< 0 for a UNIX socket
  SocketFile file = {};  ///< of a UNIX socket
};

/// Why there is none: names the address, and the system's reason.
struct ListenError {
  std::string text;
  std::error_code code;
};

/// Listens on this port of every address of `bind`, with port 0 on the same free port of all. An
/// address that starts with '-' may be missing on this machine, as may a whole protocol (IPv6).
[[nodiscard]] std::variant<std::vector<ListeningSocket>, ListenError> listen_tcp(
    const config::Settings& settings, int port);

/// Listens on `unixsocket`. A socket file that nobody listens on any more is replaced; any other
/// file is left alone, and is an error.
[[nodiscard]] std::variant<ListeningSocket, ListenError> listen_unix(
    const config::Settings& settings);

}  // namespace sideline::net
