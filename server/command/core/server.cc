#include "server/command/core/server.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <random>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "server/config/directives.h"

namespace sideline::command {
namespace {

using libcache::Policy;

/// In the order of their names in config::kPolicyNames.
constexpr std::array kPolicies = {
    Policy::kVolatileLru,    Policy::kVolatileLfu,  Policy::kVolatileRandom, Policy::kVolatileTtl,
    Policy::kAllKeysLru,     Policy::kAllKeysLfu,   Policy::kAllKeysRandom,  Policy::kNoEviction,
    Policy::kVolatileS3Fifo, Policy::kAllKeysS3Fifo};
static_assert(kPolicies.size() == config::kPolicyNames.size());

std::size_t thread_count(const config::Settings& settings) {
  if (settings.io_threads > 0) return static_cast<std::size_t>(settings.io_threads);
  return std::max(1U, std::thread::hardware_concurrency());
}

DebugAccess debug_access_of(std::string_view setting) {
  if (setting == "yes") return DebugAccess::kEverybody;
  return setting == "local" ? DebugAccess::kLocal : DebugAccess::kNobody;
}

std::optional<std::chrono::milliseconds> default_ttl(const config::Settings& settings) {
  if (settings.default_ttl == 0) return std::nullopt;
  return std::chrono::seconds(settings.default_ttl);
}

/// The part of a second that a program may have asked for counts as one: 0 would be none at all.
int seconds(std::optional<std::chrono::milliseconds> ttl) {
  if (!ttl) return 0;
  constexpr std::int64_t kMost = std::numeric_limits<int>::max();
  return static_cast<int>(
      std::min<std::int64_t>(std::chrono::ceil<std::chrono::seconds>(*ttl).count(), kMost));
}

std::string random_id() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::random_device random;
  std::uniform_int_distribution<std::size_t> digit(0, kDigits.size() - 1);
  std::string id(40, '0');
  std::generate(id.begin(), id.end(), [&] { return kDigits[digit(random)]; });
  return id;
}

/// The users as they are named, before a password wins.
std::optional<std::string> load_users(const config::Settings& settings, Acl& acl) {
  acl.set_all_channels(settings.acl_pubsub_default == "allchannels");
  acl.set_default_password(settings.requirepass);
  if (!settings.aclfile.empty() && !settings.users.empty()) {
    return "users are either in 'aclfile' or in 'user' directives, not in both";
  }
  if (settings.aclfile.empty()) return acl.load(settings.users);
  std::vector<std::uint64_t> gone;
  return acl.load_file(settings.aclfile, gone);
}

}  // namespace

std::optional<Policy> policy_of(std::string_view name) {
  const auto found = std::ranges::find(config::kPolicyNames, name);
  if (found == config::kPolicyNames.end()) return std::nullopt;
  return kPolicies[static_cast<std::size_t>(found - config::kPolicyNames.begin())];
}

std::string_view policy_name(Policy policy) {
  const auto found = std::ranges::find(kPolicies, policy);
  return config::kPolicyNames[static_cast<std::size_t>(found - kPolicies.begin())];
}

libcache::Options cache_options(const config::Settings& settings) {
  const std::optional<Policy> policy = policy_of(settings.maxmemory_policy);
  if (!policy) throw std::invalid_argument("maxmemory-policy: unknown policy");
  libcache::Options options;
  options.max_memory = settings.maxmemory;
  options.policy = *policy;
  options.default_ttl = default_ttl(settings);
  options.statistics.prefixes = settings.metrics_prefix;
  options.statistics.miss_reasons = settings.metrics_miss_reasons;
  options.statistics.miss_ratio_curve = settings.miss_ratio_curve;
  return options;
}

Server::Server(config::Config& configuration, libcache::Cache& shared_cache,
               Table::Families families, std::uint32_t refused_flags)
    : config(configuration),
      cache(shared_cache),
      clock(cache.clock()),
      threads(thread_count(config.settings())),
      databases(config.settings().databases),
      debug_access(debug_access_of(config.settings().enable_debug_command)),
      refused(refused_flags),
      table(families),
      acl(table),
      command_stats(table.size(), threads),
      traffic(threads),
      hot_keys(threads),
      heartbeats(threads),
      run_id(random_id()),
      replication_id(random_id()),
      started_ms(clock.now_ms()),
      startup_memory(cache.memory()) {
  const config::Settings first = config.settings();
  spread(first);
  const bool wins = password_wins(first, config.source("requirepass"));
  if (const auto failure = make_users(first, wins, acl)) throw std::invalid_argument(*failure);
  config.on_change(
      [this](const config::Settings& before, const config::Settings& now) {
        return apply(before, now);
      },
      [this](const config::Settings& before, const config::Settings& now) { undo(before, now); });
  config.on_read([this](config::Settings& settings) {
    settings.maxmemory = cache.max_memory();
    settings.maxmemory_policy = policy_name(cache.policy());
    settings.default_ttl = seconds(cache.default_ttl());
  });
  config.on_rewrite([this](config::Settings& settings, const auto& untouched) {
    if (!settings.aclfile.empty()) return;
    const bool writes_password = !untouched.contains(config::find_directive("requirepass"));
    settings.users = acl.directives(settings.users, writes_password);
  });
}

std::optional<std::string> make_users(const config::Settings& settings, bool wins, Acl& acl) {
  if (auto failure = load_users(settings, acl)) return failure;
  if (wins) acl.set_default_password(settings.requirepass);
  if (!settings.password_required || !acl.default_user()->is_open()) return std::nullopt;
  return "'password-required' is yes, and user 'default' needs no password: set 'requirepass' or "
         "'requirepass-file' (in the environment REDIS_PASSWORD or SIDELINE_REQUIREPASS_FILE), or "
         "change the user where it is named";
}

bool password_wins(const config::Settings& settings, std::optional<config::Source> source) {
  // That none is needed is for the directive to say.
  if (settings.requirepass.empty() || !source) return false;
  const auto user = std::ranges::find(settings.users, kDefaultUser, &config::UserDirective::name);
  return user != settings.users.end() && *source > user->origin.source;
}

void Server::sample_rates() {
  const Traffic::Totals moved = traffic.totals();
  rates.sample(clock.now_ms(), {.commands = command_stats.calls(),
                                .input_bytes = moved.input_bytes,
                                .output_bytes = moved.output_bytes});
  if (!hit_ratios.is_due(steady_ms())) return;
  const libcache::ShardStats now = cache.stats().total;
  hit_ratios.sample(steady_ms(), {.hits = now.hits, .misses = now.misses});
}

std::optional<double> Server::hit_ratio(std::chrono::minutes window,
                                        const libcache::ShardStats& now) const {
  return hit_ratios.over(window, steady_ms(), {.hits = now.hits, .misses = now.misses});
}

std::uint64_t Server::changes() const {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if ((table.row(i).flags & kWrite) != 0) sum += command_stats.successes_ever(i);
  }
  return sum;
}

std::int64_t Server::now_us() const {
  using std::chrono::microseconds;
  if (&clock != &libcache::Clock::system()) return clock.now_ms() * 1000;
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<microseconds>(since_epoch).count();
}

std::optional<std::string> Server::apply(const config::Settings& before,
                                         const config::Settings& now) {
  if (now.password_required && now.requirepass.empty() && !before.requirepass.empty()) {
    return "'password-required' is yes";
  }
  try {
    apply_to_cache(before, now);
  } catch (const std::invalid_argument& refusal) {
    return refusal.what();
  }
  if (now.requirepass != before.requirepass) {
    default_user_before_ = acl.set_default_password(now.requirepass);
  }
  spread(now);
  return std::nullopt;
}

void Server::undo(const config::Settings& before, const config::Settings& now) {
  apply_to_cache(now, before);
  // The user may have had other passwords than the one that was required.
  if (now.requirepass != before.requirepass) {
    acl.restore_default_password(before.requirepass, *default_user_before_);
  }
  spread(before);
}

void Server::apply_to_cache(const config::Settings& before, const config::Settings& now) {
  if (now.maxmemory != before.maxmemory) cache.set_max_memory(now.maxmemory);
  if (now.maxmemory_policy != before.maxmemory_policy) {
    if (const auto policy = policy_of(now.maxmemory_policy)) cache.set_policy(*policy);
  }
  if (now.default_ttl != before.default_ttl) cache.set_default_ttl(default_ttl(now));
}

void Server::spread(const config::Settings& now) {
  acl.set_all_channels(now.acl_pubsub_default == "allchannels");
  acl_log.set_max_length(now.acllog_max_len);
  slowlog.configure(now.slowlog_log_slower_than, now.slowlog_max_len);
  latency.configure(now.latency_monitor_threshold);
  max_string_.store(now.proto_max_bulk_len, std::memory_order_relaxed);
}

}  // namespace sideline::command
