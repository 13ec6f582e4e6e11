#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <libcache/cache.h>

namespace libcache {

/// What those who come through a door may do.
enum class DoorAccess : std::uint8_t {
  kReadOnly,  ///< look: no command that changes data, statistics or other clients
  kFull,      ///< whatever is about the cache
};

/// How a door is opened. Plain data; Door's constructor checks it.
struct DoorOptions {
  /// IPv4 or IPv6 address to listen on. Empty: no TCP. Without a password only clients of this
  /// machine are served, whatever the address is.
  std::string address = "127.0.0.1";

  /// TCP port; 0 chooses a free one, see Door::port().
  std::uint16_t port = 0;

  /// Path of a UNIX socket to listen on too. Empty: none. The file is removed with the door. One
  /// that nobody listens on any more is replaced; any other file is left alone, and is an error.
  std::string unix_socket = {};

  /// Of the UNIX socket's file. 0: by the umask.
  unsigned unix_permissions = 0600;

  /// What AUTH has to say. Empty: nothing.
  std::string password = {};

  DoorAccess access = DoorAccess::kReadOnly;

  /// Clients at a time; at least 1.
  std::size_t max_clients = 64;

  /// Gets one line for each event (clients that come and go), on the door's threads, one call at a
  /// time. It must not throw, nor destroy the door. None: nothing is logged.
  std::function<void(std::string_view event)> log = {};
};

/// A Redis port on a cache of this process, for whoever operates it:
///
///     libcache::Cache cache;
///     libcache::Door door(cache, {.port = 6380, .password = "..."});
///
///     $ redis-cli -p 6380 -a ... GET game:1
///
/// Clients see what the program's threads see, at the same time. They have the commands of
/// sideline-server, but never those about the process or its configuration (SHUTDOWN, DEBUG,
/// MEMORY PURGE, CONFIG REWRITE, and CONFIG SET but for the cache's own maxmemory, maxmemory-policy
/// and default-ttl); with DoorAccess::kReadOnly also none that changes anything. What is refused
/// gets the error NOPERM (DEBUG and CONFIG SET with DoorAccess::kFull their own). Reading counts as
/// a use of the entry and as a hit or miss, as for any other reader; CLIENT NO-TOUCH ON spares the
/// recency.
///
/// A door has two threads of its own, which wake ten times a second for the rates that INFO shows
/// and otherwise sleep while nobody asks. It touches no signals and no global state, so there may
/// be several, on one cache or on many. A client that does not read its replies may make it hold up
/// to an eighth of the cache pinned, and 256 MiB beside it; one that sends a large request, 1 GiB.
class Door {
 public:
  /// Opens it: clients are served when this returns. `cache` must outlive the door. Throws
  /// std::invalid_argument if an option is out of range or there is nothing to listen on, and
  /// std::system_error, with the address in its text, if it cannot listen there ("can't listen on
  /// 127.0.0.1:6380: Address already in use") or cannot have its threads. Then nothing is left of
  /// it.
  explicit Door(Cache& cache, const DoorOptions& options = {});
  /// Closes it, and all its connections; waits for commands that run.
  ~Door();
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  /// The TCP port; 0 if there is none.
  [[nodiscard]] std::uint16_t port() const;

 private:
  class Impl;

  std::unique_ptr<Impl> impl_;
};

}  // namespace libcache
