#include "server/net/network.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <future>
#include <thread>
#include <utility>

#include <boost/asio/post.hpp>

#include "server/net/admission.h"
#include "server/net/open_files.h"

namespace sideline::net {
namespace {

namespace asio = boost::asio;

// Between closing all connections and giving up on a thread that does not end.
constexpr std::chrono::seconds kLastGrace{1};

constexpr std::chrono::seconds kTrimPeriod{5};

constexpr const char* kNothingToListenOn =
    "nothing to listen on: neither 'bind' nor 'unixsocket' is set";

/// Whoever waits for the file sees all of it or none.
std::optional<std::string> write_port_file(const std::string& path, int port) {
  const std::string temporary = path + ".new";
  std::ofstream file(temporary);
  file << port << '\n';
  file.close();
  if (file && std::rename(temporary.c_str(), path.c_str()) == 0) return std::nullopt;
  return "can't write port-file '" + path + "': " + std::strerror(errno);
}

log::Level level(const config::Settings& settings) {
  return log::level_of(settings.loglevel).value_or(log::Level::kNotice);
}

}  // namespace

Network::Network(command::Server& server, log::Log& log)
    : server_(server),
      log_(log),
      environment_(server, log),
      signals_(context_, SIGTERM, SIGINT, SIGHUP),
      grace_(context_),
      sampling_(context_),
      trimming_(context_) {
  ::signal(SIGPIPE, SIG_IGN);
  server_.config.on_change([this](const config::Settings& before, const config::Settings& now) {
    return apply(before, now);
  });
}

Network::~Network() {
  server_.shutdown = nullptr;
  if (!unix_path_.empty()) ::unlink(unix_path_.c_str());
}

std::optional<std::string> Network::apply(const config::Settings& before,
                                          const config::Settings& now) {
  if (now.maxclients > before.maxclients) {
    const int possible = make_room_for(now.maxclients);
    if (possible < now.maxclients) {
      return "The operating system is not able to handle the specified number of clients, try "
             "with " +
             std::to_string(possible);
    }
  }
  if (now.port != before.port || now.bind != before.bind) {
    // The acceptors are the main thread's, and no request runs there.
    std::packaged_task<std::optional<std::string>()> task([&] { return move(before, now); });
    std::future<std::optional<std::string>> refusal = task.get_future();
    asio::post(context_, std::move(task));
    if (auto reason = refusal.get()) return reason;
  }
  environment_.update(now);
  log_.set_threshold(level(now));
  return std::nullopt;
}

// --- Start --------------------------------------------------------------------------------------

std::optional<std::string> Network::start() {
  const config::Settings settings = server_.config.settings();
  limit_clients(settings);
  if (auto failure = listen(settings)) return failure;
  start_threads();
  server_.shutdown = [this](bool) { asio::post(context_, [this] { begin_shutdown(); }); };
  wait_for_signal();
  sample_rates();
  trim_heap();
  start_accepting();
  return std::nullopt;
}

void Network::limit_clients(const config::Settings& settings) {
  const int possible = std::max(1, make_room_for(settings.maxclients));
  if (possible == settings.maxclients) return;
  log_.warning({"maxclients is ", std::to_string(possible), " instead of ",
                std::to_string(settings.maxclients),
                ", as the process may not open more files: see 'ulimit -n'"});
  const std::string text = std::to_string(possible);
  static_cast<void>(server_.config.set(std::array<std::string_view, 2>{"maxclients", text}));
}

std::optional<std::string> Network::listen(const config::Settings& settings) {
  auto tcp = listen_tcp(settings);
  if (auto* const error = std::get_if<ListenError>(&tcp)) return std::move(error->text);
  listening_ = std::get<std::vector<ListeningSocket>>(std::move(tcp));
  const int port = listening_.empty() ? 0 : listening_.front().port;
  if (!settings.unixsocket.empty()) {
    auto local = listen_unix(settings);
    if (auto* const error = std::get_if<ListenError>(&local)) return std::move(error->text);
    unix_path_ = settings.unixsocket;
    listening_unix_ = std::get<ListeningSocket>(std::move(local));
  }
  if (listening_.empty() && !listening_unix_) return kNothingToListenOn;
  server_.tcp_port = port;
  if (port == 0 || settings.port_file.empty()) return std::nullopt;
  return write_port_file(settings.port_file, port);
}

/// Listens on other addresses or another port, or as before if that fails. Those who are connected
/// stay.
std::optional<std::string> Network::move(const config::Settings& before,
                                         const config::Settings& now) {
  if (shutting_down_) return "The server is shutting down";
  if (now.bind.empty() && now.unixsocket.empty()) return kNothingToListenOn;
  const int old_port = server_.tcp_port;
  const auto at = [old_port](config::Settings settings, bool same_port) {
    if (same_port && old_port != 0) settings.port = old_port;  // where the setting is 0
    return settings;
  };
  const config::Settings wanted = at(now, now.port == before.port);
  const bool in_the_way = wanted.port == old_port;
  if (in_the_way) close_tcp();
  if (listen_on_tcp(wanted)) {
    if (!in_the_way) close_tcp();
    start_accepting();
    return std::nullopt;
  }
  if (in_the_way && listen_on_tcp(at(before, true))) start_accepting();
  return now.port == before.port ? "Failed to bind to specified addresses."
                                 : "Unable to listen on this port. Check server logs.";
}

bool Network::listen_on_tcp(const config::Settings& settings) {
  auto tcp = listen_tcp(settings);
  if (const auto* const error = std::get_if<ListenError>(&tcp)) {
    log_.warning({error->text});
    return false;
  }
  listening_ = std::get<std::vector<ListeningSocket>>(std::move(tcp));
  server_.tcp_port = listening_.empty() ? 0 : listening_.front().port;
  if (server_.tcp_port == 0 || settings.port_file.empty()) return true;
  if (const auto failure = write_port_file(settings.port_file, server_.tcp_port)) {
    log_.warning({*failure});
  }
  return true;
}

void Network::close_tcp() {
  for (const auto& acceptor : tcp_acceptors_) acceptor->close();
  // Handlers that are due already refer to them.
  asio::post(context_, [closed = std::exchange(tcp_acceptors_, {})] {});
}

void Network::start_threads() {
  running_threads_ = server_.threads;
  for (std::size_t number = 0; number < server_.threads; ++number) {
    threads_.push_back(std::make_unique<IoThread>(
        environment_, number, [this] { asio::post(context_, [this] { thread_ended(); }); }));
  }
}

void Network::start_accepting() {
  std::string addresses;
  const auto add = [&addresses](const std::string& address) {
    addresses.append(addresses.empty() ? "" : ", ").append(address);
  };
  for (ListeningSocket& listening : std::exchange(listening_, {})) {
    add(listening.address);
    tcp_acceptors_.push_back(make_acceptor(std::move(listening), ""));
  }
  if (listening_unix_) {
    unix_acceptor_ = make_acceptor(*std::exchange(listening_unix_, {}), unix_path_);
  }
  if (unix_acceptor_) add(unix_path_);
  log_.notice({"Ready to accept connections on ", addresses, ", with ",
               std::to_string(threads_.size()), " I/O threads"});
}

std::unique_ptr<Acceptor> Network::make_acceptor(ListeningSocket listening,
                                                 const std::string& unix_path) {
  return std::make_unique<Acceptor>(
      context_, log_, std::move(listening),
      [this, unix_path](FileDescriptor socket) { accept(std::move(socket), unix_path); });
}

void Network::accept(FileDescriptor socket, const std::string& unix_path) {
  auto client = admit(environment_, socket, unix_path);
  if (!client) return;
  threads_[next_thread_]->adopt(std::move(socket), std::move(client));
  next_thread_ = (next_thread_ + 1) % threads_.size();
}

// --- Run and end --------------------------------------------------------------------------------

Network::Outcome Network::run() {
  context_.run();
  return outcome_;
}

void Network::wait_for_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) return;
    wait_for_signal();
    if (signal == SIGHUP) {
      if (const auto failure = log_.reopen()) log_.warning({*failure});
    } else if (shutting_down_) {
      log_.warning({"Another signal: ending at once"});
      stop(Outcome::kForced);
    } else {
      log_.notice({signal == SIGTERM ? "SIGTERM" : "SIGINT", " received"});
      begin_shutdown();
    }
  });
}

void Network::sample_rates() {
  server_.sample_rates();
  sampling_.expires_after(std::chrono::milliseconds(command::Rates::kPeriodMs));
  sampling_.async_wait([this](const boost::system::error_code& error) {
    if (!error) sample_rates();
  });
}

void Network::trim_heap() {
  heap_.trim();
  trimming_.expires_after(kTrimPeriod);
  trimming_.async_wait([this](const boost::system::error_code& error) {
    if (!error) trim_heap();
  });
}

void Network::begin_shutdown() {
  if (std::exchange(shutting_down_, true)) return;
  log_.notice({"Shutting down: finishing what has been asked for"});
  for (const auto& acceptor : tcp_acceptors_) acceptor->close();
  if (unix_acceptor_) unix_acceptor_->close();
  for (const auto& thread : threads_) thread->finish();
  grace_.expires_after(kGrace);
  grace_.async_wait([this](const boost::system::error_code& error) {
    if (!error) force_end();
  });
}

void Network::force_end() {
  log_.warning({"Closing the connections that are left"});
  for (const auto& thread : threads_) thread->abort();
  grace_.expires_after(kLastGrace);
  grace_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    log_.warning({"A request does not end: ending without it"});
    stop(Outcome::kStuck);
  });
}

void Network::thread_ended() {
  if (--running_threads_ != 0) return;
  log_.notice({"All connections are closed"});
  stop(Outcome::kEnded);
}

void Network::stop(Outcome outcome) {
  outcome_ = outcome;
  if (outcome != Outcome::kEnded && !unix_path_.empty()) ::unlink(unix_path_.c_str());
  context_.stop();
}

}  // namespace sideline::net
