#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <libcache/cache.h>

#include "server/command/clients/client.h"
#include "server/command/table/row.h"
#include "server/resp/reply.h"

namespace sideline::command {

class Server;

/// What a handler gets: one request of one client, already checked for name, arity, authentication
/// and memory, with the locks of its keys held. Lives for one call.
class Context {
 public:
  Context(Server& to, Client& from, const Row& command, std::span<const std::string_view> arguments,
          resp::Reply& out, std::int64_t now_ms)
      : server(to), client(from), row(command), args(arguments), reply(out), now_ms_(now_ms) {}

  Server& server;
  Client& client;
  const Row& row;
  /// args[0] is the command's name (args[1] a subcommand's).
  std::span<const std::string_view> args;
  resp::Reply& reply;

  /// Reads and writes the keys of the request (those that Row::keys names). Precondition: the row
  /// has keys and not the flag kLocksItself.
  [[nodiscard]] libcache::KeyLock& keys() { return *keys_; }
  /// Argument `i` as a key of the client's database.
  [[nodiscard]] libcache::Key key(std::size_t i) const { return {args[i], database()}; }
  [[nodiscard]] int database() const { return client.database.load(std::memory_order_relaxed); }
  /// How reads count for this client (CLIENT NO-TOUCH).
  [[nodiscard]] libcache::ReadOptions read_options() const {
    return {.touch = !client.no_touch.load(std::memory_order_relaxed)};
  }
  /// How a command that writes looks a key up: as a use, but neither as a hit nor as a miss.
  [[nodiscard]] libcache::ReadOptions write_options() const {
    return {.touch = !client.no_touch, .count = false};
  }
  /// The time at which the request started: the same for all it does.
  [[nodiscard]] std::int64_t now_ms() const { return now_ms_; }

  /// Gives a key a deadline. One that had passed when the request started deletes the key, and does
  /// not count as an expiry, as in Redis.
  libcache::Status expire_at(libcache::Key key, std::int64_t deadline_ms) {
    if (deadline_ms > now_ms_) return keys_->expire_at(key, deadline_ms);
    return keys_->erase(key) ? libcache::Status::kOk : libcache::Status::kNotFound;
  }

  /// Argument `i` is a secret: the slow log and monitors see "(redacted)" in its place.
  void redact(std::size_t i) { redacted_.push_back(i); }

  // For the dispatcher.
  /// `lock` holds the keys of the request; it must outlive the handler's call.
  void set_keys(libcache::KeyLock& lock) { keys_ = &lock; }
  [[nodiscard]] std::span<const std::size_t> redacted() const { return redacted_; }

 private:
  libcache::KeyLock* keys_ = nullptr;
  const std::int64_t now_ms_;
  std::vector<std::size_t> redacted_;
};

}  // namespace sideline::command
