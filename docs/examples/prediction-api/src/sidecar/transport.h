#pragma once

#include <optional>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "sidecar/address.h"

namespace prediction::sidecar {

/// Bytes to and from the server: TCP, TLS, or a UNIX socket. All throw boost::system::system_error.
class Transport {
 public:
  /// `tls` must outlive it.
  Transport(const boost::asio::any_io_executor& executor, boost::asio::ssl::context& tls);

  /// The certificate has to be one of the address's host.
  boost::asio::awaitable<void> connect(const Address& address);
  boost::asio::awaitable<std::size_t> read(boost::asio::mutable_buffer into);
  boost::asio::awaitable<void> write(boost::asio::const_buffer bytes);

  /// Whatever is under way fails.
  void close();

 private:
  using Socket = boost::asio::generic::stream_protocol::socket;

  boost::asio::awaitable<void> connect_tcp(const Address& address);

  Socket socket_;
  boost::asio::ssl::context& tls_context_;
  std::optional<boost::asio::ssl::stream<Socket&>> tls_;
};

}  // namespace prediction::sidecar
