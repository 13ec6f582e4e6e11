#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include "http/message.h"

namespace prediction::http {

/// What a client may take of the process. Who takes more gets 413, 431 or no answer.
struct Limits {
  std::size_t sessions = 512;
  std::uint32_t header_bytes = 16 << 10;
  std::uint64_t body_bytes = 64 << 10;
  std::chrono::seconds idle{75};     ///< more than nginx keeps its connections (60 s)
  std::chrono::seconds request{10};  ///< from the first byte to the last
  std::chrono::seconds response{30};
};

/// HTTP/1.1 on one port. Everything runs on the thread of its io_context.
class Server {
 public:
  using Handler = std::function<boost::asio::awaitable<Response>(Request)>;

  /// Listens at once. Throws boost::system::system_error.
  Server(boost::asio::io_context& io, const std::string& address, std::uint16_t port,
         Handler handler, Limits limits = {});

  /// Accepts until drain().
  void start();

  /// From now on the last answer on each connection says so.
  void close_after_answer() { is_closing_ = true; }
  /// Takes no more connections, and closes those that have no request under way.
  void drain();

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::size_t sessions() const { return sessions_.size(); }

 private:
  struct Session {
    explicit Session(boost::asio::ip::tcp::socket socket) : stream(std::move(socket)) {}

    boost::beast::tcp_stream stream;
    boost::beast::flat_buffer buffer;
    bool is_idle = true;  // between two requests
  };
  using Sessions = std::list<Session>;

  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> serve(Sessions::iterator session);
  boost::asio::awaitable<void> converse(Session& session);
  boost::asio::awaitable<bool> exchange(Session& session);

  boost::asio::io_context& io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  const Handler handler_;
  const Limits limits_;
  Sessions sessions_;
  bool is_closing_ = false;
};

}  // namespace prediction::http
