#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "server/files/file_descriptor.h"
#include "server/net/event_loop.h"
#include "server/net/socket_io.h"
#include "server/resp/output_buffer.h"
#include "server/tls/context.h"
#include "server/tls/session.h"

namespace sideline::net {

/// What carries the bytes of one connection: a socket, or TLS on it. Which one is a comparison, as
/// a virtual call would hide the plain socket's reads from the optimiser.
///
/// Its functions never wait: each does what can be done now. Not thread-safe.
class Stream {
 public:
  using Interest = EventLoop::Interest;

  enum class Status : std::uint8_t {
    kDone,
    kWaits,   ///< nothing can be done until the socket is ready
    kEnded,   ///< the peer sends nothing more
    kFailed,  ///< see error()
  };
  struct Received {
    std::size_t bytes = 0;  ///< not 0 if kDone
    Status status = Status::kDone;
  };

  /// Takes a connected, non-blocking socket.
  explicit Stream(FileDescriptor socket) : socket_(std::move(socket)) {}

  [[nodiscard]] int descriptor() const { return socket_.get(); }

  /// From now on there is TLS; first comes its handshake.
  void begin_tls(const tls::Context& context);
  [[nodiscard]] bool has_tls() const { return tls_ != nullptr; }
  /// The handshake's next step. If it waits, it is as a read does.
  [[nodiscard]] Status handshake();

  /// Puts what has come into `room`, which is not empty.
  [[nodiscard]] Received read(std::span<char> room) {
    return tls_ ? read_records(room) : read_socket(room);
  }
  /// What a read waits for.
  [[nodiscard]] Interest read_interest() const { return read_interest_; }
  /// Whether there may be more to read though the socket does not become readable for it.
  [[nodiscard]] bool has_pending() const { return tls_ && tls_->has_pending(); }

  /// Sends as much of `output` as the peer takes now, and consumes it.
  [[nodiscard]] Sent send(resp::OutputBuffer& output) {
    return tls_ ? send_records(output) : send_bytes(output);
  }
  /// What waits for what send() left over.
  [[nodiscard]] Interest send_interest() const { return send_interest_; }

  /// Tells the peer that nothing more will be sent.
  void end_sending();
  /// Reads what has come, which nobody wants to know: of TLS, its records. Waits for kReadable.
  [[nodiscard]] Received discard(std::span<char> room) { return read_socket(room); }

  void close();

  /// Why the last function failed, or that the peer has ended.
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  [[nodiscard]] Received read_socket(std::span<char> room);
  [[nodiscard]] Received read_records(std::span<char> room);
  [[nodiscard]] Sent send_bytes(resp::OutputBuffer& output);
  [[nodiscard]] Sent send_records(resp::OutputBuffer& output);
  /// For a reading function.
  [[nodiscard]] Status judge(tls::Session::Status status);

  FileDescriptor socket_;
  std::unique_ptr<tls::Session> tls_;
  Interest read_interest_ = Interest::kReadable;
  Interest send_interest_ = Interest::kWritable;
  std::string error_;
};

}  // namespace sideline::net
