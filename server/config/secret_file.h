#pragma once

#include <string>
#include <variant>

namespace sideline::config {

/// Why there is no secret.
struct SecretFailure {
  std::string text;
};

/// What a file holds, as a container's secret does: all of it but the end of its last line. A file
/// that cannot be read, that is no regular one, that holds nothing, or more than any password has,
/// is a failure.
[[nodiscard]] std::variant<std::string, SecretFailure> read_secret(const std::string& path);

}  // namespace sideline::config
