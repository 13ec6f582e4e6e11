#include "http/server.h"

#include <exception>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

namespace prediction::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;

constexpr std::size_t kReadBytes = 4096;

auto into(beast::error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

/// To who sent what cannot be read.
Response answer_to(const beast::error_code& error) {
  if (error == beast::http::error::body_limit) {
    return error_response(Status::payload_too_large, "the body is too large");
  }
  if (error == beast::http::error::header_limit) {
    return error_response(Status::request_header_fields_too_large, "the header is too large");
  }
  return error_response(Status::bad_request, error.message());
}

bool is_of_http(const beast::error_code& error) {
  return error.category() == make_error_code(beast::http::error::bad_method).category() &&
         error != beast::http::error::end_of_stream && error != beast::http::error::partial_message;
}

}  // namespace

Server::Server(asio::io_context& io, const std::string& address, std::uint16_t port,
               Handler handler, Limits limits)
    : io_(io),
      acceptor_(io, tcp::endpoint(asio::ip::make_address(address), port)),
      handler_(std::move(handler)),
      limits_(limits) {}

void Server::start() { asio::co_spawn(io_, accept(), asio::detached); }

asio::awaitable<void> Server::accept() {
  while (acceptor_.is_open()) {
    beast::error_code error;
    tcp::socket socket = co_await acceptor_.async_accept(into(error));
    if (error || sessions_.size() >= limits_.sessions) continue;  // which closes it
    socket.set_option(tcp::no_delay(true), error);
    asio::co_spawn(io_, serve(sessions_.emplace(sessions_.end(), std::move(socket))),
                   asio::detached);
  }
}

asio::awaitable<void> Server::serve(Sessions::iterator session) {
  try {
    co_await converse(*session);
  } catch (const std::exception&) {
    // The client is gone, or was too slow.
  }
  sessions_.erase(session);
}

asio::awaitable<void> Server::converse(Session& session) {
  bool stays = true;
  while (stays) {
    session.is_idle = true;
    if (session.buffer.size() == 0) {
      session.stream.expires_after(limits_.idle);
      const std::size_t size = co_await session.stream.async_read_some(
          session.buffer.prepare(kReadBytes), asio::use_awaitable);
      session.buffer.commit(size);
    }
    session.is_idle = false;
    stays = co_await exchange(session);
  }
  session.stream.socket().shutdown(tcp::socket::shutdown_send);
}

/// One request and its answer. Returns whether there may be another one.
asio::awaitable<bool> Server::exchange(Session& session) {
  beast::http::request_parser<beast::http::string_body> parser;
  parser.header_limit(limits_.header_bytes);
  parser.body_limit(limits_.body_bytes);
  beast::error_code error;
  session.stream.expires_after(limits_.request);
  co_await beast::http::async_read(session.stream, session.buffer, parser, into(error));
  if (error && !is_of_http(error)) throw boost::system::system_error(error);

  session.stream.expires_never();  // the handler has its own limits
  const bool stays = !error && parser.keep_alive();
  Response response;
  if (error) {
    response = answer_to(error);
  } else {
    response = co_await handler_(parser.release());
  }
  response.keep_alive(stays && !is_closing_);
  session.stream.expires_after(limits_.response);
  co_await beast::http::async_write(session.stream, response, asio::use_awaitable);
  co_return response.keep_alive();
}

void Server::drain() {
  close_after_answer();
  acceptor_.close();
  for (Session& session : sessions_) {
    if (session.is_idle) session.stream.close();
  }
}

}  // namespace prediction::http
