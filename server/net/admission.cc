#include "server/net/admission.h"

#include <sys/socket.h>

#include <array>

#include "server/command/clients/login.h"
#include "server/command/core/errors.h"
#include "server/net/socket_address.h"

namespace sideline::net {
namespace {

void describe(command::Client& client, const std::string& unix_path) {
  if (unix_path.empty()) {
    const SocketAddress peer = SocketAddress::peer(client.fd);
    client.address = peer.text();
    client.local_address = SocketAddress::local(client.fd).text();
    client.loopback = peer.is_loopback();
  } else {
    client.kind = command::Client::Kind::kUnix;
    client.address = client.local_address = unix_path + ":0";
    client.loopback = true;
  }
}

/// Why a client may not come in; empty if it may.
std::string_view objection(const Environment& environment, const command::Client& client,
                           const Entrance& entrance) {
  if (environment.server.clients.size() >= environment.settings.maxclients) {
    return command::errors::kMaxClients;
  }
  return entrance.has_tls ? std::string_view() : objection_to_stranger(environment, client);
}

void turn_away(const FileDescriptor& socket, std::string_view error) {
  const std::string reply = "-" + std::string(error) + "\r\n";
  // As much as a new socket takes at once, which is all of it. What the peer has sent already is
  // read, as closing the socket with it would destroy the reply.
  static_cast<void>(::send(socket.get(), reply.data(), reply.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
  ::shutdown(socket.get(), SHUT_WR);
  std::array<char, 1024> unread{};
  static_cast<void>(::recv(socket.get(), unread.data(), unread.size(), MSG_DONTWAIT));
}

}  // namespace

std::shared_ptr<command::Client> admit(Environment& environment, const FileDescriptor& socket,
                                       const Entrance& entrance) {
  command::Server& server = environment.server;
  server.connections_received.fetch_add(1, std::memory_order_relaxed);
  auto client = std::make_shared<command::Client>();
  client->fd = socket.get();
  describe(*client, entrance.unix_path);
  if (const std::string_view error = objection(environment, *client, entrance); !error.empty()) {
    server.connections_rejected.fetch_add(1, std::memory_order_relaxed);
    environment.log.verbose({"Turned ", client->address, " away: ", error});
    if (!entrance.has_tls) turn_away(socket, error);
    return nullptr;
  }
  client->id = server.clients.next_id();
  command::log_out(*client, server.acl);
  client->connected_ms = server.clock.now_ms();
  client->last_active_ms = client->connected_ms;
  environment.log.verbose({"Accepted ", client->address});
  return client;
}

std::string_view objection_to_stranger(const Environment& environment,
                                       const command::Client& client) {
  const bool is_protected =
      environment.settings.protected_mode && !environment.server.acl.default_user()->needs_password;
  return is_protected && !client.loopback ? command::errors::kProtectedMode : std::string_view();
}

}  // namespace sideline::net
