#include "tests/support/tls_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <exception>
#include <limits>
#include <stdexcept>
#include <utility>

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "server/tls/openssl_error.h"

namespace sideline::test {
namespace {

using Context = std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)>;
using MemoryFile = std::unique_ptr<BIO, decltype(&::BIO_free)>;

MemoryFile file_of(const std::string& text) {
  return {::BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &::BIO_free};
}

void show(SSL_CTX* context, const Certificate& own) {
  const std::string text = own.text();
  const std::string key_text = own.key_text();
  const std::unique_ptr<X509, decltype(&::X509_free)> certificate(
      ::PEM_read_bio_X509(file_of(text).get(), nullptr, nullptr, nullptr), &::X509_free);
  const std::unique_ptr<EVP_PKEY, decltype(&::EVP_PKEY_free)> key(
      ::PEM_read_bio_PrivateKey(file_of(key_text).get(), nullptr, nullptr, nullptr),
      &::EVP_PKEY_free);
  ::SSL_CTX_use_certificate(context, certificate.get());
  ::SSL_CTX_use_PrivateKey(context, key.get());
}

FileDescriptor connect_to(int port) {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    throw std::runtime_error("can't connect");
  }
  const timeval minute{.tv_sec = 60, .tv_usec = 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &minute, sizeof(minute));
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &minute, sizeof(minute));
  return socket;
}

}  // namespace

void TlsClient::Free::operator()(ssl_st* ssl) const { ::SSL_free(ssl); }

TlsClient TlsClient::connect(int port, const Certificate* own, int version) {
  TlsClient client(connect_to(port), own, version);
  if (::SSL_connect(client.ssl_.get()) != 1) throw std::runtime_error(tls::take_error());
  return client;
}

TlsClient TlsClient::connect(int port, const std::function<void()>& before_last) {
  TlsClient client(connect_to(port), nullptr, TLS1_3_VERSION);
  SSL* const ssl = client.ssl_.get();
  struct Moment {
    std::function<void()> action;
    std::exception_ptr failure = nullptr;  // which OpenSSL would not let through
  } moment{before_last};
  SSL_set_app_data(ssl, &moment);
  ::SSL_set_info_callback(ssl, [](const SSL* connecting, int, int) {
    auto& due = *static_cast<Moment*>(SSL_get_app_data(connecting));
    if (::SSL_get_state(connecting) != TLS_ST_CR_FINISHED || !due.action) return;
    try {
      std::exchange(due.action, nullptr)();
    } catch (...) {
      due.failure = std::current_exception();
    }
  });
  const int result = ::SSL_connect(ssl);
  ::SSL_set_info_callback(ssl, nullptr);
  if (moment.failure) std::rethrow_exception(moment.failure);
  if (result != 1) throw std::runtime_error(tls::take_error());
  if (moment.action) throw std::runtime_error("the handshake had no such moment");
  return client;
}

TlsClient::TlsClient(FileDescriptor socket, const Certificate* own, int version)
    : socket_(std::move(socket)) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without regard to a peer that has gone
  const Context context(::SSL_CTX_new(::TLS_client_method()), &::SSL_CTX_free);
  ::SSL_CTX_set_min_proto_version(context.get(), version);
  ::SSL_CTX_set_max_proto_version(context.get(), version);
  ::SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  if (own != nullptr) show(context.get(), *own);
  ssl_.reset(::SSL_new(context.get()));
  ::SSL_set_fd(ssl_.get(), socket_.get());
  ::SSL_set_connect_state(ssl_.get());
}

bool TlsClient::send(std::string_view bytes) {
  std::size_t sent = 0;
  return ::SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &sent) == 1;
}

std::string TlsClient::read(std::size_t size) {
  std::string bytes;
  std::array<char, 16 * 1024> piece;
  while (bytes.size() < size) {
    std::size_t got = 0;
    const std::size_t wanted = std::min(piece.size(), size - bytes.size());
    if (::SSL_read_ex(ssl_.get(), piece.data(), wanted, &got) != 1) {
      // The socket has a time limit, and runs into it.
      if (::SSL_get_error(ssl_.get(), 0) == SSL_ERROR_WANT_READ) {
        throw std::runtime_error("the server sends nothing");
      }
      break;
    }
    bytes.append(piece.data(), got);
  }
  return bytes;
}

std::string TlsClient::read_to_end() { return read(std::numeric_limits<std::size_t>::max()); }

std::string TlsClient::read_line() {
  std::string line;
  while (!line.ends_with('\n')) {
    const std::string byte = read(1);
    if (byte.empty()) break;
    line += byte;
  }
  return line;
}

std::string TlsClient::ask(std::string_view request) {
  return send(std::string(request) + "\r\n") ? read_line() : "";
}

void TlsClient::end_sending() { ::SSL_shutdown(ssl_.get()); }

void TlsClient::send_last(std::string_view bytes) {
  const auto cork = [this](int on) {
    ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_CORK, &on, sizeof(on));
  };
  cork(1);
  static_cast<void>(send(bytes));
  end_sending();
  cork(0);
}

std::string TlsClient::version() const { return ::SSL_get_version(ssl_.get()); }

std::string TlsClient::server_certificate() const {
  const MemoryFile file(::BIO_new(::BIO_s_mem()), &::BIO_free);
  ::PEM_write_bio_X509(file.get(), ::SSL_get0_peer_certificate(ssl_.get()));
  char* bytes = nullptr;
  const auto size = ::BIO_get_mem_data(file.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace sideline::test
