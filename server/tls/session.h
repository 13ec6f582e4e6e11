#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "server/tls/context.h"

struct ssl_st;  // OpenSSL's SSL

namespace sideline::tls {

/// The server's side of TLS on one connected, non-blocking socket. Its functions never wait: each
/// does what can be done now, and says what would let it go on. Not thread-safe.
class Session {
 public:
  enum class Status : std::uint8_t {
    kDone,
    kWantsToRead,   ///< call again when the socket is readable
    kWantsToWrite,  ///< call again when the socket is writable
    kEnded,         ///< the peer has ended its side in good order
    kFailed,        ///< see error(); nothing more can be done
  };
  struct Moved {
    std::size_t bytes = 0;
    Status status = Status::kDone;
  };

  /// The socket stays the caller's, and must be open as long as the functions are called. Throws
  /// std::bad_alloc.
  Session(const Context& context, int socket);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// The next step of the handshake, which may take a millisecond of processor time. To be called
  /// until it is kDone, before anything else.
  [[nodiscard]] Status handshake();

  /// Fills as much of `room` as there is to read. If that is anything the status is kDone.
  [[nodiscard]] Moved read(std::span<char> room);
  /// Whether read() has more to tell though the socket need not become readable: bytes, perhaps not
  /// enough of them for it to yield anything, or the end.
  [[nodiscard]] bool has_pending() const;

  /// Sends a part of `bytes`, one record (16 KiB) at most. Where nothing was sent, the next call
  /// has to begin with the same bytes, and as many of them at least.
  [[nodiscard]] Moved write(std::string_view bytes);

  /// Tells the peer that nothing more will be sent, if the socket takes it now; once.
  void end_sending();

  /// Why a function failed.
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  struct Free {
    void operator()(ssl_st* ssl) const;
  };

  /// What a call that returned `result` says, which did not succeed.
  [[nodiscard]] Status judge(int result);

  std::unique_ptr<ssl_st, Free> ssl_;
  bool has_failed_ = false;
  std::string error_;
};

}  // namespace sideline::tls
