#include "tests/support/certificates.h"

#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace sideline::test {
namespace {

constexpr int kHour = 60 * 60;
constexpr int kVersion3 = 2;

void check(bool is_done) {
  if (!is_done) throw std::runtime_error("OpenSSL failed to make a certificate");
}

/// What `write` puts into a file in memory.
template <typename Write>
std::string written(Write write) {
  const std::unique_ptr<BIO, decltype(&::BIO_free)> file(::BIO_new(::BIO_s_mem()), &::BIO_free);
  check(file != nullptr && write(file.get()) == 1);
  char* bytes = nullptr;
  const long size = ::BIO_get_mem_data(file.get(), &bytes);  // NOLINT: the type is OpenSSL's
  return {bytes, static_cast<std::size_t>(size)};
}

void extend(X509* certificate, int kind, const std::string& value) {
  const std::unique_ptr<X509_EXTENSION, decltype(&::X509_EXTENSION_free)> extension(
      ::X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str()), &::X509_EXTENSION_free);
  check(extension != nullptr && ::X509_add_ext(certificate, extension.get(), -1) == 1);
}

/// With a random serial number, valid until `days` from now, not signed yet.
std::shared_ptr<X509> draft(const std::string& name, int days, EVP_PKEY* key) {
  std::shared_ptr<X509> certificate(::X509_new(), &::X509_free);
  std::uint32_t serial = 0;
  ::RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof(serial));
  ::X509_set_version(certificate.get(), kVersion3);
  ::ASN1_INTEGER_set_uint64(::X509_get_serialNumber(certificate.get()), serial);
  ::X509_gmtime_adj(::X509_getm_notBefore(certificate.get()), days < 0 ? -48 * kHour : -kHour);
  ::X509_time_adj_ex(::X509_getm_notAfter(certificate.get()), days, kHour, nullptr);
  ::X509_NAME_add_entry_by_txt(::X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  check(::X509_set_pubkey(certificate.get(), key) == 1);
  return certificate;
}

}  // namespace

std::string Certificate::text() const {
  return written([&](BIO* file) { return ::PEM_write_bio_X509(file, certificate_.get()); });
}

std::string Certificate::key_text(const std::string& password) const {
  const EVP_CIPHER* const cipher = password.empty() ? nullptr : ::EVP_aes_128_cbc();
  return written([&](BIO* file) {
    return ::PEM_write_bio_PKCS8PrivateKey(file, key_.get(), cipher, password.data(),
                                           static_cast<int>(password.size()), nullptr, nullptr);
  });
}

Authority::Authority(const std::string& name) {
  own_.key_ = {EVP_EC_gen("P-256"), &::EVP_PKEY_free};
  own_.certificate_ = draft(name, 30, own_.key_.get());
  X509* const certificate = own_.certificate_.get();
  ::X509_set_issuer_name(certificate, ::X509_get_subject_name(certificate));
  extend(certificate, NID_basic_constraints, "critical,CA:TRUE");
  check(::X509_sign(certificate, own_.key_.get(), ::EVP_sha256()) != 0);
}

Certificate Authority::issue(int days) const {
  Certificate issued;
  issued.key_ = {EVP_EC_gen("P-256"), &::EVP_PKEY_free};
  issued.certificate_ = draft("localhost", days, issued.key_.get());
  X509* const certificate = issued.certificate_.get();
  ::X509_set_issuer_name(certificate, ::X509_get_subject_name(own_.certificate_.get()));
  extend(certificate, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
  check(::X509_sign(certificate, own_.key_.get(), ::EVP_sha256()) != 0);
  return issued;
}

}  // namespace sideline::test
