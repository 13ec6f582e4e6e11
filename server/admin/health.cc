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

/// Nothing may be evicted, and less than a 64th of the memory is free: some writes do not fit.
bool is_full(const Server& server) {
  if (server.cache.policy() != libcache::Policy::kNoEviction) return false;
  const std::size_t limit = server.cache.max_memory();
  return limit != 0 && server.cache.memory() >= limit - limit / 64;
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
           "writes are refused or soon will be, as maxmemory is reached and nothing is evicted"}},
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
