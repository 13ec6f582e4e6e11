#pragma once

#include <exception>
#include <utility>

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

/// Everything that comes from outside comes through this. The connection may be gone after it.
template <typename Action>
void Connection::run(Action action) {
  guarded(std::move(action));
  rest();
}

/// A task that runs `action` unless the connection is closed by then.
template <typename Action>
auto Connection::later(Action action) {
  return [weak = weak_from_this(), action] {
    const auto self = weak.lock();
    if (self && self->state_ != State::kClosed) self->run([&] { action(*self); });
  };
}

/// From any thread: runs `action` on the connection's.
template <typename Action>
void Connection::post(Action action) {
  loop_.post(later(action));
}

/// Runs `action` after all that is ready now has been served.
template <typename Action>
void Connection::defer(Action action) {
  loop_.defer(later(action));
}

}  // namespace sideline::net
