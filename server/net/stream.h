#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "server/files/file_descriptor.h"
#include "server/net/socket_io.h"
#include "server/resp/output_buffer.h"
#include "server/tls/context.h"
#include "server/tls/session.h"

namespace sideline::net {

/// What carries the bytes of one connection: a socket, or TLS on it. Which one is a comparison, as
/// a virtual call would hide the plain socket's reads from the optimiser.
///
/// Handlers are called by the io_context, never by the function that takes them. One read or
/// discard at a time. Not thread-safe.
class Stream {
 public:
  using Executor = boost::asio::io_context::executor_type;
  using Error = boost::system::error_code;

  explicit Stream(boost::asio::io_context& context) : socket_(context) {}

  /// Takes a connected, non-blocking socket of this address family.
  void open(FileDescriptor socket, int family);
  [[nodiscard]] Executor executor() { return socket_.get_executor(); }
  [[nodiscard]] int descriptor() { return socket_.native_handle(); }

  /// From now on there is TLS; first comes its handshake.
  void begin_tls(const tls::Context& context);
  [[nodiscard]] bool has_tls() const { return tls_ != nullptr; }
  [[nodiscard]] tls::Session::Status handshake() { return tls_->handshake(); }
  /// handler(Error): the socket is what the handshake's status asks for.
  template <typename Handler>
  void async_wait(tls::Session::Status status, Handler handler) {
    socket_.async_wait(readiness(status), std::move(handler));
  }

  /// handler(Error, std::size_t bytes): some bytes were put into `room`, or the peer has ended.
  template <typename Handler>
  void async_read(std::span<char> room, Handler handler) {
    if (!tls_) {
      socket_.async_read_some(boost::asio::buffer(room.data(), room.size()), std::move(handler));
    } else if (tls_->has_pending()) {
      read_pending(room, std::move(handler));
    } else {
      wait_and_read(tls::Session::Status::kWantsToRead, room, std::move(handler));
    }
  }
  /// Reads what is there now: 0 if nothing is.
  [[nodiscard]] std::size_t read_now(std::span<char> room);

  /// Sends as much of `output` as the peer takes now, and consumes it.
  [[nodiscard]] Sent send(resp::OutputBuffer& output) {
    return tls_ ? send_records(output) : send_now(socket_.native_handle(), output);
  }
  /// handler(Error): send() may go on.
  template <typename Handler>
  void async_sendable(Handler handler) {
    socket_.async_wait(readiness(send_wants_), std::move(handler));
  }

  /// Tells the peer that nothing more will be sent.
  void end_sending();
  /// handler(Error, std::size_t bytes): bytes have come that nobody wants to know.
  template <typename Handler>
  void async_discard(std::span<char> room, Handler handler) {
    socket_.async_read_some(boost::asio::buffer(room.data(), room.size()), std::move(handler));
  }

  /// Operations that wait end with operation_aborted.
  void cancel();
  void close();

  /// What an error of these functions means.
  [[nodiscard]] std::string explain(const Error& error) const;

 private:
  using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Executor>;
  using Status = tls::Session::Status;
  static constexpr std::size_t kNothing = 0;

  [[nodiscard]] static Socket::wait_type readiness(Status status) {
    return status == Status::kWantsToRead ? Socket::wait_read : Socket::wait_write;
  }
  [[nodiscard]] static Error error_of(Status status);
  [[nodiscard]] Sent send_records(resp::OutputBuffer& output);

  /// Bytes that the session has already make no socket readable.
  template <typename Handler>
  void read_pending(std::span<char> room, Handler handler) {
    boost::asio::post(executor(), [this, room, epoch = epoch_, handler]() mutable {
      read_records(epoch, Error(), room, std::move(handler));
    });
  }

  template <typename Handler>
  void wait_and_read(Status status, std::span<char> room, Handler handler) {
    socket_.async_wait(readiness(status),
                       [this, room, epoch = epoch_, handler](const Error& error) mutable {
                         read_records(epoch, error, room, std::move(handler));
                       });
  }

  template <typename Handler>
  void read_records(unsigned epoch, const Error& error, std::span<char> room, Handler handler) {
    if (epoch != epoch_) return handler(Error(boost::asio::error::operation_aborted), kNothing);
    if (error) return handler(error, kNothing);
    const auto [bytes, status] = tls_->read(room);
    if (status == Status::kWantsToRead || status == Status::kWantsToWrite) {
      return wait_and_read(status, room, std::move(handler));
    }
    handler(error_of(status), bytes);
  }

  Socket socket_;
  std::unique_ptr<tls::Session> tls_;
  Status send_wants_ = Status::kWantsToWrite;
  unsigned epoch_ = 0;  // grows with cancel() and close(): what was started before is void
};

}  // namespace sideline::net
