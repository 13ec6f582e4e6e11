#include "server/admin/health.h"

#include <array>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "server/version.h"

namespace sideline::admin {
namespace {

namespace json = boost::json;
using command::Server;

bool has(const Server& server, persist::Obstacle obstacle) {
  return (server.obstacles & obstacle) != 0;
}

// The cache grows by whole pages, and refuses a write for which it would need one more than fits.
constexpr std::size_t kPage = 4096;

bool has_deadlines(const Server& server) {
  for (int database = 0; database < server.config.settings().databases; ++database) {
    if (server.cache.size_with_deadline(database) != 0) return true;
  }
  return false;
}

/// Whether the policy finds an entry that it may evict.
bool may_evict(const Server& server) {
  const libcache::Policy policy = server.cache.policy();
  if (policy == libcache::Policy::kNoEviction) return false;
  return !command::policy_name(policy).starts_with("volatile-") || has_deadlines(server);
}

/// Writes get OOM, by the dispatcher or, some bytes earlier, by the cache.
bool is_full(const Server& server) {
  if (server.out_of_memory()) return true;
  const std::size_t limit = server.cache.max_memory();
  return limit != 0 && server.cache.memory() + kPage > limit && !may_evict(server);
}

struct Check {
  bool (*applies)(const Server&);
  Hindrance hindrance;
};

// A load with load-before-serving off is none: who asks is served.
constexpr std::array kChecks = {
    Check{[](const Server& s) { return s.stopping.load(); },
          {"stopping", "the server is about to end"}},
    Check{[](const Server& s) { return has(s, persist::kLoadingFirst); },
          {"loading", "the snapshot is being loaded, and clients wait for it"}},
    Check{[](const Server& s) { return has(s, persist::kCannotSave); },
          {"cannot_save", "writes are refused, as the last snapshot could not be saved"}},
    Check{is_full,
          {"out_of_memory",
           "writes are refused, as maxmemory is reached and nothing may be evicted"}},
    Check{[](const Server& s) {
            return s.clients.size() >= static_cast<std::size_t>(s.config.settings().maxclients);
          },
          {"maxclients", "there are as many clients as maxclients allows"}},
};

}  // namespace

std::vector<Hindrance> hindrances(const Server& server) {
  std::vector<Hindrance> found;
  for (const Check& check : kChecks) {
    if (check.applies(server)) found.push_back(check.hindrance);
  }
  return found;
}

std::string health_json(const Server& server, const std::vector<Hindrance>& hindrances) {
  json::object health;
  health["status"] = hindrances.empty() ? "ready" : "not ready";
  if (!hindrances.empty()) {
    json::array reasons;
    for (const Hindrance& each : hindrances) {
      reasons.push_back({{"reason", each.reason}, {"detail", each.detail}});
    }
    health["reasons"] = std::move(reasons);
  }
  health["version"] = kVersion;
  health["uptime_seconds"] = (server.clock.now_ms() - server.started_ms) / 1000;
  return json::serialize(health);
}

}  // namespace sideline::admin
