#include "server/net/connection.h"

#include <sys/socket.h>

#include <chrono>
#include <exception>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include "server/net/socket_io.h"

namespace sideline::net {
namespace {

namespace asio = boost::asio;

// A turn: long enough that its fixed costs vanish (two system calls against a thousand requests),
// short enough (about a millisecond) that others on the thread do not notice.
constexpr std::size_t kTurnRequests = 16 * Pipeline::kMost;
// Replies are sent, and a peer that does not take them is stopped, when there are so many bytes.
constexpr std::size_t kTurnOutput = 64 * 1024;
// How long, and how much, a peer may go on sending after our last reply.
constexpr std::int64_t kLingerMs = 1000;
constexpr std::int64_t kLastLingerMs = 200;  // when the server ends
constexpr std::size_t kLingerBytes = std::size_t{1} << 20;

// A connection that asked for nothing for so long needs no large buffers.
constexpr std::int64_t kTrimMs = 10'000;

constexpr std::string_view kOverOutputLimit = "output buffer limit";

}  // namespace

Connection::Connection(Environment& environment, asio::io_context& context, ConnectionOwner& owner,
                       Pipeline& pipeline, FileDescriptor socket,
                       std::shared_ptr<command::Client> client)
    : environment_(environment),
      owner_(owner),
      pipeline_(pipeline),
      client_(std::move(client)),
      accepted_(std::move(socket)),
      socket_(context),
      output_(&environment.loans),
      reply_(output_, 2) {}

Connection::~Connection() = default;

/// A failure of one connection (no memory for its buffers) is its own end, not the server's.
template <typename Action>
void Connection::guarded(Action action) {
  try {
    action();
  } catch (const std::exception& failure) {
    close_because(failure.what());
  }
}

// --- From any thread ----------------------------------------------------------------------------

template <typename Action>
void Connection::post(Action action) {
  asio::post(socket_.get_executor(), [weak = weak_from_this(), action] {
    const auto self = weak.lock();
    if (!self || self->state_ == State::kClosed) return;
    self->guarded([&] { action(*self); });
    self->leave();
  });
}

void Connection::close() {
  post([](Connection& self) { self.close_now(); });
}

void Connection::resume() {
  post([](Connection& self) {
    if (self.state_ != State::kServing || self.next_ != Next::kResume) return;
    if (self.pause_timer_) self.pause_timer_->cancel();
    self.serve();
  });
}

void Connection::push(std::string bytes) {
  const auto& limit = environment_.settings.output_hard;
  if (!pushed_.add(bytes, limit.load(std::memory_order_relaxed))) return;
  post([](Connection& self) { self.take_pushed(); });
}

void Connection::take_pushed() {
  const std::optional<std::string> bytes = pushed_.take();
  if (!bytes) return close_because(kOverOutputLimit);
  if (state_ != State::kServing) return;
  output_.append(*bytes);
  if (!waits_writable_) static_cast<void>(flush());
  show_sizes();
}

// --- Beginning and end --------------------------------------------------------------------------

void Connection::start() {
  guarded([this] {
    open();
    read();
  });
  leave();
}

void Connection::open() {
  const bool is_tcp = client_->kind == command::Client::Kind::kTcp;
  socket_.assign(asio::generic::stream_protocol(is_tcp ? AF_INET : AF_UNIX, 0), accepted_.get());
  static_cast<void>(accepted_.release());
  socket_.non_blocking(true);
  if (!is_tcp) return;
  const auto& keepalive = environment_.settings.tcp_keepalive;
  set_tcp_options(socket_.native_handle(), keepalive.load(std::memory_order_relaxed));
}

void Connection::finish() {
  finishing_ = true;
  if (state_ != State::kServing) return;
  // The handler of the read that waits goes on with read_last(). A pause will not end in time.
  Error ignored;
  if (next_ == Next::kReadable) socket_.cancel(ignored);
  if (next_ == Next::kResume) abort();
}

void Connection::abort() {
  close_now();
  leave();
}

void Connection::tick(std::int64_t now_ms) {
  if (state_ == State::kClosed) return;
  const std::int64_t timeout = environment_.settings.timeout_ms.load(std::memory_order_relaxed);
  const std::int64_t idle = now_ms - client_->last_active_ms.load(std::memory_order_relaxed);
  const bool may_idle = client_->monitor.load(std::memory_order_relaxed) || next_ == Next::kResume;
  if (state_ == State::kLingering) {
    if (now_ms - lingering_since_ms_ >= (finishing_ ? kLastLingerMs : kLingerMs)) close_now();
  } else if (timeout != 0 && idle > timeout && !may_idle) {
    close_because("idle for too long");
  } else if (over_output_limit()) {
    close_because(kOverOutputLimit);
  } else if (idle > kTrimMs) {
    trim();
  }
  leave();
}

/// Starts the read that waits anew, with as little memory as it needs.
void Connection::trim() {
  const bool is_small = input_.capacity() <= ReadBuffer::kMinRead;
  const bool is_at_rest = next_ == Next::kReadable && input_.size() == 0 && output_.empty();
  if (is_small || !is_at_rest || waits_writable_ || state_ != State::kServing) return;
  trimming_ = true;
  Error ignored;
  socket_.cancel(ignored);
}

void Connection::close_because(std::string_view reason) {
  environment_.log.verbose(
      {"Closed ", client_->address, " (client ", std::to_string(client_->id), "): ", reason});
  close_now();
}

void Connection::close_now() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  environment_.server.clients.remove(client_->id);
  Error ignored;
  socket_.close(ignored);
  if (pause_timer_) pause_timer_->cancel();
  input_.clear();
  output_.clear();
}

/// The last thing that a function does that the outside called: the connection may be gone after
/// it.
void Connection::leave() {
  if (state_ == State::kClosed && operations_ == 0) owner_.forget(*this);
}

// --- Serving ------------------------------------------------------------------------------------

void Connection::serve() {
  const std::optional<Next> next = execute();
  if (state_ == State::kClosed) return;
  if (!next) state_ = State::kFlushing;
  const bool sent = flush();
  if (state_ == State::kClosed) return;
  show_sizes();
  if (!sent) {
    next_ = Next::kWritable;
  } else if (next) {
    continue_with(*next);
  } else {
    linger();
  }
}

/// Runs requests up to the end of the turn. Nothing: there is nothing to be served any more.
std::optional<Connection::Next> Connection::execute() {
  using Result = command::Dispatcher::Result;
  command::Dispatcher& dispatcher = environment_.dispatcher;
  dispatcher.begin_batch(*client_);
  limits_.max_bulk = environment_.settings.proto_max_bulk_len.load(std::memory_order_relaxed);
  output_.set_limit(environment_.settings.output_hard.load(std::memory_order_relaxed));
  pipeline_.clear();
  for (std::size_t done = 0; done < kTurnRequests && output_.size() < kTurnOutput;) {
    if (pipeline_.empty()) {
      const auto end = parse();
      if (pipeline_.empty()) return end;
    }
    const auto [count, result] =
        dispatcher.execute(*client_, pipeline_.requests(), reply_, kTurnOutput);
    input_.consume(pipeline_.pop(count));
    done += count;
    if (result == Result::kPaused) {
      parse_again();
      return Next::kResume;
    }
    if (result == Result::kClose || client_->killed.load(std::memory_order_relaxed)) {
      return std::nullopt;
    }
    // What follows has to keep the limits of a stranger.
    if (limits_.authenticated && !is_admitted()) parse_again();
  }
  parse_again();
  return Next::kTurn;
}

/// Gives up what was parsed and has not run.
void Connection::parse_again() {
  if (pipeline_.empty()) return;
  pipeline_.clear();
  parser_.restart();
}

/// Whether it has logged in, or need not: the password may have been lifted since it connected.
bool Connection::is_admitted() const {
  return client_->authenticated || environment_.server.acl.default_user()->is_open();
}

/// Fills the pipeline. If there is no request in it then: what comes next.
std::optional<Connection::Next> Connection::parse() {
  limits_.authenticated = is_admitted();
  const auto result = pipeline_.fill(input_.unread(), parser_, limits_);
  if (!pipeline_.empty()) {
    environment_.dispatcher.prepare(*client_, pipeline_.requests());
    return Next::kTurn;
  }
  if (result == resp::RequestParser::Result::kNeedMore) return need_more();
  protocol_error();
  return std::nullopt;
}

std::optional<Connection::Next> Connection::need_more() {
  const auto& limit = environment_.settings.client_query_buffer_limit;
  if (input_.size() <= limit.load(std::memory_order_relaxed)) return Next::kReadable;
  environment_.log.warning({"Closing client that reached max query buffer length: ",
                            client_->address, " (client ", std::to_string(client_->id), ")"});
  close_now();
  return std::nullopt;
}

void Connection::protocol_error() {
  environment_.log.verbose({"Protocol error from ", client_->address, " (client ",
                            std::to_string(client_->id), "): ", parser_.error()});
  if (!client_->silent()) reply_.error(parser_.error());
}

void Connection::continue_with(Next next) {
  next_ = next;
  if (next == Next::kTurn) return take_turn();
  if (next == Next::kReadable) return finishing_ ? read_last() : read();
  return finishing_ ? close_now() : wait_for_resume();
}

template <typename Completion>
auto Connection::operation(Completion completion) {
  ++operations_;
  return [this, completion](auto... results) {
    --operations_;
    if (state_ != State::kClosed) guarded([&] { completion(*this, results...); });
    leave();
  };
}

void Connection::read() {
  next_ = Next::kReadable;
  const std::span<char> room = input_.prepare(parser_.wanted());
  socket_.async_read_some(asio::buffer(room.data(), room.size()),
                          operation([](Connection& self, const Error& error, std::size_t bytes) {
                            self.on_read(error, bytes);
                          }));
}

void Connection::on_read(const Error& error, std::size_t bytes) {
  const bool is_trimmed = std::exchange(trimming_, false);
  if (error && finishing_) return read_last();
  if (error == asio::error::operation_aborted && is_trimmed) {
    input_.clear();
    output_.clear();
    return read();
  }
  if (error) return close_because(error.message());
  received(bytes);
  serve();
}

/// Of a server that ends: what has arrived is still served, and then the peer is told.
void Connection::read_last() {
  const std::span<char> room = input_.prepare(parser_.wanted());
  const ssize_t bytes = ::recv(socket_.native_handle(), room.data(), room.size(), MSG_DONTWAIT);
  if (bytes <= 0) return linger();
  received(static_cast<std::size_t>(bytes));
  // By way of the queue, as a peer may send for ever.
  take_turn();
}

void Connection::received(std::size_t bytes) {
  input_.commit(bytes);
  environment_.server.input_bytes.fetch_add(bytes, std::memory_order_relaxed);
  environment_.server.reads.fetch_add(1, std::memory_order_relaxed);
}

void Connection::take_turn() {
  next_ = Next::kTurn;
  asio::post(socket_.get_executor(), operation([](Connection& self) { self.serve(); }));
}

void Connection::wait_for_resume() {
  if (!pause_timer_) pause_timer_ = std::make_unique<Timer>(socket_.get_executor());
  pause_timer_->expires_after(
      std::chrono::milliseconds(environment_.dispatcher.pause_remaining_ms()));
  pause_timer_->async_wait(operation([](Connection& self, const Error& error) {
    if (!error && self.state_ == State::kServing && self.next_ == Next::kResume) self.serve();
  }));
}

// --- Sending ------------------------------------------------------------------------------------

bool Connection::flush() {
  if (output_.overflowed()) {
    close_because(kOverOutputLimit);
    return false;
  }
  const Sent sent = send_now(socket_.native_handle(), output_);
  environment_.server.output_bytes.fetch_add(sent.bytes, std::memory_order_relaxed);
  environment_.server.writes.fetch_add(sent.calls, std::memory_order_relaxed);
  if (sent.error != 0) {
    close_because(Error(sent.error, boost::system::system_category()).message());
  } else if (output_.empty()) {
    output_guard_.all_sent();
    return true;
  } else if (over_output_limit()) {
    close_because(kOverOutputLimit);
  } else if (!waits_writable_) {
    wait_writable();
  }
  return false;
}

bool Connection::over_output_limit() {
  return output_guard_.exceeded(output_.size(), output_.lent(), now_ms(), environment_.settings);
}

void Connection::wait_writable() {
  waits_writable_ = true;
  socket_.async_wait(Socket::wait_write, operation([](Connection& self, const Error& error) {
                       self.on_writable(error);
                     }));
}

void Connection::on_writable(const Error& error) {
  waits_writable_ = false;
  if (error && !finishing_) return close_because(error.message());
  client_->last_active_ms.store(now_ms(), std::memory_order_relaxed);
  if (!flush()) return;
  show_sizes();
  if (state_ == State::kFlushing) {
    linger();
  } else if (state_ == State::kServing && next_ == Next::kWritable) {
    serve();
  }
}

void Connection::show_sizes() {
  client_->query_buffer_used.store(input_.size(), std::memory_order_relaxed);
  client_->query_buffer_size.store(input_.capacity(), std::memory_order_relaxed);
  client_->output_size.store(output_.size(), std::memory_order_relaxed);
}

// --- After the last reply -----------------------------------------------------------------------

void Connection::linger() {
  state_ = State::kLingering;
  lingering_since_ms_ = now_ms();
  input_.clear();
  Error ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  discard();
}

void Connection::discard() {
  const std::span<char> room = input_.prepare(1);
  socket_.async_read_some(asio::buffer(room.data(), room.size()),
                          operation([](Connection& self, const Error& error, std::size_t bytes) {
                            self.on_discarded(error, bytes);
                          }));
}

void Connection::on_discarded(const Error& error, std::size_t bytes) {
  discarded_ += bytes;
  if (error || discarded_ > kLingerBytes) return close_now();
  discard();
}

std::int64_t Connection::now_ms() const { return environment_.server.clock.now_ms(); }

}  // namespace sideline::net
