#include <string>
#include <utility>

#include "server/net/admission.h"
#include "server/net/connection.h"
#include "server/net/connection_handlers.h"

// TLS's handshake, before the loop.
namespace sideline::net {

using Status = tls::Session::Status;

void Connection::start_tls(tls::Context context, Handshakes& handshakes) {
  guarded([&] {
    open();
    state_ = State::kHandshaking;
    handshake_.emplace(Handshake{.context = std::move(context), .all = handshakes});
    // Who is silent takes no place.
    wait_for_handshake(Status::kWantsToRead);
  });
  leave();
}

void Connection::wait_for_handshake(Status status) {
  stream_.async_wait(status, operation([](Connection& self, const Error& error) {
                       self.on_handshake_ready(error);
                     }));
}

void Connection::on_handshake_ready(const Error& error) {
  if (error) return close_because(error.message());
  Handshakes& all = handshake_->all;
  stream_.has_tls() ? all.ready(*this) : all.enter(*this);
}

void Connection::step_handshake() {
  guarded([this] {
    if (!stream_.has_tls()) {
      stream_.begin_tls(handshake_->context);
      handshake_->placed_ms = now_ms();
    }
    switch (const Status status = stream_.handshake()) {
      case Status::kDone:
        return end_handshake();
      case Status::kWantsToRead:
      case Status::kWantsToWrite:
        return wait_for_handshake(status);
      case Status::kEnded:
      case Status::kFailed:
        return close_because(stream_.explain({}));
    }
  });
  leave();
}

void Connection::end_handshake() {
  leave_handshakes();
  state_ = State::kServing;
  // Only now can the peer be told.
  const std::string_view objection = objection_to_stranger(environment_, *client_);
  objection.empty() ? read() : turn_away(objection);
}

void Connection::turn_away(std::string_view reason) {
  environment_.server.connections_rejected.fetch_add(1, std::memory_order_relaxed);
  environment_.log.verbose({"Turned ", client_->address, " away: ", reason});
  reply_.error(reason);
  state_ = State::kFlushing;
  if (flush()) linger();
}

void Connection::leave_handshakes() {
  if (!handshake_) return;
  handshake_->all.leave(*this);
  handshake_.reset();
}

bool Connection::handshake_is_overdue(std::int64_t now_ms) const {
  const bool is_in_the_way = stream_.has_tls() && handshake_->all.is_crowded();
  return is_in_the_way ? now_ms - handshake_->placed_ms >= kCrowdedHandshakeMs
                       : now_ms - client_->connected_ms >= kHandshakeMs;
}

}  // namespace sideline::net
