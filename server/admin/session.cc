#include "server/admin/session.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <boost/beast/http/error.hpp>

namespace sideline::admin {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

// A request of Prometheus or of a browser is a little less.
constexpr std::size_t kRead = 1024;

// How long a peer may go on sending after the last response: closing at once would destroy it.
constexpr std::chrono::seconds kLinger{1};

/// The answer to what could not be read as a request.
Response answer_to(const beast::error_code& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return refusal(http::status::request_header_fields_too_large, "The header is too large");
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

/// What an operation calls in the end: goes on with `step(*this, bytes)`, or closes.
template <typename Step>
auto Session::then(Step step) {
  return [self = shared_from_this(), step](const Error& error, std::size_t bytes) {
    if (error || self->place_ == self->all_.end()) return self->close();
    self->attempt([&] { step(*self, bytes); });
  };
}

/// For a request to begin.
void Session::wait() {
  if (buffer_.size() != 0) return read();
  stream_.expires_after(limits_.idle);
  receive(&Session::read);
}

void Session::read() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
  parser_->body_limit(boost::none);  // it is not read, whatever is announced
  stream_.expires_after(limits_.request);
  parse();
}

void Session::receive(void (Session::*step)()) {
  const std::size_t room = limits_.header_bytes - buffer_.size();
  stream_.async_read_some(buffer_.prepare(std::min(kRead, room)),
                          then([step](Session& self, std::size_t bytes) {
                            self.buffer_.commit(bytes);
                            (self.*step)();
                          }));
}

/// What has come of the header.
void Session::parse() {
  Error error;
  buffer_.consume(parser_->put(buffer_.data(), error));
  if (error && error != http::error::need_more) return refuse(error);
  if (parser_->is_header_done()) return answer();
  if (buffer_.size() == limits_.header_bytes) return refuse(http::error::buffer_overflow);
  receive(&Session::parse);
}

void Session::refuse(const Error& error) { write(answer_to(error), false); }

void Session::answer() {
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
  serializer_->split(without_body);
  stream_.expires_after(limits_.response);
  send();
}

void Session::send() {
  Error error;
  serializer_->next(error, [this](Error&, const auto& buffers) {
    stream_.async_write_some(buffers,
                             then([](Session& self, std::size_t bytes) { self.sent(bytes); }));
  });
  if (error) close();
}

void Session::sent(std::size_t bytes) {
  serializer_->consume(bytes);
  const bool is_all = serializer_->split() ? serializer_->is_header_done() : serializer_->is_done();
  if (!is_all) return send();
  response_->keep_alive() ? wait() : linger();
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
                          then([](Session& self, std::size_t) { self.drain(); }));
}

}  // namespace sideline::admin
