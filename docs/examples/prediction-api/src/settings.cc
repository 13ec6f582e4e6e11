#include "settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iomanip>
#include <limits>
#include <sstream>
#include <string_view>

#include "sidecar/address.h"

namespace prediction {
namespace {

/// Stores a value; returns what is wrong with it, or "".
using Setter = std::function<std::string(Settings&, const std::string& value)>;

struct Variable {
  std::string name;
  std::string fallback;
  std::string help;
  Setter set;
  bool is_secret = false;
};

/// A whole number from `low` to `high`; the field is an integer or a duration.
template <class Field>
Setter number(Field Settings::*field, std::int64_t low, std::int64_t high) {
  return [=](Settings& settings, const std::string& value) -> std::string {
    std::int64_t parsed = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
    if (error != std::errc() || end != value.data() + value.size() || parsed < low ||
        parsed > high) {
      return "must be a whole number from " + std::to_string(low) + " to " + std::to_string(high);
    }
    settings.*field = static_cast<Field>(parsed);
    return "";
  };
}

Setter text(std::string Settings::*field) {
  return [=](Settings& settings, const std::string& value) {
    settings.*field = value;
    return std::string();
  };
}

std::string set_cache(Settings& settings, const std::string& value) {
  settings.cache = value == "sidecar" ? CacheKind::kSidecar : CacheKind::kInProcess;
  return value == "sidecar" || value == "in-process" ? "" : "must be in-process or sidecar";
}

std::string set_cache_url(Settings& settings, const std::string& value) {
  settings.cache_url = value;
  return sidecar::parse_address(value)
             ? ""
             : "must be redis://HOST:PORT, rediss://HOST:PORT or unix:///PATH";
}

std::string set_database_url(Settings& settings, const std::string& value) {
  settings.database_url = value;
  constexpr std::array<std::string_view, 3> kSchemes = {"sqlite:", "postgresql://", "postgres://"};
  const bool known = std::ranges::any_of(
      kSchemes, [&](std::string_view scheme) { return value.starts_with(scheme); });
  return known ? "" : "must be sqlite:FILE or postgresql://USER:PASSWORD@HOST:PORT/NAME";
}

std::string set_jwt_secret(Settings& settings, const std::string& value) {
  constexpr std::size_t kMinBytes = 32;  // as long as the hash: RFC 7518, section 3.2
  settings.jwt_secret = value;
  if (value.empty()) return "must be set: openssl rand -hex 32 makes one";
  return value.size() < kMinBytes ? "must have at least 32 bytes" : "";
}

std::string set_cors_origins(Settings& settings, const std::string& value) {
  std::istringstream list(value);
  for (std::string origin; std::getline(list, origin, ',');) {
    const bool is_origin = origin.starts_with("http://") || origin.starts_with("https://");
    if (origin != "*" && (!is_origin || origin.ends_with('/'))) {
      return "must be * or origins such as https://example.com, with commas between them";
    }
    settings.cors_origins.push_back(origin);
  }
  return "";
}

constexpr std::int64_t kHour = 3600;

const std::vector<Variable>& variables() {
  static const std::vector<Variable> table = {
      {"ADDRESS", "127.0.0.1", "where to listen", text(&Settings::address)},
      {"PORT", "8000", "0: any free one", number(&Settings::port, 0, 65535)},

      {"CACHE", "in-process", "in-process, or sidecar: a server at CACHE_URL", set_cache},
      {"CACHE_MEGABYTES", "256", "limit of the cache in process",
       number(&Settings::cache_megabytes, 1, 1 << 20)},
      {"CACHE_TTL_SECONDS", "1800", "how long a prediction is kept",
       number(&Settings::cache_ttl, 1, 24 * kHour)},
      {"CACHE_URL", "redis://127.0.0.1:6379", "or rediss://HOST:PORT (TLS), unix:///PATH",
       set_cache_url},
      {"CACHE_PASSWORD", "", "of the sidecar", text(&Settings::cache_password), true},
      {"CACHE_CA_FILE", "", "whom to trust with rediss; default: whom the system trusts",
       text(&Settings::cache_ca_file)},
      {"CACHE_CONNECTIONS", "2", "to the sidecar; each is pipelined",
       number(&Settings::cache_connections, 1, 64)},
      {"CACHE_TIMEOUT_MS", "250", "after which the sidecar counts as down",
       number(&Settings::cache_timeout, 1, 60'000)},
      {"LEASE_MS", "5000", "how long the other replicas wait for the one that computes",
       number(&Settings::lease, 100, 600'000)},

      {"DATABASE_URL", "sqlite:predictions.db", "or postgresql://USER:PASSWORD@HOST:PORT/NAME",
       set_database_url, true},
      {"DATABASE_POOL", "10", "connections, and threads that compute",
       number(&Settings::database_pool, 10, 50)},
      {"DATABASE_TIMEOUT_SECONDS", "60", "for a statement",
       number(&Settings::database_timeout, 1, kHour)},
      {"DATABASE_PATIENCE_SECONDS", "30", "how long a start waits for the database",
       number(&Settings::database_patience, 0, kHour)},

      {"MODEL_MS", "200", "processor time of a prediction",
       number(&Settings::model_cost, 0, 60'000)},

      {"JWT_SECRET", "", "signs the tokens of analysts (HS256); needed", set_jwt_secret, true},
      {"ANALYST_PASSWORD", "", "for POST /api/auth/token; without it tokens come from elsewhere",
       text(&Settings::analyst_password), true},
      {"CORS_ORIGINS", "", "whose pages may ask: origins with commas between them, or *",
       set_cors_origins},

      {"LOG_FILE", "", "of requests; SIGHUP opens it again; default: standard output",
       text(&Settings::log_file)},

      {"SHUTDOWN_DELAY_MS", "500", "how long a server that ends still takes requests",
       number(&Settings::shutdown_delay, 0, 60'000)},
      {"SHUTDOWN_PATIENCE_SECONDS", "10", "and then waits for those that it has",
       number(&Settings::shutdown_patience, 1, kHour)},
  };
  return table;
}

std::optional<std::string> look_up(const Environment& environment, const std::string& name) {
  auto value = environment(name);
  return value && value->empty() ? std::nullopt : value;
}

struct Found {
  std::string value;
  std::string error;
};

Found find(const Variable& variable, const Environment& environment) {
  const auto value = look_up(environment, variable.name);
  const auto path =
      variable.is_secret ? look_up(environment, variable.name + "_FILE") : std::nullopt;
  if (!path) return {.value = value.value_or(variable.fallback), .error = ""};
  if (value) return {.value = "", .error = "is set, and " + variable.name + "_FILE too"};
  std::ifstream file(*path);
  std::string line;
  if (!std::getline(file, line)) return {.value = "", .error = "cannot be read from " + *path};
  return {.value = line, .error = ""};
}

}  // namespace

SettingsResult read_settings(const Environment& environment) {
  SettingsResult result{};
  for (const Variable& variable : variables()) {
    auto [value, error] = find(variable, environment);
    if (error.empty()) error = variable.set(result.settings, value);
    if (!error.empty()) result.errors.push_back(variable.name + ' ' + error);
  }
  const Settings& settings = result.settings;
  if (settings.lease.count() != 0 && settings.lease <= settings.model_cost) {
    result.errors.emplace_back("LEASE_MS must be more than MODEL_MS");
  }
  return result;
}

std::string settings_help() {
  constexpr int kNameWidth = 28;
  constexpr int kFallbackWidth = 24;
  std::ostringstream out;
  out << std::left;
  for (const Variable& variable : variables()) {
    out << "  " << std::setw(kNameWidth) << variable.name + (variable.is_secret ? "[_FILE]" : "")
        << std::setw(kFallbackWidth) << variable.fallback << variable.help << '\n';
  }
  return out.str();
}

}  // namespace prediction
