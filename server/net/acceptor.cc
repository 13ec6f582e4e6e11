#include "server/net/acceptor.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

namespace sideline::net {
namespace {

// At one go, so that a flood of connections leaves time for signals.
constexpr int kAcceptedAtOnce = 1000;

// Without a free file descriptor a connection stays in the queue, and the socket readable.
constexpr std::chrono::milliseconds kRetry{100};
// Without a failure in between, the next one is news.
constexpr std::chrono::seconds kForgotten{10};

bool is_of_one_connection(int error) {
  return error == ECONNABORTED || error == EINTR || error == EPROTO;
}

}  // namespace

Acceptor::Acceptor(boost::asio::io_context& context, log::Log& log, ListeningSocket listening,
                   Accepted accepted)
    : log_(log),
      address_(std::move(listening.address)),
      accepted_(std::move(accepted)),
      socket_(context, listening.socket.release()),
      file_(std::move(listening.file)),
      retry_(context) {
  wait();
}

void Acceptor::close() {
  file_.remove();
  boost::system::error_code ignored;
  socket_.close(ignored);
  retry_.cancel();
}

void Acceptor::wait() {
  socket_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [this](const boost::system::error_code& error) {
                       if (!error) accept();
                     });
}

void Acceptor::accept() {
  if (!socket_.is_open()) return;  // closed after it had become readable
  for (int i = 0; i < kAcceptedAtOnce; ++i) {
    FileDescriptor socket(
        ::accept4(socket_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket.is_open()) {
      hand_over(std::move(socket));
    } else if (errno == EAGAIN) {
      break;
    } else if (!is_of_one_connection(errno)) {
      return fail(errno);
    }
  }
  wait();
}

void Acceptor::hand_over(FileDescriptor socket) {
  try {
    accepted_(std::move(socket));
  } catch (const std::bad_alloc&) {
    // It is closed now; who waits in the queue may have more luck.
  }
}

void Acceptor::fail(int error) {
  const auto now = std::chrono::steady_clock::now();
  const auto before = std::exchange(failed_, now);
  if (!before || now - *before > kForgotten) {
    // The system says so even if nobody has come yet.
    log_.warning({"Can't accept a connection on ", address_, ": ", std::strerror(error),
                  "; whoever comes waits until that is over"});
  }
  pause();
}

void Acceptor::pause() {
  retry_.expires_after(kRetry);
  retry_.async_wait([this](const boost::system::error_code& error) {
    if (!error) accept();
  });
}

}  // namespace sideline::net
