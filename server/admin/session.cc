#include "server/admin/session.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

namespace sideline::admin {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

// A request of Prometheus or of a browser is a little less.
constexpr std::size_t kFirstRead = 1024;

// How long a peer may go on sending after the last response: closing at once would destroy it.
constexpr std::chrono::seconds kLinger{1};

/// The answer to what could not be read as a request; none if there is nobody to answer.
std::optional<Response> answer_to(const beast::error_code& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return refusal(http::status::request_header_fields_too_large, "The header is too large");
  }
  const bool is_of_peer =
      error == http::error::end_of_stream || error == http::error::partial_message;
  if (is_of_peer || error.category() != beast::error_code(http::error::bad_version).category()) {
    return std::nullopt;
  }
  return refusal(http::status::bad_request, error.message());
}

}  // namespace

Session::Session(asio::ip::tcp::socket socket, bool loopback, command::Server& server,
                 const Limits& limits, Sessions& all)
    : stream_(std::move(socket)),
      loopback_(loopback),
      server_(server),
      limits_(limits),
      all_(all),
      place_(all.end()),
      buffer_(limits.header_bytes) {}

void Session::start() {
  attempt([this] {
    place_ = all_.insert(all_.end(), shared_from_this());
    wait();
  });
}

/// What fails, for want of memory, ends the connection, and not the thread that serves all.
void Session::attempt(libcache::FunctionRef<void()> step) {
  try {
    step();
  } catch (const std::exception&) {
    close();
  }
}

void Session::close() {
  if (place_ == all_.end()) return;
  stream_.close();
  all_.erase(std::exchange(place_, all_.end()));
}

/// For a request to begin.
void Session::wait() {
  if (buffer_.size() != 0) return read();
  stream_.expires_after(limits_.idle);
  stream_.async_read_some(buffer_.prepare(std::min(kFirstRead, limits_.header_bytes)),
                          [self = shared_from_this()](const Error& error, std::size_t bytes) {
                            if (error) return self->close();
                            self->buffer_.commit(bytes);
                            self->attempt([&self] { self->read(); });
                          });
}

void Session::read() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
  parser_->body_limit(boost::none);  // it is not read, whatever is announced
  stream_.expires_after(limits_.request);
  http::async_read_header(stream_, buffer_, *parser_,
                          [self = shared_from_this()](const Error& error, std::size_t) {
                            self->attempt([&] { self->answer(error); });
                          });
}

void Session::answer(const Error& error) {
  if (place_ == all_.end()) return;
  if (error) {
    auto refused = answer_to(error);
    return refused ? write(*std::move(refused), false) : close();
  }
  all_.splice(all_.end(), all_, place_);
  const Request& request = parser_->get();
  Response response = respond(server_, request, loopback_);
  // A coding that the parser does not know has a body too, whose end nobody knows.
  const bool has_body =
      !parser_->is_done() || request.find(http::field::transfer_encoding) != request.end();
  response.keep_alive(request.keep_alive() && !has_body);
  write(std::move(response), request.method() == http::verb::head);
}

void Session::write(Response response, bool without_body) {
  response_ = std::move(response);
  serializer_.emplace(*response_);
  stream_.expires_after(limits_.response);
  auto written = [self = shared_from_this()](const Error& error, std::size_t) {
    if (error) return self->close();
    self->attempt([&self] { self->response_->keep_alive() ? self->wait() : self->linger(); });
  };
  if (without_body) {
    http::async_write_header(stream_, *serializer_, std::move(written));
  } else {
    http::async_write(stream_, *serializer_, std::move(written));
  }
}

/// Until the peer has closed, or has had its time.
void Session::linger() {
  Error ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  stream_.expires_after(kLinger);
  drain();
}

void Session::drain() {
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(limits_.header_bytes),
                          [self = shared_from_this()](const Error& error, std::size_t) {
                            if (error) return self->close();
                            self->attempt([&self] { self->drain(); });
                          });
}

}  // namespace sideline::admin
