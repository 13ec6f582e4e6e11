#include "sidecar/transport.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>
#include <openssl/ssl.h>

namespace prediction::sidecar {

namespace asio = boost::asio;

Transport::Transport(const asio::any_io_executor& executor, asio::ssl::context& tls)
    : socket_(executor), tls_context_(tls) {}

asio::awaitable<void> Transport::connect(const Address& address) {
  if (!address.path.empty()) {
    const asio::local::stream_protocol::endpoint endpoint(address.path);
    co_await socket_.async_connect(endpoint, asio::use_awaitable);
    co_return;
  }
  co_await connect_tcp(address);
  if (!address.is_tls) co_return;
  tls_.emplace(socket_, tls_context_);
  tls_->set_verify_callback(asio::ssl::host_name_verification(address.host));
  // SSL_set_tlsext_host_name(), which is a macro with a cast of C.
  SSL_ctrl(tls_->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
           const_cast<char*>(address.host.c_str()));
  co_await tls_->async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
}

/// To the first of the host's addresses that can be reached.
asio::awaitable<void> Transport::connect_tcp(const Address& address) {
  asio::ip::tcp::resolver resolver(socket_.get_executor());
  const auto found =
      co_await resolver.async_resolve(address.host, address.port, asio::use_awaitable);
  boost::system::error_code error = asio::error::host_not_found;
  for (const auto& entry : found) {
    socket_.close();
    co_await socket_.async_connect(entry.endpoint(),
                                   asio::redirect_error(asio::use_awaitable, error));
    if (!error) break;
  }
  if (error) throw boost::system::system_error(error);
  socket_.set_option(asio::ip::tcp::no_delay(true));
}

asio::awaitable<std::size_t> Transport::read(asio::mutable_buffer into) {
  return tls_ ? tls_->async_read_some(into, asio::use_awaitable)
              : socket_.async_read_some(into, asio::use_awaitable);
}

asio::awaitable<void> Transport::write(asio::const_buffer bytes) {
  if (tls_) {
    co_await asio::async_write(*tls_, bytes, asio::use_awaitable);
  } else {
    co_await asio::async_write(socket_, bytes, asio::use_awaitable);
  }
}

void Transport::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace prediction::sidecar
