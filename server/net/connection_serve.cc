#include <utility>

#include "server/net/connection.h"
#include "server/net/connection_handlers.h"

// The loop: reading, executing, sending.
namespace sideline::net {
namespace {

// A turn: long enough that its fixed costs vanish (two system calls against a thousand requests),
// short enough (about a millisecond) that others on the thread do not notice.
constexpr std::size_t kTurnRequests = 16 * Pipeline::kMost;
// Replies are sent, and a peer that does not take them is stopped, when there are so many bytes.
constexpr std::size_t kTurnOutput = 64 * 1024;
}  // namespace

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
  active_ms_ = loop_.now_ms();
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
  if (next == Next::kReadable) return finishing_ ? read_last() : wait_readable();
  return finishing_ ? close_now() : wait_for_resume();
}

void Connection::wait_readable() {
  next_ = stream_.has_pending() ? Next::kPending : Next::kReadable;
  if (next_ == Next::kReadable) return;
  defer([](Connection& self) {
    if (self.state_ == State::kServing && self.next_ == Next::kPending) self.read();
  });
}

void Connection::read() {
  const auto [bytes, status] = stream_.read(input_.prepare(parser_.wanted()));
  switch (status) {
    case Stream::Status::kDone:
      received(bytes);
      return serve();
    case Stream::Status::kWaits:
      next_ = Next::kReadable;
      return;
    case Stream::Status::kEnded:
    case Stream::Status::kFailed:
      return close_because(stream_.error());
  }
}

/// Of a server that ends: what has arrived is still served, and then the peer is told.
void Connection::read_last() {
  const auto [bytes, status] = stream_.read(input_.prepare(parser_.wanted()));
  if (status != Stream::Status::kDone) {
    state_ = State::kFlushing;
    if (output_.empty()) linger();
    return;
  }
  received(bytes);
  // By way of the queue, as a peer may send for ever.
  take_turn();
}

void Connection::received(std::size_t bytes) {
  input_.commit(bytes);
  environment_.server.traffic.record_read(client_->thread, bytes);
}

void Connection::take_turn() {
  next_ = Next::kTurn;
  defer([](Connection& self) { self.serve(); });
}

void Connection::wait_for_resume() {
  if (!pause_timer_) pause_timer_ = std::make_unique<EventLoop::Timer>(loop_);
  pause_timer_->start(std::chrono::milliseconds(environment_.dispatcher.pause_remaining_ms()),
                      [this] { run([this] { serve(); }); });
}

// --- Sending ------------------------------------------------------------------------------------

bool Connection::flush() {
  if (output_.overflowed()) {
    close_because(kOverOutputLimit);
    return false;
  }
  const Sent sent = stream_.send(output_);
  environment_.server.traffic.record_writes(client_->thread, sent.calls, sent.bytes);
  if (sent.error != 0) {
    close_because(stream_.error());
  } else if (output_.empty()) {
    output_guard_.all_sent();
    return true;
  } else if (over_output_limit()) {
    close_because(kOverOutputLimit);
  } else {
    waits_sendable_ = true;
  }
  return false;
}

bool Connection::over_output_limit() {
  return output_guard_.exceeded(output_.size(), output_.lent(), loop_.now_ms(),
                                environment_.settings);
}

void Connection::on_sendable() {
  waits_sendable_ = false;
  client_->last_active_ms.store(environment_.server.clock.now_ms(), std::memory_order_relaxed);
  active_ms_ = loop_.now_ms();
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

}  // namespace sideline::net
