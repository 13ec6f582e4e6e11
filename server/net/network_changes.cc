#include <future>
#include <utility>

#include <boost/asio/post.hpp>

#include "server/net/network.h"
#include "server/net/open_files.h"

// What CONFIG SET changes, and files of certificates.
namespace sideline::net {
namespace {

namespace asio = boost::asio;

using Protocol = Frontend::Protocol;

constexpr std::chrono::seconds kLookPeriod{1};

log::Level level_of(const config::Settings& settings) {
  return log::level_of(settings.loglevel).value_or(log::Level::kNotice);
}

}  // namespace

std::optional<std::string> Network::apply(const config::Settings& before,
                                          const config::Settings& now) {
  if (now.maxclients > before.maxclients) {
    const int possible = make_room_for(now.maxclients, now, server_.threads).clients;
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
  log_.set_threshold(level_of(now));
  return std::nullopt;
}

/// Where `settings` want it to listen; nothing: nowhere.
std::optional<int> Network::wanted_port(Protocol protocol, const config::Settings& settings) const {
  if (settings.bind.empty()) return std::nullopt;
  const int port = protocol == Protocol::kTls ? settings.tls_port : settings.port;
  const bool is_any = protocol == Protocol::kPlain && takes_any_port_;
  return port == 0 && !is_any ? std::nullopt : std::optional(port);
}

bool Network::has_entrance(const config::Settings& settings) const {
  return !settings.unixsocket.empty() || wanted_port(Protocol::kPlain, settings) ||
         wanted_port(Protocol::kTls, settings);
}

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
  if (!has_entrance(now)) return kNothingToListenOn;
  const int old_port = frontend_.port(Protocol::kPlain);
  const bool has_moved = move(Protocol::kPlain, before, now);
  if (has_moved && move(Protocol::kTls, before, now)) return std::nullopt;
  if (has_moved) move_back(before, now, old_port);
  return now.bind != before.bind ? "Failed to bind to specified addresses."
                                 : "Unable to listen on this port. Check server logs.";
}

/// Undoes what move() did for plain connections.
void Network::move_back(const config::Settings& before, const config::Settings& now, int port) {
  if (frontend_.port(Protocol::kPlain) == port && now.bind == before.bind) return;
  frontend_.close_tcp(Protocol::kPlain);
  if (port != 0) static_cast<void>(listen_elsewhere(before, Protocol::kPlain, port));
}

/// Listens on other addresses or another port, or as before if that fails.
bool Network::move(Protocol protocol, const config::Settings& before, const config::Settings& now) {
  const std::optional<int> from = wanted_port(protocol, before);
  const std::optional<int> to = wanted_port(protocol, now);
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

}  // namespace sideline::net
