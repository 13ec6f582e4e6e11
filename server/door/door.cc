#include <pthread.h>

#include <limits>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <libcache/door.h>

#include "server/command/core/server.h"
#include "server/command/families.h"
#include "server/command/table/row.h"
#include "server/config/config.h"
#include "server/config/password_hash.h"
#include "server/log/log.h"
#include "server/net/environment.h"
#include "server/net/frontend.h"

namespace libcache {
namespace {

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
  if (!options.password.empty()) settings.requirepass = config::password_hash(options.password);
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

/// Its text is what listen.h says, to which std::system_error would add the reason once more.
class ListenFailure : public std::system_error {
 public:
  explicit ListenFailure(net::ListenError error)
      : std::system_error(error.code), text_(std::move(error.text)) {}
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

}  // namespace

/// One thread accepts; the connections live on another, which is the server's own kind.
class Door::Impl {
 public:
  Impl(Cache& cache, const DoorOptions& options)
      : config_(settings_of(cache, options), "", config::Change::kOfCache),
        server_(config_, cache, command::all_families(), refused_flags(options.access)),
        log_(options.log, options.log ? log::Level::kVerbose : log::Level::kNothing),
        environment_(server_, log_),
        frontend_(context_, environment_) {
    const config::Settings settings = config_.settings();
    if (auto error =
            frontend_.listen_tcp(settings, net::Frontend::Protocol::kPlain, settings.port)) {
      throw ListenFailure(*std::move(error));
    }
    if (auto error = frontend_.listen_unix(settings)) throw ListenFailure(*std::move(error));
    frontend_.start([] {});
    accepting_ = std::thread([this] { context_.run(); });
    pthread_setname_np(accepting_.native_handle(), "cache-door");
  }

  ~Impl() {
    context_.stop();
    accepting_.join();
  }

  [[nodiscard]] std::uint16_t port() const { return static_cast<std::uint16_t>(server_.tcp_port); }

 private:
  config::Config config_;
  command::Server server_;
  log::Log log_;
  net::Environment environment_;
  boost::asio::io_context context_;
  net::Frontend frontend_;
  std::thread accepting_;
};

Door::Door(Cache& cache, const DoorOptions& options)
    : impl_(std::make_unique<Impl>(cache, options)) {}

Door::~Door() = default;

std::uint16_t Door::port() const { return impl_->port(); }

}  // namespace libcache
