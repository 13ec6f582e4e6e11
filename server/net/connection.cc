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

Connection::Connection(Environment& environment, boost::asio::io_context& context,
                       ConnectionOwner& owner, Pipeline& pipeline, FileDescriptor socket,
                       std::shared_ptr<command::Client> client)
    : environment_(environment),
      owner_(owner),
      pipeline_(pipeline),
      client_(std::move(client)),
      accepted_(std::move(socket)),
      stream_(context),
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
  stream_.open(std::move(accepted_), is_tcp ? AF_INET : AF_UNIX);
  if (!is_tcp) return;
  const auto& keepalive = environment_.settings.tcp_keepalive;
  set_tcp_options(stream_.descriptor(), keepalive.load(std::memory_order_relaxed));
}

void Connection::finish() {
  finishing_ = true;
  if (state_ == State::kHandshaking) return abort();
  if (state_ != State::kServing) return;
  // The handler of the read that waits goes on with read_last(). A pause will not end in time.
  if (next_ == Next::kReadable) stream_.cancel();
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
  if (state_ == State::kHandshaking) {
    if (handshake_is_overdue(now_ms)) close_because("the TLS handshake takes too long");
  } else if (state_ == State::kLingering) {
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
  stream_.cancel();
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
  leave_handshakes();
  stream_.close();
  if (pause_timer_) pause_timer_->cancel();
  input_.clear();
  output_.clear();
}

/// The last thing that a function does that the outside called: the connection may be gone after
/// it.
void Connection::leave() {
  if (state_ == State::kClosed && operations_ == 0) owner_.forget(*this);
}

// --- After the last reply -----------------------------------------------------------------------

void Connection::linger() {
  state_ = State::kLingering;
  lingering_since_ms_ = now_ms();
  input_.clear();
  stream_.end_sending();
  discard();
}

void Connection::discard() {
  stream_.async_discard(input_.prepare(1),
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
