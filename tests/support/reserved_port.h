#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <stdexcept>
#include <string>

#include "server/files/file_descriptor.h"
#include "server/net/socket_address.h"

namespace sideline::test {

/// A port for a server that has to be told one, as port 0 means none there. It is bound as long as
/// this lives, without listening: so Linux gives it to nobody who asks for any port, but to a
/// server that names it, as both set SO_REUSEADDR. While none does, who connects is refused.
class ReservedPort {
 public:
  ReservedPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    sockaddr_in any_port{};
    any_port.sin_family = AF_INET;
    if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&any_port), sizeof(any_port)) !=
        0) {
      throw std::runtime_error("no port is free");
    }
  }

  [[nodiscard]] int number() const { return net::SocketAddress::local(socket_.get()).port(); }
  [[nodiscard]] std::string text() const { return std::to_string(number()); }

 private:
  FileDescriptor socket_;
};

}  // namespace sideline::test
