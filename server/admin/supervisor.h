#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>

#include "server/command/core/server.h"
#include "server/files/file_descriptor.h"
#include "server/log/log.h"

namespace sideline::admin {

/// What systemd says in the environment of a service.
struct Supervision {
  std::string socket;                     ///< NOTIFY_SOCKET; empty: it wants to be told nothing
  std::chrono::microseconds watchdog{0};  ///< WATCHDOG_USEC, if it is for this process; 0: none
};

/// `variable` returns the value of an environment variable, or null.
[[nodiscard]] Supervision supervision(const std::function<const char*(const char*)>& variable);

/// Tells systemd (Type=notify) what becomes of the server: READY=1 once clients are served, so
/// after a snapshot is loaded that they wait for, STOPPING=1 when the server is about to end,
/// WATCHDOG=1 twice in each time that it may be silent. It runs on the thread that runs the
/// io_context, and is silent if that one hangs, or one of those that run commands has for so long
/// (2 s at least).
///
/// A message is one datagram to a socket whose path the environment names. libsystemd would do no
/// more, and bring compression and cryptography into the process.
class Supervisor {
 public:
  /// Does what the directive `supervised` says, and sets Server::supervised. All must outlive it.
  Supervisor(boost::asio::io_context& context, command::Server& server, log::Log& log,
             Supervision supervision);

  /// Tells what is new. It does that by itself too, within a tenth of a second.
  void follow();

 private:
  enum class State : std::uint8_t { kStarting, kReady, kStopping };

  void tick();
  /// Whether a thread that runs commands has been silent for longer than systemd allows.
  [[nodiscard]] bool hangs(std::chrono::steady_clock::time_point now);
  /// False if it could not be sent, as systemd's queue may be full: then the next tick tries again.
  [[nodiscard]] bool tell(std::string_view message);

  command::Server& server_;
  log::Log& log_;
  const Supervision supervision_;
  FileDescriptor socket_;           // closed if nobody is to be told
  State state_ = State::kStarting;  // as systemd knows it
  bool failing_ = false;            // the last message was not sent, and the log has it
  bool hanging_ = false;            // a thread hangs, and the log has it
  std::chrono::steady_clock::time_point last_sign_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock> timer_;
};

}  // namespace sideline::admin
