#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace prediction {

/// JSON Web Tokens, signed by HMAC with SHA-256 (HS256). Times are seconds since the UNIX epoch.

/// Who has it is `subject` until `expires_at`.
std::string sign_token(const std::string& secret, const std::string& subject,
                       std::int64_t expires_at);

/// The subject. Nothing if it was not signed so with this secret, or has expired, or never does.
std::optional<std::string> verify_token(const std::string& secret, const std::string& token,
                                        std::int64_t now);

}  // namespace prediction
