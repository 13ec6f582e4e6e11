#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/command/clients/client.h"
#include "server/files/file_descriptor.h"
#include "server/net/environment.h"
#include "server/net/event_loop.h"
#include "server/net/handshakes.h"
#include "server/net/output_guard.h"
#include "server/net/pipeline.h"
#include "server/net/pushed_bytes.h"
#include "server/net/read_buffer.h"
#include "server/net/stream.h"
#include "server/resp/output_buffer.h"
#include "server/resp/reply.h"
#include "server/resp/request_parser.h"
#include "server/tls/context.h"

namespace sideline::net {

class Connection;

/// Who keeps a connection, on the connection's own thread.
class ConnectionOwner {
 public:
  /// The connection is closed, and nothing refers to it any more: destroy it.
  virtual void forget(Connection& connection) = 0;

 protected:
  ~ConnectionOwner() = default;
};

/// One client's socket: reads once, executes all requests that came, writes once, reads again.
///
/// Everything but Link's functions happens on the thread of the loop that it is made for.
/// While it serves, exactly one thing will call serve() again, and `next_` says which: the socket
/// is readable, TLS has more of what was read already, the socket is writable, it is this
/// connection's turn again, or a pause ends. So a
/// peer that does not read its replies is not read from, and one that never stops sending gets no
/// more than one turn at a time.
///
/// With TLS it begins with kHandshaking: nothing is read of the peer's first bytes before it has a
/// place among the thread's Handshakes, and each step is made when its turn comes.
///
/// It ends in steps: kServing, then kFlushing (the last replies are being sent), kLingering (they
/// are sent, and what the peer still sends is dropped, as closing the socket before the peer is
/// done could destroy the replies on their way), kClosed. An error on the socket, a kill, or a
/// limit goes to kClosed at once.
///
/// Each function that is called from outside ends in rest(), which tells the loop what the
/// connection waits for now, or the owner that it is closed.
///
/// connection.cc has its beginning and its end, connection_handshake.cc TLS's, and
/// connection_serve.cc the loop between.
class Connection final : public command::Client::Link,
                         public std::enable_shared_from_this<Connection>,
                         private EventLoop::Watcher,
                         private Handshakes::Party {
 public:
  /// `socket` is connected and non-blocking; `client` describes it; `pipeline` is for all
  /// connections of the thread. All references must outlive the connection.
  Connection(Environment& environment, EventLoop& loop, ConnectionOwner& owner, Pipeline& pipeline,
             FileDescriptor socket, std::shared_ptr<command::Client> client);
  /// On any thread: one that has just looked at Client::link may be the last owner. That is
  /// harmless. The connection's own thread has let it go, so the socket is closed, the timer waits
  /// for nothing and the buffers are empty; what is destroyed here is memory that nobody else
  /// refers to.
  ~Connection() override;

  // Link: from any thread.
  void close() override;
  void push(std::string bytes) override;
  void resume() override;

  /// Begins to serve.
  void start();
  /// Begins to serve once the peer has made a TLS handshake, for which it has kHandshakeMs.
  /// `handshakes`, of the same thread, must outlive the connection.
  void start_tls(tls::Context context, Handshakes& handshakes);
  /// Serves what has arrived by now, sends the replies, and closes.
  void finish();
  /// Closes now.
  void abort();
  /// To be called about every second: closes a connection that has been idle or has lingered for
  /// too long, or holds too much. How long is told by the loop's clock, which nobody sets.
  void tick();

  /// Since it began to be served.
  static constexpr std::int64_t kHandshakeMs = 10'000;
  /// Since its handshake has a place that others wait for.
  static constexpr std::int64_t kCrowdedHandshakeMs = 1000;

 private:
  enum class State : std::uint8_t { kHandshaking, kServing, kFlushing, kLingering, kClosed };
  enum class Next : std::uint8_t { kReadable, kPending, kWritable, kTurn, kResume };

  using Interest = EventLoop::Interest;

  static constexpr std::string_view kOverOutputLimit = "output buffer limit";

  struct Handshake {
    tls::Context context;
    Handshakes& all;
    std::int64_t begun_ms;
    std::int64_t placed_ms = 0;  // once there is a session
    bool waits = true;           // for the peer, and not for a place or a turn
  };

  void open();
  void look_after();
  void trim();

  // The handshake.
  void step_handshake() override;
  void continue_handshake();
  void step_last();
  void end_handshake();
  void leave_handshakes(std::atomic<std::uint64_t>& ended_so);
  [[nodiscard]] bool handshake_is_overdue() const;
  void turn_away(std::string_view reason);

  // The loop. Each function that ends in it arranges for what comes next.
  void serve();
  [[nodiscard]] std::optional<Next> execute();
  [[nodiscard]] std::optional<Next> parse();
  void parse_again();
  [[nodiscard]] bool is_admitted() const;
  [[nodiscard]] std::optional<Next> need_more();
  void protocol_error();
  void continue_with(Next next);
  void wait_readable();
  void read();
  void read_last();
  void take_turn();
  void wait_for_resume();
  void linger();

  // What the loop tells.
  void on_ready(bool readable, bool writable) override;
  void on_sendable();
  void follow_interest();
  [[nodiscard]] bool wants_to_read() const;
  [[nodiscard]] Interest wanted() const;

  /// Sends what it can now. False if bytes remain unsent (then on_sendable() follows), or the
  /// connection was closed.
  [[nodiscard]] bool flush();
  [[nodiscard]] bool over_output_limit();
  void take_pushed();
  void discard();
  void received(std::size_t bytes);
  void show_sizes();
  void close_because(std::string_view reason);
  void close_now();

  template <typename Action>
  void post(Action action);
  template <typename Action>
  void defer(Action action);
  template <typename Action>
  auto later(Action action);
  template <typename Action>
  void run(Action action);
  template <typename Action>
  void guarded(Action action);
  void rest();

  Environment& environment_;
  EventLoop& loop_;
  ConnectionOwner& owner_;
  Pipeline& pipeline_;  // holds requests of this connection within execute() only
  const std::shared_ptr<command::Client> client_;
  Stream stream_;
  std::optional<Handshake> handshake_;             // while it is under way
  std::unique_ptr<EventLoop::Timer> pause_timer_;  // made by the first pause

  State state_ = State::kServing;
  Next next_ = Next::kTurn;
  Interest interest_ = Interest::kNothing;  // what the loop was told
  bool finishing_ = false;                  // read what is there, then close
  bool waits_sendable_ = false;
  std::size_t discarded_ = 0;
  // By the loop's clock.
  std::int64_t active_ms_ = 0;
  std::int64_t lingering_since_ms_ = 0;

  ReadBuffer input_;
  resp::RequestParser parser_;
  resp::ParserLimits limits_;
  resp::OutputBuffer output_;
  resp::Reply reply_;
  OutputGuard output_guard_;

  PushedBytes pushed_;
};

}  // namespace sideline::net
