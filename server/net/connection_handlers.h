#pragma once

#include <exception>

#include <boost/asio/post.hpp>

#include "server/net/connection.h"

// How what happens to a connection comes to its functions: the templates of connection.h, for its
// .cc files alone.
namespace sideline::net {

/// A failure of one connection (no memory for its buffers) is its own end, not the server's.
template <typename Action>
void Connection::guarded(Action action) {
  try {
    action();
  } catch (const std::exception& failure) {
    close_because(failure.what());
  }
}

template <typename Action>
void Connection::post(Action action) {
  boost::asio::post(stream_.executor(), [weak = weak_from_this(), action] {
    const auto self = weak.lock();
    if (!self || self->state_ == State::kClosed) return;
    self->guarded([&] { action(*self); });
    self->leave();
  });
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

}  // namespace sideline::net
