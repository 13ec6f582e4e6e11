#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace prediction {

enum class CacheKind : std::uint8_t { kInProcess, kSidecar };

/// What the environment says. settings.cc has the table of all variables, with their defaults.
struct Settings {
  std::string address;
  std::uint16_t port;

  CacheKind cache;
  std::size_t cache_megabytes;
  std::chrono::seconds cache_ttl;
  std::string cache_url;
  std::string cache_password;
  std::string cache_ca_file;
  std::size_t cache_connections;
  std::chrono::milliseconds cache_timeout;
  std::chrono::milliseconds lease;

  std::string database_url;
  std::size_t database_pool;
  std::chrono::seconds database_timeout;
  std::chrono::seconds database_patience;

  std::chrono::milliseconds model_cost;

  std::string jwt_secret;
  std::string analyst_password;
  std::vector<std::string> cors_origins;

  std::string log_file;

  std::chrono::milliseconds shutdown_delay;
  std::chrono::seconds shutdown_patience;
};

/// Looks a variable up, as std::getenv() does.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

struct SettingsResult {
  Settings settings;
  std::vector<std::string> errors;  ///< all that is wrong, in the order of the table
};

/// A variable that is set to nothing counts as not set. A secret may be in a file instead, which
/// NAME_FILE names: its first line.
SettingsResult read_settings(const Environment& environment);

/// The table of variables, for --help.
std::string settings_help();

}  // namespace prediction
