#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>

#include "server/net/acceptor.h"
#include "server/net/admission.h"
#include "server/net/environment.h"
#include "server/net/io_thread.h"
#include "server/net/listen.h"
#include "server/tls/context.h"

namespace sideline::net {

/// Where clients come in: listening sockets, and the I/O threads to which their connections go in
/// turn. Also samples the rates that INFO shows. It accepts on the thread that runs its io_context;
/// its functions are for that thread, or for before and after.
class Frontend {
 public:
  /// Both must outlive it.
  Frontend(boost::asio::io_context& context, Environment& environment);
  /// Closes all connections, and waits for the threads. The context must not run any more.
  ~Frontend() = default;
  Frontend(const Frontend&) = delete;
  Frontend& operator=(const Frontend&) = delete;

  /// What connections to a TCP port speak.
  enum class Protocol : std::uint8_t { kPlain, kTls };

  /// Listens on this port of the addresses of `bind`, instead of where it did for this protocol,
  /// and sets Server::tcp_port or tls_port. Connections wait until the context runs and start() was
  /// called. If it fails all is as before.
  [[nodiscard]] std::optional<ListenError> listen_tcp(const config::Settings& settings,
                                                      Protocol protocol, int port);
  void close_tcp(Protocol protocol);
  /// 0: it does not listen.
  [[nodiscard]] int port(Protocol protocol) { return port_of(protocol); }
  /// What TLS connections get from now on. Not null once there is a port for them.
  void set_tls(tls::Context context) { tls_context_ = std::move(context); }
  /// Listens on `unixsocket`, if that is set. The file is removed with the socket.
  [[nodiscard]] std::optional<ListenError> listen_unix(const config::Settings& settings);
  /// Where it listens: "127.0.0.1:6379, /run/sideline.sock".
  [[nodiscard]] std::string addresses() const;

  /// Starts the I/O threads. `ended` is called through the context when all of them have ended.
  void start(std::function<void()> ended);
  /// Stops listening, and lets every connection finish what it has been asked for.
  void finish();
  /// Closes the connections that are left.
  void abort();

 private:
  [[nodiscard]] std::unique_ptr<Acceptor> make_acceptor(ListeningSocket listening,
                                                        const Entrance& entrance);
  void accept(FileDescriptor socket, const Entrance& entrance);
  [[nodiscard]] std::atomic<int>& port_of(Protocol protocol);
  void sample();
  void thread_ended();

  boost::asio::io_context& context_;
  Environment& environment_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock> sampling_;
  std::function<void()> ended_;
  std::vector<std::unique_ptr<IoThread>> threads_;
  std::size_t next_thread_ = 0;
  std::size_t running_threads_ = 0;
  std::array<std::vector<std::unique_ptr<Acceptor>>, 2> tcp_acceptors_;  // by Protocol
  tls::Context tls_context_;
  std::unique_ptr<Acceptor> unix_acceptor_;
};

}  // namespace sideline::net
