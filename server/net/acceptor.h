#pragma once

#include <chrono>
#include <functional>
#include <string>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "server/files/file_descriptor.h"
#include "server/log/log.h"
#include "server/net/listen.h"

namespace sideline::net {

/// Takes new connections from one listening socket. Used by the thread of its io_context alone.
class Acceptor {
 public:
  using Accepted = std::function<void(FileDescriptor socket)>;

  /// `accepted` gets every new connection's socket, non-blocking.
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
  void pause();

  log::Log& log_;
  const std::string address_;
  Accepted accepted_;
  boost::asio::posix::stream_descriptor socket_;
  SocketFile file_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock> retry_;
};

}  // namespace sideline::net
