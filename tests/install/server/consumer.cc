#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <iostream>
#include <string>
#include <string_view>
#include <system_error>

#include <libcache/door.h>

namespace {

constexpr const char* kPath = "door.sock";
constexpr std::string_view kRequest = "PING\r\n";
constexpr std::string_view kReply = "+PONG\r\n";

/// What the door replies; cut short if something fails.
std::string ask() {
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  std::string_view(kPath).copy(address.sun_path, sizeof(address.sun_path) - 1);
  std::string reply(kReply.size(), '\0');
  ssize_t received = 0;
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
      ::send(socket, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) > 0) {
    received = ::recv(socket, reply.data(), reply.size(), MSG_WAITALL);
  }
  ::close(socket);
  reply.resize(received > 0 ? static_cast<std::size_t>(received) : 0);
  return reply;
}

/// Whether the error of a door that cannot be opened gets here.
bool is_refused(libcache::Cache& cache) {
  try {
    const libcache::Door second(cache, {.address = "", .unix_socket = kPath});
    return false;
  } catch (const std::system_error& error) {
    return error.code() == std::errc::address_in_use;
  }
}

}  // namespace

int main() {
  libcache::Cache cache({.max_memory = 16 << 20});
  const libcache::Door door(cache, {.address = "", .unix_socket = kPath});
  const std::string reply = ask();
  std::cout << reply;
  return reply == kReply && is_refused(cache) ? 0 : 1;
}
