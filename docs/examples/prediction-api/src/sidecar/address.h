#pragma once

#include <optional>
#include <string>

namespace prediction::sidecar {

/// Where the cache is: a host and a port, or the path of a UNIX socket.
struct Address {
  std::string host = {};
  std::string port = {};
  bool is_tls = false;
  std::string path = {};  ///< not empty: a UNIX socket
};

/// Of redis://HOST:PORT, rediss://HOST:PORT (TLS) or unix:///PATH; nothing if it is none of them.
std::optional<Address> parse_address(const std::string& url);

}  // namespace prediction::sidecar
