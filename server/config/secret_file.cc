#include "server/config/secret_file.h"

#include <cstddef>

#include "server/config/read_file.h"

namespace sideline::config {
namespace {

// Far more than a password has, and an end for a device that never ends.
constexpr std::size_t kMaxBytes = std::size_t{64} << 10;

}  // namespace

std::variant<std::string, SecretFailure> read_secret(const std::string& path) {
  std::string secret;
  if (const auto error = read_file(path, secret, kMaxBytes)) {
    return SecretFailure{"can't read '" + path + "': " + error.message()};
  }
  if (secret.size() > kMaxBytes) return SecretFailure{"'" + path + "' is too long for a password"};
  if (secret.ends_with('\n')) secret.pop_back();
  if (secret.ends_with('\r')) secret.pop_back();
  if (secret.empty()) return SecretFailure{"'" + path + "' holds no password"};
  return secret;
}

}  // namespace sideline::config
