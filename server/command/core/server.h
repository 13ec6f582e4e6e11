#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <libcache/cache.h>

#include "server/command/acl/acl.h"
#include "server/command/acl/acl_log.h"
#include "server/command/clients/clients.h"
#include "server/command/clients/pause.h"
#include "server/command/observe/command_stats.h"
#include "server/command/observe/heartbeats.h"
#include "server/command/observe/hit_ratios.h"
#include "server/command/observe/hot_keys.h"
#include "server/command/observe/latency.h"
#include "server/command/observe/monitors.h"
#include "server/command/observe/rates.h"
#include "server/command/observe/slowlog.h"
#include "server/command/observe/tick_clock.h"
#include "server/command/observe/traffic.h"
#include "server/command/table/table.h"
#include "server/config/config.h"
#include "server/persist/obstacle.h"

namespace sideline::persist {
class Snapshots;
}  // namespace sideline::persist

namespace sideline::command {

/// The version of Redis whose behaviour this is: what clients read to find out what they may use.
inline constexpr std::string_view kRedisVersion = "7.2.6";

/// Who may use DEBUG.
enum class DebugAccess { kNobody, kLocal, kEverybody };

/// The cache that the configuration asks for. Throws std::invalid_argument if it names no policy.
[[nodiscard]] libcache::Options cache_options(const config::Settings& settings);

/// What all requests share: the cache, the configuration, the clients and the observers. Made once
/// by main or for each door (libcache/door.h), handed to everything by reference. Each member is
/// thread-safe by itself.
class Server {
 public:
  /// `families`: the commands it knows. `refused`: it runs none that has any of these Flags.
  /// `config` and `cache` must outlive it. Throws std::invalid_argument if the configuration's
  /// users are wrong.
  Server(config::Config& config, libcache::Cache& cache, Table::Families families,
         std::uint32_t refused = 0);

  config::Config& config;
  libcache::Cache& cache;
  const libcache::Clock& clock;  ///< the cache's

  // What cannot change while it runs.
  const std::size_t threads;  ///< that run commands, numbered from 0; see Client::thread
  const int databases;
  const DebugAccess debug_access;
  const std::uint32_t refused;

  Table table;
  Acl acl;
  AclLog acl_log;
  Clients clients;
  const TickClock tick_clock;  ///< how long requests take
  CommandStats command_stats;
  Traffic traffic;
  HotKeys hot_keys;
  SlowLog slowlog;
  Latency latency;
  Monitors monitors;
  Pause pause;
  Rates rates;
  HitRatios hit_ratios;
  Heartbeats heartbeats;  ///< of its threads

  /// Whether the process is about to end, and no new clients should come; set by the network layer.
  std::atomic<bool> stopping{false};
  /// Asks the process to end; set by main. Any thread.
  std::function<void()> shutdown;

  /// Set by main; null behind a door, as they are the process's.
  persist::Snapshots* snapshots = nullptr;
  /// Bits of persist::Obstacle.
  std::atomic<std::uint8_t> obstacles{0};
  /// Whether a snapshot is being loaded.
  [[nodiscard]] bool loading() const {
    return (obstacles & (persist::kLoadingFirst | persist::kLoadingBeside)) != 0;
  }
  /// Requests that may have changed something: an upper bound, where Redis counts changes.
  [[nodiscard]] std::uint64_t changes() const;

  /// Feeds `rates` and `hit_ratios` from the counters. The network layer calls it every
  /// Rates::kPeriodMs.
  void sample_rates();
  /// Hits over reads of the last minutes; nothing if there were no reads.
  [[nodiscard]] std::optional<double> hit_ratio(std::chrono::minutes window,
                                                const libcache::ShardStats& now) const;

  /// Microseconds since the UNIX epoch: whole milliseconds unless `clock` is the system's.
  [[nodiscard]] std::int64_t now_us() const;

  // Facts for INFO.
  const std::string run_id;          ///< 40 hexadecimal digits, random
  const std::string replication_id;  ///< the same, another one
  const std::int64_t started_ms;
  const std::size_t startup_memory;  ///< what the cache had charged then
  // The ports that were bound in the end; 0: none.
  std::atomic<int> tcp_port{0}, tls_port{0}, admin_port{0};
  /// When a certificate that TLS clients get ends, in milliseconds since the UNIX epoch.
  std::atomic<std::int64_t> certificate_expiry_ms{kNoCertificate};
  static constexpr std::int64_t kNoCertificate = std::numeric_limits<std::int64_t>::max();
  std::atomic<bool> supervised{false};  ///< whether systemd is told what becomes of it
  // Network counters, written by the network layer (relaxed).
  std::atomic<std::uint64_t> connections_received{0}, connections_rejected{0};
  std::atomic<std::uint64_t> tls_handshakes_under_way{0};
  std::atomic<std::uint64_t> tls_handshakes_done{0}, tls_handshakes_failed{0};

  /// Bytes of the longest string that a command may make (proto-max-bulk-len).
  [[nodiscard]] std::size_t max_string() const {
    return max_string_.load(std::memory_order_relaxed);
  }

  /// Whether the cache is full and its policy lets nobody go, so that no command may add to it.
  [[nodiscard]] bool out_of_memory() const {
    if (cache.policy() != libcache::Policy::kNoEviction) return false;
    const std::size_t limit = cache.max_memory();
    return limit != 0 && cache.memory() >= limit;
  }

 private:
  /// Applies a change of the configuration; a reason if it cannot be.
  std::optional<std::string> apply(const config::Settings& before, const config::Settings& now);
  /// Takes back what apply() did with the same arguments.
  void undo(const config::Settings& before, const config::Settings& now);
  /// Applies what can be taken back by applying it the other way round.
  void apply_to_cache(const config::Settings& before, const config::Settings& now);
  /// Tells those who keep a copy of a setting.
  void spread(const config::Settings& now);
  [[nodiscard]] std::int64_t steady_ms() const { return tick_clock.now_ns() / 1'000'000; }

  std::atomic<std::size_t> max_string_{0};
  Acl::UserPointer default_user_before_;  // the last apply() that set the password
};

/// Makes the users that the configuration names: those of directives or of a file, and the default
/// user's password. That is the one of `requirepass` unless the user is named; if `requirepass`
/// `wins`, then too. What is wrong, if so: that there is no password counts if one is required.
[[nodiscard]] std::optional<std::string> make_users(const config::Settings& settings, bool wins,
                                                    Acl& acl);
/// Whether a `requirepass` from there wins over the directive of the default user: if it comes from
/// a later layer.
[[nodiscard]] bool password_wins(const config::Settings& settings,
                                 std::optional<config::Source> source);

/// The policy that `maxmemory-policy` names. Nothing if there is none of this name.
[[nodiscard]] std::optional<libcache::Policy> policy_of(std::string_view name);
/// The name that `maxmemory-policy` has for a policy.
[[nodiscard]] std::string_view policy_name(libcache::Policy policy);

}  // namespace sideline::command
