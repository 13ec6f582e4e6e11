#include "server/net/socket_io.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <string_view>

namespace sideline::net {
namespace {

// Pieces of one gathering write.
constexpr std::size_t kPieces = 64;

// Probes before a silent peer is given up.
constexpr int kKeepAliveProbes = 3;

void set_option(int socket, int level, int name, int value) {
  // What the system refuses, a connection can do without.
  static_cast<void>(::setsockopt(socket, level, name, &value, sizeof(value)));
}

ssize_t send_pieces(int socket, std::span<const std::string_view> pieces) {
  constexpr int kFlags = MSG_NOSIGNAL | MSG_DONTWAIT;
  // The usual case, and the kernel has less to look at.
  if (pieces.size() == 1) return ::send(socket, pieces[0].data(), pieces[0].size(), kFlags);
  std::array<iovec, kPieces> vectors;
  std::ranges::transform(pieces, vectors.begin(), [](std::string_view piece) {
    return iovec{const_cast<char*>(piece.data()), piece.size()};
  });
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = pieces.size();
  return ::sendmsg(socket, &message, kFlags);
}

}  // namespace

void set_tcp_options(int socket, int keepalive_seconds) {
  set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  if (keepalive_seconds == 0) return;
  set_option(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(socket, IPPROTO_TCP, TCP_KEEPIDLE, keepalive_seconds);
  set_option(socket, IPPROTO_TCP, TCP_KEEPINTVL, std::max(keepalive_seconds / kKeepAliveProbes, 1));
  set_option(socket, IPPROTO_TCP, TCP_KEEPCNT, kKeepAliveProbes);
}

Sent send_now(int socket, resp::OutputBuffer& output) {
  Sent sent;
  while (!output.empty()) {
    const ssize_t bytes = send_pieces(socket, output.front(kPieces));
    if (bytes < 0) {
      const bool is_full = errno == EAGAIN || errno == EINTR;
      sent.error = is_full ? 0 : errno;
      break;
    }
    ++sent.calls;
    sent.bytes += static_cast<std::size_t>(bytes);
    output.consume(static_cast<std::size_t>(bytes));
  }
  return sent;
}

}  // namespace sideline::net
