#include <unistd.h>

#include <limits>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <libcache/door.h>

#include "server/command/core/server.h"
#include "server/command/families.h"
#include "server/command/table/row.h"
#include "server/config/config.h"
#include "server/log/log.h"
#include "server/net/acceptor.h"
#include "server/net/admission.h"
#include "server/net/environment.h"
#include "server/net/io_thread.h"
#include "server/net/listen.h"

namespace libcache {
namespace {

namespace asio = boost::asio;
namespace command = sideline::command;
namespace config = sideline::config;
namespace log = sideline::log;
namespace net = sideline::net;

constexpr unsigned kMaxPermissions = 0777;

void check(const DoorOptions& options) {
  if (options.address.empty() && options.unix_socket.empty()) {
    throw std::invalid_argument("DoorOptions: neither address nor unix_socket is set");
  }
  if (options.unix_permissions > kMaxPermissions) {
    throw std::invalid_argument("DoorOptions::unix_permissions: at most 0777");
  }
  if (options.max_clients < 1 || options.max_clients > std::numeric_limits<int>::max()) {
    throw std::invalid_argument("DoorOptions::max_clients: from 1 to 2^31 - 1");
  }
}

config::Settings settings_of(const Cache& cache, const DoorOptions& options) {
  check(options);
  config::Settings settings;
  settings.bind.clear();
  if (!options.address.empty()) settings.bind.push_back(options.address);
  settings.port = options.port;
  settings.unixsocket = options.unix_socket;
  settings.unixsocketperm = options.unix_permissions;
  settings.requirepass = options.password;
  settings.maxclients = static_cast<int>(options.max_clients);
  settings.io_threads = 1;
  settings.maxmemory = cache.max_memory();
  settings.maxmemory_policy = command::policy_name(cache.policy());
  return settings;
}

std::uint32_t refused_flags(DoorAccess access) {
  if (access == DoorAccess::kFull) return command::kProcess;
  return command::kProcess | command::kWrite | command::kAlters;
}

/// `Listening` is what a function of listen.h returns.
template <typename Listening>
Listening value_of(std::variant<Listening, net::ListenError> result) {
  if (const auto* const error = std::get_if<net::ListenError>(&result)) {
    throw std::system_error(error->code, error->text);
  }
  return std::get<Listening>(std::move(result));
}

/// A socket file that is removed in the end.
class SocketFile {
 public:
  SocketFile() = default;
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;
  ~SocketFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  void own(std::string path) { path_ = std::move(path); }

 private:
  std::string path_;
};

}  // namespace

/// One thread accepts; the connections live on another, which is the server's own kind.
class Door::Impl {
 public:
  Impl(Cache& cache, const DoorOptions& options)
      : config_(settings_of(cache, options), ""),
        server_(config_, cache, command::all_families(), refused_flags(options.access)),
        log_(options.log, options.log ? log::Level::kVerbose : log::Level::kNothing),
        environment_(server_, log_),
        sampling_(context_) {
    listen(config_.settings());
    connections_ = std::make_unique<net::IoThread>(
        environment_, 0, [this] { asio::post(context_, [this] { context_.stop(); }); });
    sample_rates();
    thread_ = std::jthread([this] { context_.run(); });
  }

  ~Impl() {
    asio::post(context_, [this] {
      for (const auto& acceptor : acceptors_) acceptor->close();
      connections_->abort();
    });
  }

  [[nodiscard]] std::uint16_t port() const { return static_cast<std::uint16_t>(server_.tcp_port); }

 private:
  void listen(const config::Settings& settings) {
    for (net::ListeningSocket& listening : value_of(net::listen_tcp(settings))) {
      server_.tcp_port = listening.port;
      accept_from(std::move(listening), "");
    }
    if (settings.unixsocket.empty()) return;
    net::ListeningSocket local = value_of(net::listen_unix(settings));
    socket_file_.own(settings.unixsocket);
    accept_from(std::move(local), settings.unixsocket);
  }

  void accept_from(net::ListeningSocket listening, const std::string& unix_path) {
    acceptors_.push_back(std::make_unique<net::Acceptor>(
        context_, log_, std::move(listening), [this, unix_path](net::FileDescriptor socket) {
          auto client = net::admit(environment_, socket, unix_path);
          if (client) connections_->adopt(std::move(socket), std::move(client));
        }));
  }

  void sample_rates() {
    server_.sample_rates();
    sampling_.expires_after(std::chrono::milliseconds(command::Rates::kPeriodMs));
    sampling_.async_wait([this](const boost::system::error_code& error) {
      if (!error) sample_rates();
    });
  }

  config::Config config_;
  command::Server server_;
  log::Log log_;
  net::Environment environment_;
  SocketFile socket_file_;
  asio::io_context context_;
  asio::basic_waitable_timer<std::chrono::steady_clock> sampling_;
  std::vector<std::unique_ptr<net::Acceptor>> acceptors_;
  std::unique_ptr<net::IoThread> connections_;
  std::jthread thread_;  // joined first: it stops when the connections have ended
};

Door::Door(Cache& cache, const DoorOptions& options)
    : impl_(std::make_unique<Impl>(cache, options)) {}

Door::~Door() = default;

std::uint16_t Door::port() const { return impl_->port(); }

}  // namespace libcache
