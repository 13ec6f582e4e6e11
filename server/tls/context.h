#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "server/config/settings.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace sideline::tls {

/// What all TLS connections that begin at one time share: certificate, key, whom to trust, ciphers,
/// sessions. Never changes; a connection keeps the one that it began with. Thread-safe.
using Context = std::shared_ptr<ssl_ctx_st>;

/// Why there is none, for the log.
struct ContextFailure {
  std::string text;
};

/// Reads the files that `settings` name, checks that key and certificate belong together, and makes
/// what the other `tls-` directives say of it. Blocks for as long as reading takes.
[[nodiscard]] std::variant<Context, ContextFailure> make_context(const config::Settings& settings);

/// When the first certificate of the server's chain ends: milliseconds since the UNIX epoch.
[[nodiscard]] std::int64_t expiry_ms(const Context& context);

}  // namespace sideline::tls
