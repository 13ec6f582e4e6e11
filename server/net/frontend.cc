#include "server/net/frontend.h"

#include <utility>

#include <boost/asio/post.hpp>

#include "server/net/admission.h"

namespace sideline::net {

namespace asio = boost::asio;

Frontend::Frontend(asio::io_context& context, Environment& environment)
    : context_(context), environment_(environment), sampling_(context) {}

// --- Listening ----------------------------------------------------------------------------------

std::optional<ListenError> Frontend::listen_tcp(const config::Settings& settings) {
  auto result = net::listen_tcp(settings);
  if (auto* const error = std::get_if<ListenError>(&result)) return std::move(*error);
  auto& sockets = std::get<std::vector<ListeningSocket>>(result);
  environment_.server.tcp_port = sockets.empty() ? 0 : sockets.front().port;
  close_tcp();
  for (ListeningSocket& socket : sockets) {
    tcp_acceptors_.push_back(make_acceptor(std::move(socket)));
  }
  return std::nullopt;
}

void Frontend::close_tcp() {
  for (const auto& acceptor : tcp_acceptors_) acceptor->close();
  // Handlers that are due already refer to them.
  asio::post(context_, [closed = std::exchange(tcp_acceptors_, {})] {});
}

std::optional<ListenError> Frontend::listen_unix(const config::Settings& settings) {
  if (settings.unixsocket.empty()) return std::nullopt;
  auto result = net::listen_unix(settings);
  if (auto* const error = std::get_if<ListenError>(&result)) return std::move(*error);
  unix_acceptor_ = make_acceptor(std::get<ListeningSocket>(std::move(result)));
  return std::nullopt;
}

std::string Frontend::addresses() const {
  std::string all;
  const auto add = [&all](const Acceptor& acceptor) {
    all.append(all.empty() ? "" : ", ").append(acceptor.address());
  };
  for (const auto& acceptor : tcp_acceptors_) add(*acceptor);
  if (unix_acceptor_) add(*unix_acceptor_);
  return all;
}

std::unique_ptr<Acceptor> Frontend::make_acceptor(ListeningSocket listening) {
  const std::string unix_path = listening.file.path();
  return std::make_unique<Acceptor>(
      context_, environment_.log, std::move(listening),
      [this, unix_path](FileDescriptor socket) { accept(std::move(socket), unix_path); });
}

void Frontend::accept(FileDescriptor socket, const std::string& unix_path) {
  auto client = admit(environment_, socket, unix_path);
  if (!client) return;
  threads_[next_thread_]->adopt(std::move(socket), std::move(client));
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
  environment_.server.sample_rates();
  environment_.follow_cache();
  sampling_.expires_after(std::chrono::milliseconds(command::Rates::kPeriodMs));
  sampling_.async_wait([this](const boost::system::error_code& error) {
    if (!error) sample();
  });
}

void Frontend::finish() {
  for (const auto& acceptor : tcp_acceptors_) acceptor->close();
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
