#include "bench/network/load/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace load {
namespace {

constexpr std::size_t kReadSize = 65536;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

template <typename Address>
int connect_to(const Address& address) {
  const int socket =
      ::socket(reinterpret_cast<const sockaddr&>(address).sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) fail("socket");
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    ::close(socket);
    errno = error;
    fail("connect");
  }
  return socket;
}

int connect_tcp(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int socket = connect_to(address);
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

int connect_unix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    throw std::runtime_error("the socket's path is too long");
  path.copy(address.sun_path, path.size());
  return connect_to(address);
}

}  // namespace

Connection::Connection(const Options& options, int epoll)
    : epoll_(epoll),
      socket_(options.socket.empty() ? connect_tcp(options.port) : connect_unix(options.socket)),
      input_(kReadSize) {
  watch(EPOLL_CTL_ADD, EPOLLIN);
}

Connection::~Connection() { ::close(socket_); }

void Connection::watch(int change, std::uint32_t events) {
  epoll_event event{.events = events, .data = {.ptr = this}};
  if (::epoll_ctl(epoll_, change, socket_, &event) != 0) fail("epoll_ctl");
}

void Connection::add(const Protocol& protocol, const Pending& pending) {
  protocol.append(output_, pending.request);
  pending_.push_back(pending);
}

void Connection::flush() {
  while (sent_ < output_.size()) {
    const ssize_t count = ::send(socket_, output_.data() + sent_, output_.size() - sent_,
                                 MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0 && errno != EAGAIN) fail("send");
    if (count < 0) break;
    sent_ += static_cast<std::size_t>(count);
  }
  const bool blocked = sent_ < output_.size();
  if (blocked != waits_for_room_) {
    watch(EPOLL_CTL_MOD, blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
    waits_for_room_ = blocked;
  }
  if (blocked) return;
  output_.clear();
  sent_ = 0;
}

void Connection::receive(const Protocol& protocol,
                         const std::function<void(const Pending&, const Parsed&)>& on_reply) {
  const ssize_t count =
      ::recv(socket_, input_.data() + filled_, input_.size() - filled_, MSG_DONTWAIT);
  if (count == 0) throw std::runtime_error("the server closed a connection");
  if (count < 0) {
    if (errno == EAGAIN) return;
    fail("recv");
  }
  filled_ += static_cast<std::size_t>(count);

  std::string_view input(input_.data(), filled_);
  for (Parsed reply = protocol.parse(input); reply.size != 0; reply = protocol.parse(input)) {
    if (pending_.empty()) throw std::runtime_error("a reply that answers nothing");
    on_reply(pending_.front(), reply);
    pending_.pop_front();
    input.remove_prefix(reply.size);
  }
  std::memmove(input_.data(), input.data(), input.size());
  filled_ = input.size();
  if (input_.size() - filled_ < kReadSize / 2) input_.resize(2 * input_.size());
}

}  // namespace load
