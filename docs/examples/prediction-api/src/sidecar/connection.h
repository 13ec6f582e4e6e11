#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "sidecar/address.h"
#include "sidecar/reply.h"
#include "sidecar/transport.h"

namespace prediction::sidecar {

/// How to reach the server.
struct Endpoint {
  Address address;
  std::string password;               ///< "": no AUTH
  std::chrono::milliseconds timeout;  ///< to connect, and for each reply
};

/// One connection that is kept up. Pipelined: what is asked while a reply is awaited is sent at
/// once, and what is asked at the same time in one piece. Used by the thread of its executor.
class Connection {
 public:
  /// `tls` and `endpoint` must outlive it.
  Connection(const boost::asio::any_io_executor& executor, boost::asio::ssl::context& tls,
             const Endpoint& endpoint);

  /// Connects, and again whenever the connection breaks, until stop().
  boost::asio::awaitable<void> run();
  void stop();

  bool is_up() const { return is_up_; }
  /// Replies that are awaited.
  std::size_t pending() const { return waiting_.size(); }

  /// The replies, in order. Nothing if it is down, breaks, or does not answer in time; then nobody
  /// knows which of the commands were run.
  boost::asio::awaitable<std::optional<std::vector<Reply>>> request(std::vector<Command> commands);

 private:
  static constexpr std::chrono::milliseconds kMinBackOff{50};

  /// Who waits for replies.
  struct Wait {
    Wait(const boost::asio::any_io_executor& executor, std::size_t expected)
        : timer(executor), missing(expected) {}

    boost::asio::steady_timer timer;  // until the time is up; is cancelled when it is over
    std::size_t missing;
    std::vector<Reply> replies = {};
    bool is_over = false;
  };

  boost::asio::awaitable<void> stay_connected(std::string& problem);
  boost::asio::awaitable<void> introduce();
  boost::asio::awaitable<void> read();
  boost::asio::awaitable<void> write();
  std::shared_ptr<Wait> send(const std::vector<Command>& commands);
  boost::asio::awaitable<std::optional<std::vector<Reply>>> wait_for(std::shared_ptr<Wait> wait);
  void deliver(Reply reply);
  void give_up();

  const boost::asio::any_io_executor executor_;
  boost::asio::ssl::context& tls_;
  const Endpoint& endpoint_;
  boost::asio::steady_timer back_off_;
  boost::asio::steady_timer has_output_;  // never expires; is cancelled when there is some
  std::shared_ptr<Transport> transport_;
  std::string output_;
  std::deque<std::shared_ptr<Wait>> waiting_;
  std::string problem_;  // the last that was logged, while it lasts
  std::chrono::milliseconds pause_ = kMinBackOff;
  bool is_up_ = false;
  bool is_stopped_ = false;
};

}  // namespace prediction::sidecar
