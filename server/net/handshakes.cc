#include "server/net/handshakes.h"

#include <utility>

#include <boost/asio/post.hpp>

namespace sideline::net {

void Handshakes::enter(Party& party) {
  if (begun_.size() == kMost) return waiting_.push_back(&party);
  begun_.push_back(&party);
  ready(party);
}

void Handshakes::ready(Party& party) {
  ready_.push_back(&party);
  post_turn();
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

/// What is posted comes after all that is due now, and the next look at the sockets.
void Handshakes::post_turn() {
  if (std::exchange(is_posted_, true)) return;
  boost::asio::post(context_, [this] { turn(); });
}

void Handshakes::turn() {
  is_posted_ = false;
  if (ready_.empty()) return;  // it has left
  Party& party = *ready_.front();
  ready_.pop_front();
  if (!ready_.empty()) post_turn();
  party.step_handshake();
}

}  // namespace sideline::net
