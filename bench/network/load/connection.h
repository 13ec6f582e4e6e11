#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "bench/network/load/options.h"
#include "bench/network/load/protocol.h"

namespace load {

/// A request whose reply has not arrived.
struct Pending {
  Request request;
  std::int64_t due_ns;  ///< from when its latency counts
};

/// One socket to the server, and what is under way on it. It is in an epoll set, with its own
/// address as the data of its events.
class Connection {
 public:
  /// Throws std::system_error.
  Connection(const Options& options, int epoll);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  [[nodiscard]] const std::deque<Pending>& pending() const { return pending_; }

  /// Nothing is sent before flush().
  void add(const Protocol& protocol, const Pending& pending);
  /// Sends what the socket takes; for the rest it asks epoll. Throws std::system_error.
  void flush();
  /// Reads once and gives each whole reply to `on_reply` with what it answers. Throws
  /// std::system_error, and std::runtime_error if the server closed.
  void receive(const Protocol& protocol,
               const std::function<void(const Pending&, const Parsed&)>& on_reply);

 private:
  void watch(int change, std::uint32_t events);

  int epoll_;
  int socket_;
  bool waits_for_room_ = false;
  std::deque<Pending> pending_;
  std::string output_;
  std::size_t sent_ = 0;
  std::vector<char> input_;
  std::size_t filled_ = 0;
};

}  // namespace load
