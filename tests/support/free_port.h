#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <stdexcept>

#include "server/files/file_descriptor.h"
#include "server/net/socket_address.h"

namespace sideline::test {

/// A port of 127.0.0.1 that nobody has now.
[[nodiscard]] inline int free_port() {
  const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    throw std::runtime_error("no free port");
  }
  return net::SocketAddress::local(socket.get()).port();
}

}  // namespace sideline::test
