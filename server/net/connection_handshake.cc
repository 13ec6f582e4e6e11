#include <string>
#include <utility>

#include "server/net/admission.h"
#include "server/net/connection.h"
#include "server/net/connection_handlers.h"

// TLS's handshake, before the loop.
namespace sideline::net {

void Connection::start_tls(tls::Context context, Handshakes& handshakes) {
  run([&] {
    if (state_ == State::kClosed) return;  // killed at once
    open();
    state_ = State::kHandshaking;
    // Who is silent takes no place.
    handshake_.emplace(
        Handshake{.context = std::move(context), .all = handshakes, .begun_ms = loop_.now_ms()});
    environment_.server.tls_handshakes_under_way.fetch_add(1, std::memory_order_relaxed);
  });
}

/// The peer has sent something, or takes something: a place or a turn is due.
void Connection::continue_handshake() {
  handshake_->waits = false;
  Handshakes& all = handshake_->all;
  stream_.has_tls() ? all.ready(*this) : all.enter(*this);
}

void Connection::step_handshake() {
  run([this] {
    if (!stream_.has_tls()) {
      stream_.begin_tls(handshake_->context);
      handshake_->placed_ms = loop_.now_ms();
    }
    switch (stream_.handshake()) {
      case Stream::Status::kDone:
        return end_handshake();
      case Stream::Status::kWaits:
        if (finishing_) return close_now();
        handshake_->waits = true;
        return;
      case Stream::Status::kEnded:
      case Stream::Status::kFailed:
        return close_because(stream_.error());
    }
  });
}

/// Of a server that ends. What is missing, and requests behind it, may have arrived by now, unless
/// the server's own first message is still to come.
void Connection::step_last() {
  if (!stream_.has_tls()) return close_now();
  if (handshake_->waits) continue_handshake();
}

void Connection::end_handshake() {
  leave_handshakes(environment_.server.tls_handshakes_done);
  state_ = State::kServing;
  // Only now can the peer be told.
  const std::string_view objection = objection_to_stranger(environment_, *client_);
  objection.empty() ? continue_with(Next::kReadable) : turn_away(objection);
}

void Connection::turn_away(std::string_view reason) {
  environment_.server.connections_rejected.fetch_add(1, std::memory_order_relaxed);
  environment_.log.verbose({"Turned ", client_->address, " away: ", reason});
  reply_.error(reason);
  state_ = State::kFlushing;
  if (flush()) linger();
}

/// Harmless if there is no handshake. `ended_so` counts it.
void Connection::leave_handshakes(std::atomic<std::uint64_t>& ended_so) {
  if (!handshake_) return;
  environment_.server.tls_handshakes_under_way.fetch_sub(1, std::memory_order_relaxed);
  ended_so.fetch_add(1, std::memory_order_relaxed);
  Handshakes& all = handshake_->all;
  handshake_.reset();
  all.leave(*this);
}

bool Connection::handshake_is_overdue() const {
  const std::int64_t now_ms = loop_.now_ms();
  const bool is_in_the_way = stream_.has_tls() && handshake_->all.is_crowded();
  return is_in_the_way ? now_ms - handshake_->placed_ms >= kCrowdedHandshakeMs
                       : now_ms - handshake_->begun_ms >= kHandshakeMs;
}

}  // namespace sideline::net
