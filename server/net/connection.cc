#include "server/net/connection.h"

#include <sys/socket.h>

#include <utility>

#include "server/net/connection_handlers.h"
#include "server/net/socket_io.h"

namespace sideline::net {
namespace {

// How long, and how much, a peer may go on sending after our last reply.
constexpr std::int64_t kLingerMs = 1000;
constexpr std::int64_t kLastLingerMs = 200;  // when the server ends
constexpr std::size_t kLingerBytes = std::size_t{1} << 20;

// A connection that asked for nothing for so long needs no large buffers.
constexpr std::int64_t kTrimMs = 10'000;

}  // namespace

Connection::Connection(Environment& environment, EventLoop& loop, ConnectionOwner& owner,
                       Pipeline& pipeline, FileDescriptor socket,
                       std::shared_ptr<command::Client> client)
    : environment_(environment),
      loop_(loop),
      owner_(owner),
      pipeline_(pipeline),
      client_(std::move(client)),
      stream_(std::move(socket)),
      output_(&environment.loans),
      reply_(output_, 2) {}

Connection::~Connection() = default;

// --- From any thread ----------------------------------------------------------------------------

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
  if (!waits_sendable_) static_cast<void>(flush());
  show_sizes();
}

// --- Beginning and end --------------------------------------------------------------------------

void Connection::start() {
  run([this] {
    if (state_ == State::kClosed) return;  // killed at once
    open();
    wait_readable();
  });
}

void Connection::open() {
  active_ms_ = loop_.now_ms();
  loop_.watch(stream_.descriptor(), *this, interest_);
  if (client_->kind != command::Client::Kind::kTcp) return;
  const auto& keepalive = environment_.settings.tcp_keepalive;
  set_tcp_options(stream_.descriptor(), keepalive.load(std::memory_order_relaxed));
}

void Connection::finish() {
  finishing_ = true;
  run([this] {
    if (state_ == State::kHandshaking) return step_last();
    if (state_ != State::kServing) return;
    if (next_ == Next::kReadable || next_ == Next::kPending) read_last();
    // A pause will not end in time.
    if (next_ == Next::kResume) close_now();
  });
}

void Connection::abort() {
  run([this] { close_now(); });
}

void Connection::tick() {
  run([this] { look_after(); });
}

void Connection::look_after() {
  const std::int64_t now_ms = loop_.now_ms();
  const std::int64_t timeout = environment_.settings.timeout_ms.load(std::memory_order_relaxed);
  const std::int64_t idle = now_ms - active_ms_;
  const bool may_idle = client_->monitor.load(std::memory_order_relaxed) || next_ == Next::kResume;
  if (state_ == State::kHandshaking) {
    if (handshake_is_overdue()) close_because("the TLS handshake takes too long");
  } else if (state_ == State::kLingering) {
    if (now_ms - lingering_since_ms_ >= (finishing_ ? kLastLingerMs : kLingerMs)) close_now();
  } else if (timeout != 0 && idle > timeout && !may_idle) {
    close_because("idle for too long");
  } else if (over_output_limit()) {
    close_because(kOverOutputLimit);
  } else if (idle > kTrimMs) {
    trim();
  }
}

/// Gives back what it does not need while it has nothing to do.
void Connection::trim() {
  const bool is_at_rest = next_ == Next::kReadable && input_.size() == 0 && output_.empty();
  if (!is_at_rest || state_ != State::kServing) return;
  input_.clear();
  output_.clear();
  show_sizes();
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
  leave_handshakes(environment_.server.tls_handshakes_failed);
  loop_.unwatch(stream_.descriptor());
  stream_.close();
  if (pause_timer_) pause_timer_->cancel();
  input_.clear();
  output_.clear();
}

/// The last thing that happens whenever the outside called: waits for what comes next, or goes.
void Connection::rest() {
  guarded([this] { follow_interest(); });
  if (state_ == State::kClosed) owner_.forget(*this);
}

void Connection::follow_interest() {
  if (state_ == State::kClosed) return;
  const Interest now = wanted();
  if (now == interest_) return;
  interest_ = now;
  loop_.change(stream_.descriptor(), *this, now);
}

Connection::Interest Connection::wanted() const {
  if (handshake_) return handshake_->waits ? stream_.read_interest() : Interest::kNothing;
  Interest wanted = Interest::kNothing;
  if (wants_to_read()) wanted = wanted | stream_.read_interest();
  if (waits_sendable_) wanted = wanted | stream_.send_interest();
  return wanted;
}

/// A turn is short: what comes meanwhile may be told of, and is not heeded.
bool Connection::wants_to_read() const {
  if (state_ == State::kLingering) return true;
  const bool is_soon = next_ == Next::kTurn || next_ == Next::kPending;
  return state_ == State::kServing && (next_ == Next::kReadable || is_soon);
}

void Connection::on_ready(bool readable, bool writable) {
  run([&] {
    // Only an error or the end of both directions.
    if (interest_ == Interest::kNothing) return close_because("the peer has closed it");
    const auto is_ready = [&](Interest interest) {
      return interest == Interest::kReadable ? readable : writable;
    };
    if (handshake_) return continue_handshake();
    if (waits_sendable_ && is_ready(stream_.send_interest())) on_sendable();
    if (!is_ready(stream_.read_interest())) return;
    if (state_ == State::kLingering) return discard();
    if (state_ == State::kServing && next_ == Next::kReadable) read();
  });
}

// --- After the last reply -----------------------------------------------------------------------

void Connection::linger() {
  state_ = State::kLingering;
  lingering_since_ms_ = loop_.now_ms();
  input_.clear();
  stream_.end_sending();
}

void Connection::discard() {
  const auto [bytes, status] = stream_.discard(input_.prepare(1));
  discarded_ += bytes;
  const bool has_ended = status == Stream::Status::kEnded || status == Stream::Status::kFailed;
  if (has_ended || discarded_ > kLingerBytes) close_now();
}

}  // namespace sideline::net
