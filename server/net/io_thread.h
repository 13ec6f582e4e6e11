#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <unordered_map>

#include "server/net/connection.h"
#include "server/net/environment.h"
#include "server/net/event_loop.h"
#include "server/net/handshakes.h"

namespace sideline::net {

/// One thread with its own loop, and the connections that live on it. The functions may be called
/// from one other thread; they return at once.
class IoThread final : private ConnectionOwner {
 public:
  /// `number` is this thread's of Server::threads. `ended` is called on the new thread, as the last
  /// thing it does.
  IoThread(Environment& environment, std::size_t number, std::function<void()> ended);
  /// As abort(), and waits for the thread.
  ~IoThread();

  /// Serves a client from now on, over TLS if there is a `context`. Throws std::bad_alloc, and then
  /// nobody knows of it.
  void adopt(FileDescriptor socket, std::shared_ptr<command::Client> client,
             const tls::Context& context);

  /// Lets every connection finish; the thread ends when there is none any more.
  void finish();
  /// Closes all connections, and ends.
  void abort();

 private:
  void run();
  void begin(const std::shared_ptr<Connection>& connection, const tls::Context& context);
  void forget(Connection& connection) override;
  void start_tick();
  void end_if_empty();
  template <typename Action>
  void for_each(Action action);

  Environment& environment_;
  const std::size_t number_;
  EventLoop loop_;
  EventLoop::Timer tick_;
  Pipeline pipeline_;
  Handshakes handshakes_;
  bool finishing_ = false;
  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections_;
  std::function<void()> ended_;
  std::jthread thread_;
};

}  // namespace sideline::net
