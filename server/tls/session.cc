#include "server/tls/session.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "server/tls/openssl_error.h"

namespace sideline::tls {
namespace {

constexpr std::size_t kRecord = SSL3_RT_MAX_PLAIN_LENGTH;

}  // namespace

void Session::Free::operator()(ssl_st* ssl) const { ::SSL_free(ssl); }

Session::Session(const Context& context, int socket) : ssl_(::SSL_new(context.get())) {
  if (!ssl_ || ::SSL_set_fd(ssl_.get(), socket) != 1) {
    ::ERR_clear_error();
    throw std::bad_alloc();
  }
  ::SSL_set_accept_state(ssl_.get());
}

Session::~Session() = default;

Session::Status Session::handshake() {
  ::ERR_clear_error();
  const int result = ::SSL_do_handshake(ssl_.get());
  return result == 1 ? Status::kDone : judge(result);
}

Session::Moved Session::read(std::span<char> room) {
  Moved moved;
  if (has_failed_) return {.bytes = 0, .status = Status::kFailed};
  ::ERR_clear_error();
  // The socket is not asked for more than what it had: it will tell.
  while (moved.bytes == 0 || (moved.bytes < room.size() && ::SSL_has_pending(ssl_.get()) == 1)) {
    std::size_t bytes = 0;
    const std::span<char> rest = room.subspan(moved.bytes);
    const int result = ::SSL_read_ex(ssl_.get(), rest.data(), rest.size(), &bytes);
    if (result != 1) {
      moved.status = judge(result);
      break;
    }
    moved.bytes += bytes;
  }
  // What stopped it will be seen again by the next call, which has_pending() asks for.
  if (moved.bytes != 0) moved.status = Status::kDone;
  return moved;
}

bool Session::has_pending() const {
  const bool has_ended = (::SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
  return has_failed_ || has_ended || ::SSL_has_pending(ssl_.get()) == 1;
}

Session::Moved Session::write(std::string_view bytes) {
  if (has_failed_) return {.bytes = 0, .status = Status::kFailed};
  ::ERR_clear_error();
  Moved moved;
  const int result =
      ::SSL_write_ex(ssl_.get(), bytes.data(), std::min(bytes.size(), kRecord), &moved.bytes);
  if (result != 1) moved.status = judge(result);
  return moved;
}

void Session::end_sending() {
  // A second time it would read what the peer still sends.
  const bool is_told = (::SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN) != 0;
  if (has_failed_ || is_told || ::SSL_in_init(ssl_.get()) == 1) return;
  ::ERR_clear_error();
  static_cast<void>(::SSL_shutdown(ssl_.get()));
  ::ERR_clear_error();
}

Session::Status Session::judge(int result) {
  const int system_error = errno;
  switch (::SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return Status::kWantsToRead;
    case SSL_ERROR_WANT_WRITE:
      return Status::kWantsToWrite;
    case SSL_ERROR_ZERO_RETURN:
      return Status::kEnded;
    case SSL_ERROR_SYSCALL:
      error_ = system_error == 0 ? "closed by the peer" : std::strerror(system_error);
      ::ERR_clear_error();
      break;
    default:
      error_ = take_error();
      if (const auto verdict = ::SSL_get_verify_result(ssl_.get()); verdict != X509_V_OK) {
        error_.append(": ").append(::X509_verify_cert_error_string(verdict));
      }
  }
  has_failed_ = true;
  return Status::kFailed;
}

}  // namespace sideline::tls
