#include "server/admin/admin_port.h"

#include <sys/socket.h>

#include <utility>
#include <variant>

#include "server/net/listen.h"
#include "server/net/socket_address.h"

namespace sideline::admin {

namespace asio = boost::asio;
using asio::ip::tcp;

AdminPort::AdminPort(asio::io_context& context, command::Server& server, log::Log& log,
                     Limits limits)
    : context_(context), server_(server), log_(log), limits_(limits) {}

AdminPort::~AdminPort() {
  while (!sessions_.empty()) sessions_.front()->close();
}

std::optional<std::string> AdminPort::listen() {
  config::Settings settings = server_.config.settings();
  if (settings.admin_port < 0) return std::nullopt;
  settings.bind = settings.admin_bind;
  if (settings.bind.empty()) return "admin-port: nothing to listen on, as 'admin-bind' is empty";
  auto result = net::listen_tcp(settings, settings.admin_port);
  if (const auto* const error = std::get_if<net::ListenError>(&result)) {
    return "admin-port: " + error->text;
  }
  auto& sockets = std::get<std::vector<net::ListeningSocket>>(result);
  server_.admin_port = sockets.front().port;
  for (net::ListeningSocket& socket : sockets) {
    log_.notice({"Health and metrics on http://", socket.address});
    acceptors_.push_back(std::make_unique<net::Acceptor>(
        context_, log_, std::move(socket),
        [this](FileDescriptor accepted) { accept(std::move(accepted)); }));
  }
  return std::nullopt;
}

void AdminPort::accept(FileDescriptor accepted) {
  const bool is_ip6 = net::SocketAddress::local(accepted.get()).storage.ss_family == AF_INET6;
  const bool loopback = net::SocketAddress::peer(accepted.get()).is_loopback();
  tcp::socket socket(context_);
  boost::system::error_code error;
  socket.assign(is_ip6 ? tcp::v6() : tcp::v4(), accepted.get(), error);
  if (error) return;  // no memory, or no room in the epoll
  static_cast<void>(accepted.release());
  if (sessions_.size() == limits_.connections) sessions_.front()->close();
  std::make_shared<Session>(std::move(socket), loopback, server_, limits_, sessions_)->start();
}

}  // namespace sideline::admin
