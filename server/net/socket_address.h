#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <optional>
#include <string>

namespace sideline::net {

/// An address of any family, as the system calls take it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof(storage);

  [[nodiscard]] sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }

  /// Nothing if the path is too long (107 bytes).
  [[nodiscard]] static std::optional<SocketAddress> unix_path(const std::string& path);
  /// Where a socket is bound, and where its peer is.
  [[nodiscard]] static SocketAddress local(int socket);
  [[nodiscard]] static SocketAddress peer(int socket);

  /// 0 for a UNIX socket.
  [[nodiscard]] int port() const;
  void set_port(int port);
  /// "127.0.0.1:6379" or "[::1]:6379"; "?:0" for other families.
  [[nodiscard]] std::string text() const;
  /// An address of this machine that no other can have: 127.0.0.0/8 and ::1.
  [[nodiscard]] bool is_loopback() const;
};

}  // namespace sideline::net
