#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "server/files/file_descriptor.h"
#include "server/log/log.h"
#include "server/net/listen.h"

namespace sideline::net {

/// Takes new connections from one listening socket. Used by the thread of its io_context alone.
///
/// Without a free file descriptor they stay in the system's queue until there is one again, which
/// it looks for ten times a second. The log is told when that begins, and again only after ten
/// seconds in which none was missing: at the limit it comes and goes with every client.
class Acceptor {
 public:
  using Accepted = std::function<void(FileDescriptor socket)>;

  /// `accepted` gets every new connection's socket, non-blocking. If it throws std::bad_alloc, that
  /// connection is closed, and no other.
  Acceptor(boost::asio::io_context& context, log::Log& log, ListeningSocket listening,
           Accepted accepted);

  /// Where it listens.
  [[nodiscard]] const std::string& address() const { return address_; }

  /// Stops, and closes the listening socket; its file is removed. Destroy it only when the handlers
  /// that were due have run, or never will.
  void close();

 private:
  void wait();
  void accept();
  void hand_over(FileDescriptor socket);
  void fail(int error);
  void pause();

  log::Log& log_;
  const std::string address_;
  Accepted accepted_;
  boost::asio::posix::stream_descriptor socket_;
  SocketFile file_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock> retry_;
  std::optional<std::chrono::steady_clock::time_point> failed_;  // the last time
};

}  // namespace sideline::net
