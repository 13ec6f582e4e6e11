#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "server/admin/session.h"
#include "server/command/core/server.h"
#include "server/log/log.h"
#include "server/net/acceptor.h"

namespace sideline::admin {

/// The HTTP port: health checks, metrics and a page, what `admin-port` and `admin-bind` say. It
/// runs on the thread that runs the io_context, which runs no requests of clients, so it answers
/// however busy those are; its functions are for that thread, or for before and after.
///
/// There are at most Limits::connections: one more takes the place of the one that has waited
/// longest, so nobody keeps a health check out by holding connections.
class AdminPort {
 public:
  /// All must outlive it; the context must not run any more when it is destroyed.
  AdminPort(boost::asio::io_context& context, command::Server& server, log::Log& log,
            Limits limits = {});
  ~AdminPort();
  AdminPort(const AdminPort&) = delete;
  AdminPort& operator=(const AdminPort&) = delete;

  /// Listens if the configuration asks for it, and sets Server::admin_port: nothing on success,
  /// else what is wrong.
  [[nodiscard]] std::optional<std::string> listen();

 private:
  void accept(FileDescriptor socket);

  boost::asio::io_context& context_;
  command::Server& server_;
  log::Log& log_;
  const Limits limits_;
  Session::Sessions sessions_;  // the one that has waited longest first
  std::vector<std::unique_ptr<net::Acceptor>> acceptors_;
};

}  // namespace sideline::admin
