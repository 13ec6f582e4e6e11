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

/// Whoever waits for the file sees all of it or none.
std::optional<std::string> write_port_file(const std::string& path, int port) {
  const std::string temporary = path + ".new";
  std::ofstream file(temporary);
  file << port << '\n';
  file.close();
  if (file && std::rename(temporary.c_str(), path.c_str()) == 0) return std::nullopt;
  return "can't write port-file '" + path + "': " + std::strerror(errno);
}

void tell_of_few_files(log::Log& log, int clients, const OpenFiles& files) {
  const std::string wanted = std::to_string(files.wanted);
  log.warning({"You requested maxclients of ", std::to_string(clients), " requiring at least ",
               wanted, " max file descriptors."});
  log.warning({"Server can't set maximum open files to ", wanted,
               " because of OS error: ", std::strerror(files.error), "."});
  log.warning({"Current maximum open files is ", std::to_string(files.allowed),
               ". maxclients has been reduced to ", std::to_string(files.clients),
               " to compensate for low ulimit. If you need higher maxclients increase "
               "'ulimit -n'."});
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

// --- Start --------------------------------------------------------------------------------------

std::optional<std::string> Network::start() {
  const config::Settings settings = server_.config.settings();
  if (auto failure = limit_clients(settings)) return failure;
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

/// As many clients as there can be files. The words are Redis's. Why there is room for none, if so.
std::optional<std::string> Network::limit_clients(const config::Settings& settings) {
  const OpenFiles files = make_room_for(settings.maxclients, settings, server_.threads);
  if (files.is_assumed) {
    log_.warning({"Unable to obtain the current NOFILE limit (", std::strerror(files.error),
                  "), assuming 1024 and setting the max clients configuration accordingly."});
  }
  if (files.clients == settings.maxclients) return std::nullopt;
  if (files.clients == 0) {
    return "Your current 'ulimit -n' of " + std::to_string(files.before) +
           " is not enough for the server to start. Please increase your open file limit to at "
           "least " +
           std::to_string(files.wanted) + ". Exiting.";
  }
  if (!files.is_assumed) tell_of_few_files(log_, settings.maxclients, files);
  const std::string clients = std::to_string(files.clients);
  static_cast<void>(server_.config.set(std::array<std::string_view, 2>{"maxclients", clients}));
  return std::nullopt;
}

std::optional<std::string> Network::listen(const config::Settings& settings) {
  takes_any_port_ = settings.port == 0 && settings.tls_port == 0;
  if (!has_entrance(settings)) return kNothingToListenOn;
  if (settings.tls_port != 0) {
    auto candidate = certificates_.read(settings);
    if (!candidate) return "TLS can't be had: see above";
    use_certificates(std::move(candidate));
  }
  for (const auto protocol : {Frontend::Protocol::kPlain, Frontend::Protocol::kTls}) {
    const std::optional<int> port = wanted_port(protocol, settings);
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
