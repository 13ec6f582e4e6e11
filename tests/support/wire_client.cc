#include "tests/support/wire_client.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "server/net/socket_address.h"

namespace sideline::test {
namespace {

constexpr timeval kPatience{.tv_sec = 60, .tv_usec = 0};
constexpr int kBlockedMs = 333;

FileDescriptor connect_to(int family, const sockaddr* address, socklen_t size) {
  FileDescriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof(kPatience));
  if (::connect(socket.get(), address, size) != 0) {
    throw std::runtime_error(std::string("can't connect: ") + std::strerror(errno));
  }
  return socket;
}

}  // namespace

WireClient WireClient::connect(int port, const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
    throw std::runtime_error("no such address: " + host);
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  return WireClient(connect_to(found->ai_family, found->ai_addr, found->ai_addrlen));
}

WireClient WireClient::connect_unix(const std::string& path) {
  const auto address = net::SocketAddress::unix_path(path).value();
  return WireClient(connect_to(AF_UNIX, address.get(), address.size));
}

bool WireClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::size_t WireClient::send_until_blocked(std::string_view bytes) {
  std::size_t total = 0;
  pollfd room{.fd = socket_.get(), .events = POLLOUT, .revents = 0};
  while (::poll(&room, 1, kBlockedMs) == 1) {
    const std::string_view rest = bytes.substr(total % bytes.size());
    const ssize_t sent =
        ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) break;
    total += static_cast<std::size_t>(sent);
  }
  return total;
}

void WireClient::end_sending() { ::shutdown(socket_.get(), SHUT_WR); }

bool WireClient::can_read() const {
  pollfd bytes{.fd = socket_.get(), .events = POLLIN, .revents = 0};
  return ::poll(&bytes, 1, 0) == 1;
}

std::string WireClient::read(std::size_t size) {
  std::string bytes;
  std::array<char, 64 * 1024> piece{};
  while (bytes.size() < size) {
    const std::size_t most = std::min(piece.size(), size - bytes.size());
    const ssize_t got = ::recv(socket_.get(), piece.data(), most, 0);
    if (got <= 0) break;
    bytes.append(piece.data(), static_cast<std::size_t>(got));
  }
  return bytes;
}

std::string WireClient::read_to_end() { return read(std::string().max_size()); }

std::string WireClient::read_line() {
  std::string line;
  while (!line.ends_with('\n')) {
    const std::string next = read(1);
    if (next.empty()) break;
    line += next;
  }
  return line;
}

std::string WireClient::ask(std::string_view request) {
  send(request);
  if (!request.ends_with("\n")) send("\r\n");
  const std::string line = read_line();
  if (!line.starts_with('$') || line == "$-1\r\n") return line;
  std::size_t size = 0;
  std::from_chars(line.data() + 1, line.data() + line.size(), size);
  std::string bytes = read(size + 2);
  bytes.resize(std::min(size, bytes.size()));
  return bytes;
}

std::string request(std::initializer_list<std::string_view> arguments) {
  std::string bytes = "*" + std::to_string(arguments.size()) + "\r\n";
  for (const std::string_view argument : arguments) {
    bytes.append("$").append(std::to_string(argument.size())).append("\r\n");
    bytes.append(argument).append("\r\n");
  }
  return bytes;
}

std::string repeat(std::string_view text, std::size_t times) {
  std::string result;
  result.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) result += text;
  return result;
}

}  // namespace sideline::test
