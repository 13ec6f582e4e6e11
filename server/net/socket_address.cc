#include "server/net/socket_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cstddef>
#include <cstring>

namespace sideline::net {
namespace {

sockaddr_in ip4(const SocketAddress& address) {
  sockaddr_in result{};
  std::memcpy(&result, &address.storage, sizeof(result));
  return result;
}

sockaddr_in6 ip6(const SocketAddress& address) {
  sockaddr_in6 result{};
  std::memcpy(&result, &address.storage, sizeof(result));
  return result;
}

}  // namespace

std::optional<SocketAddress> SocketAddress::unix_path(const std::string& path) {
  sockaddr_un un{};
  if (path.size() >= sizeof(un.sun_path)) return std::nullopt;
  un.sun_family = AF_UNIX;
  path.copy(un.sun_path, path.size());
  SocketAddress result;
  std::memcpy(&result.storage, &un, sizeof(un));
  result.size = sizeof(un);
  return result;
}

SocketAddress SocketAddress::local(int socket) {
  SocketAddress result;
  if (::getsockname(socket, result.get(), &result.size) != 0) return {};
  return result;
}

SocketAddress SocketAddress::peer(int socket) {
  SocketAddress result;
  if (::getpeername(socket, result.get(), &result.size) != 0) return {};
  return result;
}

int SocketAddress::port() const {
  if (storage.ss_family == AF_INET) return ntohs(ip4(*this).sin_port);
  if (storage.ss_family == AF_INET6) return ntohs(ip6(*this).sin6_port);
  return 0;
}

void SocketAddress::set_port(int port) {
  const in_port_t bytes = htons(static_cast<std::uint16_t>(port));
  const std::size_t offset = storage.ss_family == AF_INET6 ? offsetof(sockaddr_in6, sin6_port)
                                                           : offsetof(sockaddr_in, sin_port);
  std::memcpy(reinterpret_cast<char*>(&storage) + offset, &bytes, sizeof(bytes));
}

std::string SocketAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> ip{};
  if (storage.ss_family == AF_INET) {
    const in_addr address = ip4(*this).sin_addr;
    ::inet_ntop(AF_INET, &address, ip.data(), ip.size());
    return std::string(ip.data()) + ":" + std::to_string(port());
  }
  if (storage.ss_family == AF_INET6) {
    const in6_addr address = ip6(*this).sin6_addr;
    ::inet_ntop(AF_INET6, &address, ip.data(), ip.size());
    return "[" + std::string(ip.data()) + "]:" + std::to_string(port());
  }
  return "?:0";
}

bool SocketAddress::is_loopback() const {
  if (storage.ss_family == AF_INET) return ntohl(ip4(*this).sin_addr.s_addr) >> 24 == 127;
  if (storage.ss_family != AF_INET6) return false;
  const in6_addr address = ip6(*this).sin6_addr;
  return std::memcmp(&address, &in6addr_loopback, sizeof(address)) == 0;
}

}  // namespace sideline::net
