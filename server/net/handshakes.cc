#include "server/net/handshakes.h"

#include <utility>

namespace sideline::net {

void Handshakes::enter(Party& party) {
  if (begun_.size() == kMost) return waiting_.push_back(&party);
  begun_.push_back(&party);
  ready(party);
}

void Handshakes::ready(Party& party) {
  ready_.push_back(&party);
  defer_turn();
}

void Handshakes::leave(Party& party) {
  std::erase(ready_, &party);
  if (std::erase(begun_, &party) == 0) {
    std::erase(waiting_, &party);
  } else if (is_crowded()) {
    Party& next = *waiting_.front();
    waiting_.pop_front();
    enter(next);
  }
}

void Handshakes::defer_turn() {
  if (is_deferred_) return;
  loop_.defer([this] { turn(); });
  is_deferred_ = true;
}

void Handshakes::turn() {
  is_deferred_ = false;
  if (ready_.empty()) return;  // it has left
  Party& party = *ready_.front();
  ready_.pop_front();
  if (!ready_.empty()) defer_turn();
  party.step_handshake();
}

}  // namespace sideline::net
