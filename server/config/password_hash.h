#pragma once

#include <string>
#include <string_view>

namespace sideline::config {

/// All that is kept of a password: its SHA-256 as 64 hexadecimal digits in lower case, the form in
/// which `ACL SETUSER` takes and shows it.
[[nodiscard]] std::string password_hash(std::string_view password);

[[nodiscard]] bool is_password_hash(std::string_view text);

/// Takes the same time wherever they differ. Both are hashes.
[[nodiscard]] bool same_password_hash(std::string_view a, std::string_view b);

}  // namespace sideline::config
