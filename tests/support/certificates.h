#pragma once

#include <memory>
#include <string>

struct evp_pkey_st;  // OpenSSL's EVP_PKEY
struct x509_st;      // OpenSSL's X509

namespace sideline::test {

/// A private key and a certificate for it.
class Certificate {
 public:
  /// PEM.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] std::string key_text(const std::string& password = "") const;

 private:
  friend class Authority;
  std::shared_ptr<evp_pkey_st> key_;
  std::shared_ptr<x509_st> certificate_;
};

/// Whoever trusts its certificate trusts those that it issues. Keys are new ones of 256 bits
/// (ECDSA), so that a test takes no time to make them.
class Authority {
 public:
  explicit Authority(const std::string& name = "an authority");

  /// A certificate for "localhost" and 127.0.0.1, valid from an hour ago until `days` (and an hour)
  /// from now: with -1 it has expired.
  [[nodiscard]] Certificate issue(int days = 30) const;
  [[nodiscard]] std::string text() const { return own_.text(); }

 private:
  Certificate own_;
};

}  // namespace sideline::test
