#include "server/admin/supervisor.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "server/net/socket_address.h"

namespace sideline::admin {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPeriod{100};

std::int64_t number(const char* text) {
  std::int64_t value = 0;
  if (text != nullptr) std::from_chars(text, text + std::strlen(text), value);
  return value;
}

/// A path, or behind '@' a name in the abstract namespace.
std::optional<net::SocketAddress> address_of(const std::string& path) {
  auto address = net::SocketAddress::unix_path(path);
  if (!address || path.front() != '@') return address;
  auto& unix_address = reinterpret_cast<sockaddr_un&>(address->storage);
  unix_address.sun_path[0] = '\0';
  address->size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  return address;
}

/// A socket that sends to `path`. errno tells why not.
FileDescriptor connect(const std::string& path) {
  const auto address = address_of(path);
  errno = ENAMETOOLONG;
  if (!address) return {};
  FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.is_open()) return {};
  if (::connect(socket.get(), address->get(), address->size) != 0) return {};
  return socket;
}

}  // namespace

Supervision supervision(const std::function<const char*(const char*)>& variable) {
  const char* const socket = variable("NOTIFY_SOCKET");
  const std::int64_t process = number(variable("WATCHDOG_PID"));
  const bool is_for_us = process == 0 || process == ::getpid();
  return {.socket = socket == nullptr ? "" : socket,
          .watchdog = std::chrono::microseconds(is_for_us ? number(variable("WATCHDOG_USEC")) : 0)};
}

Supervisor::Supervisor(boost::asio::io_context& context, command::Server& server, log::Log& log,
                       Supervision supervision)
    : server_(server),
      log_(log),
      supervision_(std::move(supervision)),
      last_sign_(Clock::now()),
      timer_(context) {
  const std::string wanted = server.config.settings().supervised;
  if (wanted == "no" || (wanted == "auto" && supervision_.socket.empty())) return;
  if (supervision_.socket.empty()) {
    log_.warning({"supervised systemd: systemd does not ask for it (NOTIFY_SOCKET is not set)"});
    return;
  }
  socket_ = connect(supervision_.socket);
  if (!socket_.is_open()) {
    log_.warning({"supervised: can't reach ", supervision_.socket, ": ", std::strerror(errno)});
    return;
  }
  server_.supervised = true;
  tick();
}

void Supervisor::follow() {
  if (!socket_.is_open()) return;
  const bool serves = (server_.obstacles & persist::kLoadingFirst) == 0;
  if (server_.stopping && state_ != State::kStopping) {
    if (tell("STOPPING=1\nSTATUS=Shutting down")) state_ = State::kStopping;
  } else if (serves && state_ == State::kStarting) {
    if (tell("READY=1\nSTATUS=Ready to accept connections")) state_ = State::kReady;
  }
  const auto now = Clock::now();
  if (supervision_.watchdog.count() == 0 || now - last_sign_ < supervision_.watchdog / 2) return;
  if (!hangs(now) && tell("WATCHDOG=1")) last_sign_ = now;
}

bool Supervisor::hangs(Clock::time_point now) {
  constexpr std::chrono::seconds kTwoBeats{2};
  if (state_ == State::kStopping) return false;  // who stops has a limit of its own
  const auto silence = server_.heartbeats.longest_silence(now);
  const bool was_hanging = std::exchange(
      hanging_, silence > std::max<Clock::duration>(supervision_.watchdog, kTwoBeats));
  if (hanging_ && !was_hanging) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(silence).count();
    log_.warning({"supervised: an I/O thread has been busy with one thing for ",
                  std::to_string(seconds), " s: systemd gets no more signs of life"});
  }
  return hanging_;
}

void Supervisor::tick() {
  follow();
  timer_.expires_after(kPeriod);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) tick();
  });
}

bool Supervisor::tell(std::string_view message) {
  const bool told = ::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL) >= 0;
  if (!told && !failing_) {
    log_.warning({"supervised: can't tell systemd ", message, ": ", std::strerror(errno)});
  }
  failing_ = !told;
  return told;
}

}  // namespace sideline::admin
