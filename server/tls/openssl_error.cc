#include "server/tls/openssl_error.h"

#include <cstring>

#include <openssl/err.h>

namespace sideline::tls {

std::string take_error() {
  // The first is the cause of the others.
  const auto code = ::ERR_peek_error();
  std::string text = "unknown error";
  if (ERR_SYSTEM_ERROR(code)) {
    text = std::strerror(ERR_GET_REASON(code));
  } else if (const char* const reason = ::ERR_reason_error_string(code)) {
    text = reason;
  }
  ::ERR_clear_error();
  return text;
}

}  // namespace sideline::tls
