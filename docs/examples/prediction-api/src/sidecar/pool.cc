#include "sidecar/pool.h"

#include <algorithm>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace prediction::sidecar {

namespace asio = boost::asio;

Pool::Pool(asio::io_context& io, Endpoint endpoint, const std::string& ca_file,
           std::size_t connections)
    : endpoint_(std::move(endpoint)) {
  tls_.set_verify_mode(asio::ssl::verify_peer);
  ca_file.empty() ? tls_.set_default_verify_paths() : tls_.load_verify_file(ca_file);
  for (std::size_t i = 0; i < connections; ++i) {
    Connection& connection = connections_.emplace_back(io.get_executor(), tls_, endpoint_);
    asio::co_spawn(io, connection.run(), asio::detached);
  }
}

asio::awaitable<std::optional<std::vector<Reply>>> Pool::request(std::vector<Command> commands) {
  // A connection that is down comes after all that are up.
  const auto rank = [](const Connection& connection) {
    return std::pair(!connection.is_up(), connection.pending());
  };
  co_return co_await std::ranges::min_element(connections_, {}, rank)->request(std::move(commands));
}

bool Pool::is_up() const { return std::ranges::any_of(connections_, &Connection::is_up); }

void Pool::stop() {
  for (Connection& connection : connections_) connection.stop();
}

}  // namespace prediction::sidecar
