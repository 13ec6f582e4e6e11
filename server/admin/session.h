#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <optional>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/serializer.hpp>
#include <libcache/function_ref.h>

#include "server/admin/routes.h"

namespace sideline::admin {

/// What a peer may take of the process. A time is for one step of the connection, however many
/// pieces it comes in; who is slower is closed.
struct Limits {
  std::size_t connections = 32;
  std::size_t header_bytes = 8192;             ///< of a request line and its header together
  std::chrono::milliseconds idle{60'000};      ///< until a request begins
  std::chrono::milliseconds request{5'000};    ///< until it is whole
  std::chrono::milliseconds response{10'000};  ///< until the peer has taken the response
};

/// One HTTP/1.1 connection: reads a request, answers it, reads the next. Used by the thread of its
/// io_context alone. A request that has a body is answered and the connection closed, as no route
/// takes one. Keeps itself alive while an operation is under way. Without memory for a step it is
/// closed: so each step is its own, and none one of Beast's, which would throw at whoever runs the
/// io_context.
class Session : public std::enable_shared_from_this<Session> {
 public:
  using Sessions = std::list<std::shared_ptr<Session>>;

  /// `all` are the sessions of the port, that who has waited longest first: it adds itself, and
  /// goes to the end with each request. It and `server` must outlive all operations.
  Session(boost::asio::ip::tcp::socket socket, bool loopback, command::Server& server,
          const Limits& limits, Sessions& all);

  /// Does not throw, as no step does.
  void start();
  /// At once, and takes it out of the list.
  void close();

 private:
  using Error = boost::beast::error_code;
  using Parser = boost::beast::http::request_parser<boost::beast::http::empty_body>;
  using Serializer = boost::beast::http::response_serializer<boost::beast::http::string_body>;

  void attempt(libcache::FunctionRef<void()> step);
  template <typename Step>
  auto then(Step step);
  void wait();
  void read();
  void receive(void (Session::*step)());
  void parse();
  void refuse(const Error& error);
  void answer();
  void write(Response response, bool without_body);
  void send();
  void sent(std::size_t bytes);
  void linger();
  void drain();

  boost::beast::tcp_stream stream_;
  const bool loopback_;
  command::Server& server_;
  const Limits& limits_;
  Sessions& all_;
  Sessions::iterator place_;  // in all_; its end once it is closed
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::optional<Response> response_;
  std::optional<Serializer> serializer_;
};

}  // namespace sideline::admin
