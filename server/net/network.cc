#include "server/net/network.h"

#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <future>
#include <thread>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include "server/net/open_files.h"

namespace sideline::net {
namespace {

namespace asio = boost::asio;

// Between closing all connections and giving up on a thread that does not end.
constexpr std::chrono::seconds kLastGrace{1};

constexpr std::chrono::seconds kTrimPeriod{5};
constexpr std::chrono::seconds kLookPeriod{1};

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

using Protocol = Frontend::Protocol;

/// Where `settings` want it to listen; nothing: nowhere.
std::optional<int> port_of(Protocol protocol, const config::Settings& settings) {
  const bool has_tls = settings.tls_port != 0;
  if (protocol == Protocol::kTls) return has_tls ? std::optional(settings.tls_port) : std::nullopt;
  return settings.port == 0 && has_tls ? std::nullopt : std::optional(settings.port);
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
      trimming_(context_),
      looking_(context_),
      certificates_(log),
      frontend_(context_, environment_) {
  ::signal(SIGPIPE, SIG_IGN);
  server_.config.on_change([this](const config::Settings& before, const config::Settings& now) {
    return apply(before, now);
  });
}

Network::~Network() { server_.shutdown = nullptr; }

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
  const bool moves =
      now.port != before.port || now.tls_port != before.tls_port || now.bind != before.bind;
  if (moves || tls::Certificates::is_concerned(before, now)) {
    // The acceptors are the main thread's, and no request runs there.
    std::packaged_task<std::optional<std::string>()> task([&] { return change(before, now); });
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
  frontend_.start([this] {
    log_.notice({"All connections are closed"});
    stop(Outcome::kEnded);
  });
  server_.shutdown = [this] {
    asio::post(context_, [this] {
      if (!finishing_) ended_by_signal_ = false;  // it has saved what it was to
      finish();
    });
  };
  wait_for_signal();
  trim_heap();
  look_at_certificates();
  tell_ready();
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
  if (settings.bind.empty() && settings.unixsocket.empty()) return kNothingToListenOn;
  if (settings.tls_port != 0) {
    auto candidate = certificates_.read(settings);
    if (!candidate) return "TLS can't be had: see above";
    use_certificates(std::move(candidate));
  }
  for (const Protocol protocol : {Protocol::kPlain, Protocol::kTls}) {
    const std::optional<int> port = port_of(protocol, settings);
    if (!port) continue;
    if (auto error = frontend_.listen_tcp(settings, protocol, *port)) return std::move(error->text);
  }
  if (auto error = frontend_.listen_unix(settings)) return std::move(error->text);
  return write_port(settings);
}

std::optional<std::string> Network::write_port(const config::Settings& settings) {
  if (server_.tcp_port == 0 || settings.port_file.empty()) return std::nullopt;
  return write_port_file(settings.port_file, server_.tcp_port);
}

void Network::tell_ready() {
  log_.notice({"Ready to accept connections on ", frontend_.addresses(), ", with ",
               std::to_string(server_.threads), " I/O threads"});
}

// --- Changes ------------------------------------------------------------------------------------

/// All of it or nothing. Those who are connected stay, with the certificate that they know.
std::optional<std::string> Network::change(const config::Settings& before,
                                           const config::Settings& now) {
  if (server_.stopping) return "The server is shutting down";
  std::optional<tls::Certificates::Candidate> candidate;
  const bool is_new = !certificates_.context() || tls::Certificates::is_concerned(before, now);
  if (now.tls_port != 0 && is_new) {
    candidate = certificates_.read(now);
    if (!candidate) return "Unable to update TLS configuration. Check server logs.";
  }
  if (auto refusal = move(before, now)) return refusal;
  if (candidate || now.tls_port == 0) use_certificates(std::move(candidate));
  return std::nullopt;
}

std::optional<std::string> Network::move(const config::Settings& before,
                                         const config::Settings& now) {
  if (now.bind.empty() && now.unixsocket.empty()) return kNothingToListenOn;
  const bool has_moved = move(Protocol::kPlain, before, now);
  if (has_moved && move(Protocol::kTls, before, now)) return std::nullopt;
  if (has_moved) static_cast<void>(move(Protocol::kPlain, now, before));
  return now.bind != before.bind ? "Failed to bind to specified addresses."
                                 : "Unable to listen on this port. Check server logs.";
}

/// Listens on other addresses or another port, or as before if that fails.
bool Network::move(Protocol protocol, const config::Settings& before, const config::Settings& now) {
  const std::optional<int> from = port_of(protocol, before);
  const std::optional<int> to = port_of(protocol, now);
  if (from == to && now.bind == before.bind) return true;
  if (!to) {
    frontend_.close_tcp(protocol);
    return true;
  }
  const int old_port = frontend_.port(protocol);
  const int new_port = to == from && old_port != 0 ? old_port : *to;  // where the setting is 0
  const bool in_the_way = new_port == old_port && old_port != 0;
  if (in_the_way) frontend_.close_tcp(protocol);
  if (listen_elsewhere(now, protocol, new_port)) return true;
  if (in_the_way) static_cast<void>(listen_elsewhere(before, protocol, old_port));
  return false;
}

bool Network::listen_elsewhere(const config::Settings& settings, Protocol protocol, int port) {
  if (const auto error = frontend_.listen_tcp(settings, protocol, port)) {
    log_.warning({error->text});
    return false;
  }
  if (const auto failure = write_port(settings)) log_.warning({*failure});
  tell_ready();
  return true;
}

// --- Certificates -------------------------------------------------------------------------------

/// Nothing: there is no TLS any more.
void Network::use_certificates(std::optional<tls::Certificates::Candidate> candidate) {
  candidate ? certificates_.use(*std::move(candidate)) : certificates_.drop();
  show_certificates();
}

void Network::show_certificates() {
  frontend_.set_tls(certificates_.context());
  server_.certificate_expiry_ms =
      certificates_.context() ? certificates_.expiry_ms() : command::Server::kNoCertificate;
}

void Network::look_at_certificates() {
  if (certificates_.look()) show_certificates();
  looking_.expires_after(kLookPeriod);
  looking_.async_wait([this](const boost::system::error_code& error) {
    if (!error) look_at_certificates();
  });
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
    signalled(signal);
  });
}

void Network::signalled(int signal) {
  if (signal == SIGHUP) {
    if (const auto failure = log_.reopen()) log_.warning({*failure});
  } else if (finishing_) {
    log_.warning({"Another signal: ending at once"});
    stop(Outcome::kForced);
  } else {
    log_.notice({signal == SIGTERM ? "SIGTERM" : "SIGINT", " received"});
    ended_by_signal_ = true;
    server_.stopping ? finish() : begin_shutdown();
  }
}

void Network::trim_heap() {
  heap_.trim();
  trimming_.expires_after(kTrimPeriod);
  trimming_.async_wait([this](const boost::system::error_code& error) {
    if (!error) trim_heap();
  });
}

void Network::begin_shutdown() {
  server_.stopping = true;
  const std::chrono::seconds delay(server_.config.settings().shutdown_delay);
  if (delay == std::chrono::seconds::zero()) return finish();
  log_.notice({"Not ready any more; serving for ", std::to_string(delay.count()), " seconds yet"});
  grace_.expires_after(delay);
  grace_.async_wait([this](const boost::system::error_code& error) {
    if (!error) finish();
  });
}

void Network::finish() {
  if (std::exchange(finishing_, true)) return;
  server_.stopping = true;
  log_.notice({"Shutting down: finishing what has been asked for"});
  frontend_.finish();
  grace_.expires_after(kGrace);
  grace_.async_wait([this](const boost::system::error_code& error) {
    if (!error) force_end();
  });
}

void Network::force_end() {
  log_.warning({"Closing the connections that are left"});
  frontend_.abort();
  grace_.expires_after(kLastGrace);
  grace_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    log_.warning({"A request does not end: ending without it"});
    stop(Outcome::kStuck);
  });
}

void Network::attend(const std::function<void()>& work) {
  grace_.cancel();
  context_.restart();
  const auto stays = asio::make_work_guard(context_);
  std::packaged_task<void()> task(work);
  std::future<void> done = task.get_future();
  std::jthread worker([this, &task] {
    task();
    context_.stop();
  });
  context_.run();
  done.get();
}

void Network::stop(Outcome outcome) {
  outcome_ = outcome;
  context_.stop();
}

}  // namespace sideline::net
