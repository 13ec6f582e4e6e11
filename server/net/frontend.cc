#include "server/net/frontend.h"

#include <new>
#include <utility>

#include <boost/asio/post.hpp>

namespace sideline::net {

namespace asio = boost::asio;

Frontend::Frontend(asio::io_context& context, Environment& environment)
    : context_(context), environment_(environment), sampling_(context) {}

// --- Listening ----------------------------------------------------------------------------------

std::optional<ListenError> Frontend::listen_tcp(const config::Settings& settings, Protocol protocol,
                                                int port) {
  auto result = net::listen_tcp(settings, port);
  if (auto* const error = std::get_if<ListenError>(&result)) return std::move(*error);
  auto& sockets = std::get<std::vector<ListeningSocket>>(result);
  close_tcp(protocol);
  port_of(protocol) = sockets.empty() ? 0 : sockets.front().port;
  const Entrance entrance{.has_tls = protocol == Protocol::kTls};
  for (ListeningSocket& socket : sockets) {
    if (entrance.has_tls) socket.address += " (TLS)";
    tcp_acceptors_[static_cast<std::size_t>(protocol)].push_back(
        make_acceptor(std::move(socket), entrance));
  }
  return std::nullopt;
}

void Frontend::close_tcp(Protocol protocol) {
  auto& acceptors = tcp_acceptors_[static_cast<std::size_t>(protocol)];
  for (const auto& acceptor : acceptors) acceptor->close();
  // Handlers that are due already refer to them.
  asio::post(context_, [closed = std::exchange(acceptors, {})] {});
  port_of(protocol) = 0;
}

std::atomic<int>& Frontend::port_of(Protocol protocol) {
  command::Server& server = environment_.server;
  return protocol == Protocol::kTls ? server.tls_port : server.tcp_port;
}

std::optional<ListenError> Frontend::listen_unix(const config::Settings& settings) {
  if (settings.unixsocket.empty()) return std::nullopt;
  auto result = net::listen_unix(settings);
  if (auto* const error = std::get_if<ListenError>(&result)) return std::move(*error);
  unix_acceptor_ = make_acceptor(std::get<ListeningSocket>(std::move(result)),
                                 {.unix_path = settings.unixsocket});
  return std::nullopt;
}

std::string Frontend::addresses() const {
  std::string all;
  const auto add = [&all](const Acceptor& acceptor) {
    all.append(all.empty() ? "" : ", ").append(acceptor.address());
  };
  for (const auto& acceptors : tcp_acceptors_) {
    for (const auto& acceptor : acceptors) add(*acceptor);
  }
  if (unix_acceptor_) add(*unix_acceptor_);
  return all;
}

std::unique_ptr<Acceptor> Frontend::make_acceptor(ListeningSocket listening,
                                                  const Entrance& entrance) {
  return std::make_unique<Acceptor>(
      context_, environment_.log, std::move(listening),
      [this, entrance](FileDescriptor socket) { accept(std::move(socket), entrance); });
}

void Frontend::accept(FileDescriptor socket, const Entrance& entrance) {
  auto client = admit(environment_, socket, entrance);
  if (!client) return;
  threads_[next_thread_]->adopt(std::move(socket), std::move(client),
                                entrance.has_tls ? tls_context_ : nullptr);
  next_thread_ = (next_thread_ + 1) % threads_.size();
}

// --- Threads ------------------------------------------------------------------------------------

void Frontend::start(std::function<void()> ended) {
  ended_ = std::move(ended);
  running_threads_ = environment_.server.threads;
  for (std::size_t number = 0; number < running_threads_; ++number) {
    threads_.push_back(std::make_unique<IoThread>(
        environment_, number, [this] { asio::post(context_, [this] { thread_ended(); }); }));
  }
  sample();
}

void Frontend::sample() {
  try {
    environment_.server.sample_rates();
  } catch (const std::bad_alloc&) {
    // The next sample may have the memory that this one lacked.
  }
  environment_.follow_cache();
  sampling_.expires_after(std::chrono::milliseconds(command::Rates::kPeriodMs));
  sampling_.async_wait([this](const boost::system::error_code& error) {
    if (!error) sample();
  });
}

void Frontend::finish() {
  for (const auto& acceptors : tcp_acceptors_) {
    for (const auto& acceptor : acceptors) acceptor->close();
  }
  if (unix_acceptor_) unix_acceptor_->close();
  for (const auto& thread : threads_) thread->finish();
}

void Frontend::abort() {
  for (const auto& thread : threads_) thread->abort();
}

void Frontend::thread_ended() {
  if (--running_threads_ == 0) ended_();
}

}  // namespace sideline::net
