#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include "server/net/event_loop.h"

namespace sideline::net {

/// Whose turn it is among the TLS handshakes of one I/O thread, so that a storm of them starves
/// nobody. One step of one of them, which may take a millisecond, is made between two rounds of the
/// thread's other work. So many at most have begun and not ended; who comes beyond that waits, as
/// among a thousand that advance together all would come too late. Used by that thread alone.
class Handshakes {
 public:
  /// They hold about 15 MiB. With fewer, peers that are far away or stall would keep others out.
  static constexpr std::size_t kMost = 256;

  class Party {
   public:
    /// Makes one step.
    virtual void step_handshake() = 0;

   protected:
    ~Party() = default;
  };

  /// The loop must outlive it.
  explicit Handshakes(EventLoop& loop) : loop_(loop) { begun_.reserve(kMost); }

  /// The peer has begun: `party` gets a place, and then a turn.
  void enter(Party& party);
  /// One that has a place could go on: it gets a turn.
  void ready(Party& party);
  /// It has ended, or is to be forgotten; harmless if it never entered.
  void leave(Party& party);

  /// Whether somebody waits for a place.
  [[nodiscard]] bool is_crowded() const { return !waiting_.empty(); }

 private:
  void defer_turn();
  void turn();

  // A party is in waiting_ or in begun_, and in ready_ only if in begun_. A turn is deferred
  // exactly if ready_ is not empty, or was not a moment ago.
  EventLoop& loop_;
  std::deque<Party*> waiting_;
  std::vector<Party*> begun_;
  std::deque<Party*> ready_;
  bool is_deferred_ = false;
};

}  // namespace sideline::net
