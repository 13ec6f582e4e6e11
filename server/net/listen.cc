#include "server/net/listen.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

#include "server/net/socket_address.h"

namespace sideline::net {
namespace {

using Listened = std::variant<ListeningSocket, ListenError>;

// A port that is free on the first address may be taken on the second: how often to try another.
constexpr int kPortAttempts = 20;

ListenError failure(const std::string& address, std::string_view reason,
                    std::errc code = std::errc::invalid_argument) {
  return {"can't listen on " + address + ": " + std::string(reason), std::make_error_code(code)};
}

ListenError failure(const std::string& address) {
  const int error = errno;
  return failure(address, std::strerror(error), static_cast<std::errc>(error));
}

bool turn_on(const FileDescriptor& socket, int level, int option) {
  const int on = 1;
  return ::setsockopt(socket.get(), level, option, &on, sizeof(on)) == 0;
}

FileDescriptor open_socket(int family) {
  return FileDescriptor(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

/// Whether this machine lacks the address rather than refuses it.
bool is_missing(int error, bool optional) {
  switch (error) {
    case EADDRNOTAVAIL:
      return optional;
    case ENOPROTOOPT:
    case EPROTONOSUPPORT:
    case ESOCKTNOSUPPORT:
    case EPFNOSUPPORT:
    case EAFNOSUPPORT:
      return true;
    default:
      return false;
  }
}

/// A word of `bind` without its '-': "*" and "::*" are all addresses of IPv4 and IPv6.
std::variant<SocketAddress, ListenError> resolve(const std::string& host) {
  const bool is_ip6 = host.find(':') != std::string::npos;
  const bool is_any = host == "*" || host == "::*";
  addrinfo hints{};
  hints.ai_family = is_ip6 ? AF_INET6 : AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* list = nullptr;
  const int error = ::getaddrinfo(is_any ? nullptr : host.c_str(), "0", &hints, &list);
  if (error != 0) return failure(host, ::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);
  SocketAddress address;
  std::memcpy(&address.storage, list->ai_addr, list->ai_addrlen);
  address.size = list->ai_addrlen;
  return address;
}

/// Listens on one address. errno tells why not.
std::optional<ListeningSocket> listen_on(const SocketAddress& address, int backlog) {
  FileDescriptor socket = open_socket(address.storage.ss_family);
  if (!socket.is_open() || !turn_on(socket, SOL_SOCKET, SO_REUSEADDR)) return std::nullopt;
  const bool is_ip6 = address.storage.ss_family == AF_INET6;
  if (is_ip6 && !turn_on(socket, IPPROTO_IPV6, IPV6_V6ONLY)) return std::nullopt;
  if (::bind(socket.get(), address.get(), address.size) != 0) return std::nullopt;
  if (::listen(socket.get(), backlog) != 0) return std::nullopt;
  const SocketAddress bound = SocketAddress::local(socket.get());
  return ListeningSocket{
      .socket = std::move(socket), .address = bound.text(), .port = bound.port()};
}

/// One attempt on all addresses; `in_use` tells whether another may fare better.
std::variant<std::vector<ListeningSocket>, ListenError> listen_on_all(
    const config::Settings& settings, int port, bool& in_use) {
  std::vector<ListeningSocket> sockets;
  for (const std::string& word : settings.bind) {
    const bool optional = word.starts_with('-');
    auto resolved = resolve(optional ? word.substr(1) : word);
    if (auto* const error = std::get_if<ListenError>(&resolved)) return std::move(*error);
    auto& address = std::get<SocketAddress>(resolved);
    address.set_port(port);
    auto listening = listen_on(address, settings.tcp_backlog);
    if (listening) {
      port = listening->port;
      sockets.push_back(*std::move(listening));
    } else if (!is_missing(errno, optional)) {
      in_use = errno == EADDRINUSE;
      return failure(address.text());
    }
  }
  if (sockets.empty() && !settings.bind.empty()) {
    return ListenError{"can't listen: this machine has none of the addresses of 'bind'",
                       std::make_error_code(std::errc::address_not_available)};
  }
  return sockets;
}

/// Makes way for a new socket file. errno tells why not.
bool remove_stale(const std::string& path, const SocketAddress& address) {
  struct stat file {};
  if (::lstat(path.c_str(), &file) != 0) return errno == ENOENT;
  errno = EADDRINUSE;
  if (!S_ISSOCK(file.st_mode)) return false;
  const FileDescriptor probe = open_socket(AF_UNIX);
  const bool is_used = ::connect(probe.get(), address.get(), address.size) == 0;
  if (is_used || errno != ECONNREFUSED) {
    errno = EADDRINUSE;
    return false;
  }
  return ::unlink(path.c_str()) == 0;
}

}  // namespace

std::variant<std::vector<ListeningSocket>, ListenError> listen_tcp(const config::Settings& settings,
                                                                   int port) {
  for (int attempt = 1;; ++attempt) {
    bool in_use = false;
    auto result = listen_on_all(settings, port, in_use);
    if (!in_use || port != 0 || attempt == kPortAttempts) return result;
  }
}

Listened listen_unix(const config::Settings& settings) {
  const std::string& path = settings.unixsocket;
  const auto address = SocketAddress::unix_path(path);
  if (!address) return failure(path, "the path is too long for a UNIX socket");
  if (!remove_stale(path, *address)) return failure(path);
  FileDescriptor socket = open_socket(AF_UNIX);
  if (!socket.is_open()) return failure(path);
  if (::bind(socket.get(), address->get(), address->size) != 0) return failure(path);
  SocketFile file(path);
  // Before anybody can connect.
  const bool has_permissions = settings.unixsocketperm != 0;
  if (has_permissions && ::chmod(path.c_str(), settings.unixsocketperm) != 0) return failure(path);
  if (::listen(socket.get(), settings.tcp_backlog) != 0) return failure(path);
  return ListeningSocket{.socket = std::move(socket), .address = path, .file = std::move(file)};
}

}  // namespace sideline::net
