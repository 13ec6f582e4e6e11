#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "server/net/environment.h"
#include "server/net/frontend.h"
#include "server/net/heap.h"
#include "server/tls/certificates.h"

namespace sideline::net {

/// All of the server that touches the network: serves clients as the configuration says, obeys
/// signals, and ends in good order. One object a process, as signals are the process's. The thread
/// that calls run() accepts and waits for signals; it executes no requests, so that a signal is
/// heard whatever they do.
///
/// SIGTERM and SIGINT: Server::stopping is set, so that nobody sends new clients, and those who
/// come are served for `shutdown-delay` seconds more; another signal ends that time. Then, and at
/// once for SHUTDOWN: no new connections, the requests that have arrived are served, their replies
/// sent; all that within kGrace. A signal meanwhile ends it at once. SIGHUP opens the log file
/// again.
class Network {
 public:
  /// How long replies may take to be sent in the end.
  static constexpr std::chrono::seconds kGrace{5};

  /// Both must outlive it. Follows changes of the server's configuration from now on.
  Network(command::Server& server, log::Log& log);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// Begins to listen and to serve: nothing on success, else what is wrong.
  [[nodiscard]] std::optional<std::string> start();

  /// What the thread that calls run() runs. No requests of clients, so what else has to be quick at
  /// any time may run there too.
  [[nodiscard]] boost::asio::io_context& context() { return context_; }

  enum class Outcome : std::uint8_t {
    kEnded,   ///< everything has ended in good order
    kForced,  ///< a second signal: threads may still run
    kStuck,   ///< a request did not end within kGrace: its thread still runs
  };
  /// Serves until the process is to end. Unless kEnded, end the process without destroying this.
  [[nodiscard]] Outcome run();
  /// Serves what else runs on the context, on this thread, while `work` runs on another one; after
  /// a run() that was not kForced. Throws what `work` throws.
  void attend(const std::function<void()>& work);
  /// Whether it was a signal that ended it first, and not SHUTDOWN, which has saved what it was to.
  [[nodiscard]] bool ended_by_signal() const { return ended_by_signal_; }

 private:
  static constexpr const char* kNothingToListenOn =
      "nothing to listen on: neither a port with 'bind' nor 'unixsocket' is set";

  using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock>;

  [[nodiscard]] std::optional<std::string> apply(const config::Settings& before,
                                                 const config::Settings& now);
  [[nodiscard]] std::optional<std::string> limit_clients(const config::Settings& settings);
  [[nodiscard]] std::optional<std::string> listen(const config::Settings& settings);
  [[nodiscard]] std::optional<int> wanted_port(Frontend::Protocol protocol,
                                               const config::Settings& settings) const;
  [[nodiscard]] bool has_entrance(const config::Settings& settings) const;
  // What changes while it runs, on the thread that accepts. Each returns why it refuses.
  [[nodiscard]] std::optional<std::string> change(const config::Settings& before,
                                                  const config::Settings& now);
  [[nodiscard]] std::optional<std::string> move(const config::Settings& before,
                                                const config::Settings& now);
  [[nodiscard]] bool move(Frontend::Protocol protocol, const config::Settings& before,
                          const config::Settings& now);
  void move_back(const config::Settings& before, const config::Settings& now, int port);
  [[nodiscard]] bool listen_elsewhere(const config::Settings& settings, Frontend::Protocol protocol,
                                      int port);
  void use_certificates(std::optional<tls::Certificates::Candidate> candidate);
  void show_certificates();
  void look_at_certificates();
  [[nodiscard]] std::optional<std::string> write_port(const config::Settings& settings);
  void tell_ready();
  void wait_for_signal();
  void trim_heap();
  void signalled(int signal);
  void begin_shutdown();
  void finish();
  void force_end();
  void stop(Outcome outcome);

  command::Server& server_;
  log::Log& log_;
  Environment environment_;
  boost::asio::io_context context_;
  boost::asio::signal_set signals_;
  Timer grace_;
  Timer trimming_;
  Timer looking_;
  Heap heap_;
  tls::Certificates certificates_;
  Frontend frontend_;
  bool takes_any_port_ = false;  // what `port 0` means: any that is free, and not none
  bool finishing_ = false;
  bool ended_by_signal_ = false;
  Outcome outcome_ = Outcome::kEnded;
};

}  // namespace sideline::net
