#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>

#include "sidecar/connection.h"

namespace prediction::sidecar {

/// Connections to one server. Used by the thread of its io_context.
class Pool {
 public:
  /// `ca_file`: whom to trust with TLS; "": whom the system trusts. Connects in the background.
  /// Throws boost::system::system_error for a file that is no good.
  Pool(boost::asio::io_context& io, Endpoint endpoint, const std::string& ca_file,
       std::size_t connections);

  /// As Connection::request(), by one that is up and has the least to do. All commands go over the
  /// same connection, so they are run in their order.
  boost::asio::awaitable<std::optional<std::vector<Reply>>> request(std::vector<Command> commands);

  /// Whether any connection is.
  bool is_up() const;
  const Endpoint& endpoint() const { return endpoint_; }
  void stop();

 private:
  const Endpoint endpoint_;
  boost::asio::ssl::context tls_{boost::asio::ssl::context::tls_client};
  std::list<Connection> connections_;
};

}  // namespace prediction::sidecar
