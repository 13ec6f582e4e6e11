#include "server/tls/context.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "server/config/letter_case.h"
#include "server/config/secret_file.h"
#include "server/resp/inline_arguments.h"
#include "server/tls/openssl_error.h"

namespace sideline::tls {
namespace {

using config::Settings;
using Failure = std::optional<std::string>;

// A session is resumed only where it was begun with the same demands on the client.
constexpr std::string_view kSessionContext = "sideline";

Failure failed(const std::string& what) { return what + ": " + take_error(); }

/// Gives the key's password to OpenSSL, which otherwise would ask for one at the terminal.
int give_password(char* buffer, int size, int /*is_for_writing*/, void* userdata) {
  const std::string& password = *static_cast<const std::string*>(userdata);
  if (password.size() > static_cast<std::size_t>(size)) return -1;
  password.copy(buffer, password.size());
  return static_cast<int>(password.size());
}

/// Of the private key; empty if it has none.
std::variant<std::string, config::SecretFailure> password_of_key(const Settings& settings) {
  const std::string& file = settings.tls_key_file_pass_file;
  if (file.empty()) return settings.tls_key_file_pass;
  return config::read_secret(file);
}

Failure read_pair(SSL_CTX* context, const Settings& settings) {
  const std::string& certificate = settings.tls_cert_file;
  const std::string& key = settings.tls_key_file;
  if (certificate.empty()) return "no tls-cert-file is set";
  if (key.empty()) return "no tls-key-file is set";
  if (::SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) != 1) {
    return failed("can't use the certificate '" + certificate + "'");
  }
  auto password = password_of_key(settings);
  if (const auto* const failure = std::get_if<config::SecretFailure>(&password)) {
    return "tls-key-file-pass-file: " + failure->text;
  }
  ::SSL_CTX_set_default_passwd_cb(context, give_password);
  ::SSL_CTX_set_default_passwd_cb_userdata(context, std::get_if<std::string>(&password));
  const bool is_read = ::SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) == 1;
  ::SSL_CTX_set_default_passwd_cb(context, nullptr);
  ::SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
  if (!is_read || ::SSL_CTX_check_private_key(context) != 1) {
    return failed("can't use the private key '" + key + "'");
  }
  return std::nullopt;
}

Failure demand_certificates(SSL_CTX* context, const Settings& settings) {
  const std::string& file = settings.tls_ca_cert_file;
  const std::string& folder = settings.tls_ca_cert_dir;
  const bool may_do_without = settings.tls_auth_clients != "yes";
  if (settings.tls_auth_clients != "no") {
    if (file.empty() && folder.empty()) {
      return "clients are to show certificates (tls-auth-clients), but neither tls-ca-cert-file "
             "nor tls-ca-cert-dir is set";
    }
    ::SSL_CTX_set_verify(
        context, SSL_VERIFY_PEER | (may_do_without ? 0 : SSL_VERIFY_FAIL_IF_NO_PEER_CERT), nullptr);
  }
  if (!file.empty() && ::SSL_CTX_load_verify_file(context, file.c_str()) != 1) {
    return failed("can't use the certificates of '" + file + "'");
  }
  if (!folder.empty() && ::SSL_CTX_load_verify_dir(context, folder.c_str()) != 1) {
    return failed("can't use the certificates in '" + folder + "'");
  }
  return std::nullopt;
}

Failure choose_protocols(SSL_CTX* context, const std::string& names) {
  ::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  if (names.empty()) return std::nullopt;
  std::string decoded;
  std::vector<std::string_view> words;
  bool is_valid = resp::split_inline(names, decoded, words) && !words.empty();
  bool has_12 = false;
  bool has_13 = false;
  for (const std::string_view word : words) {
    const bool is_12 = config::same_ignoring_case(word, "TLSv1.2");
    const bool is_13 = config::same_ignoring_case(word, "TLSv1.3");
    is_valid = is_valid && (is_12 || is_13);
    has_12 = has_12 || is_12;
    has_13 = has_13 || is_13;
  }
  if (!is_valid) return "tls-protocols takes TLSv1.2, TLSv1.3 or both, not '" + names + "'";
  ::SSL_CTX_set_min_proto_version(context, has_12 ? TLS1_2_VERSION : TLS1_3_VERSION);
  ::SSL_CTX_set_max_proto_version(context, has_13 ? TLS1_3_VERSION : TLS1_2_VERSION);
  return std::nullopt;
}

Failure choose_ciphers(SSL_CTX* context, const Settings& settings) {
  const std::string& ciphers = settings.tls_ciphers;
  const std::string& suites = settings.tls_ciphersuites;
  if (!ciphers.empty() && ::SSL_CTX_set_cipher_list(context, ciphers.c_str()) != 1) {
    return failed("can't use the tls-ciphers '" + ciphers + "'");
  }
  if (!suites.empty() && ::SSL_CTX_set_ciphersuites(context, suites.c_str()) != 1) {
    return failed("can't use the tls-ciphersuites '" + suites + "'");
  }
  if (settings.tls_prefer_server_ciphers) {
    ::SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
  }
  return std::nullopt;
}

void keep_sessions(SSL_CTX* context, const Settings& settings) {
  if (!settings.tls_session_caching) {
    // A ticket is a session that the client keeps.
    ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    ::SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    ::SSL_CTX_set_num_tickets(context, 0);
    return;
  }
  ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER);
  ::SSL_CTX_sess_set_cache_size(context, settings.tls_session_cache_size);
  ::SSL_CTX_set_timeout(context, settings.tls_session_cache_timeout);
  ::SSL_CTX_set_session_id_context(context,
                                   reinterpret_cast<const unsigned char*>(kSessionContext.data()),
                                   kSessionContext.size());
}

/// How connections of this server use OpenSSL.
Failure set_behaviour(SSL_CTX* context) {
  // Keys are exchanged over elliptic curves only: what is quick.
  std::string curves = "X25519:P-256:P-384:P-521";
  if (::SSL_CTX_set1_groups_list(context, curves.data()) != 1) {
    return failed("can't choose the curves");
  }
  // An idle connection keeps no buffers. What does not fit the socket is sent from wherever it lies
  // then.
  ::SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // One system call for a record instead of two, and for all small ones that have arrived.
  ::SSL_CTX_set_read_ahead(context, 1);
  // A request says where it ends, so nobody gains by cutting a connection short.
  ::SSL_CTX_set_options(
      context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  return std::nullopt;
}

std::int64_t end_of(const X509* certificate) {
  std::tm end{};
  if (::ASN1_TIME_to_tm(::X509_get0_notAfter(certificate), &end) != 1) {
    return std::numeric_limits<std::int64_t>::max();
  }
  return std::int64_t{::timegm(&end)} * 1000;
}

}  // namespace

std::variant<Context, ContextFailure> make_context(const Settings& settings) {
  const Context context(::SSL_CTX_new(::TLS_server_method()), &::SSL_CTX_free);
  if (!context) return ContextFailure{*failed("OpenSSL can't begin")};
  keep_sessions(context.get(), settings);
  Failure failure = set_behaviour(context.get());
  if (!failure) failure = choose_protocols(context.get(), settings.tls_protocols);
  if (!failure) failure = choose_ciphers(context.get(), settings);
  if (!failure) failure = read_pair(context.get(), settings);
  if (!failure) failure = demand_certificates(context.get(), settings);
  if (failure) return ContextFailure{*std::move(failure)};
  return context;
}

std::int64_t expiry_ms(const Context& context) {
  std::int64_t first = end_of(::SSL_CTX_get0_certificate(context.get()));
  STACK_OF(X509)* chain = nullptr;
  ::SSL_CTX_get0_chain_certs(context.get(), &chain);
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    first = std::min(first, end_of(sk_X509_value(chain, i)));
  }
  return first;
}

}  // namespace sideline::tls
