#include "server/tls/context.h"

#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/certificates.h"
#include "tests/support/temporary_folder.h"

namespace sideline::tls {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class TlsContextTest : public ::testing::Test {
 protected:
  TlsContextTest() {
    settings.tls_cert_file = folder.write("server.pem", server.text());
    settings.tls_key_file = folder.write("server.key", server.key_text());
    settings.tls_ca_cert_file = folder.write("ca.pem", authority.text());
  }

  /// Why there is no context; empty if there is one.
  [[nodiscard]] std::string failure() const {
    const auto made = make_context(settings);
    const auto* const failure = std::get_if<ContextFailure>(&made);
    return failure == nullptr ? "" : failure->text;
  }

  test::TemporaryFolder folder;
  test::Authority authority;
  test::Certificate server = authority.issue();
  config::Settings settings;
};

TEST_F(TlsContextTest, IsMadeOfAPair) { EXPECT_EQ(failure(), ""); }

TEST_F(TlsContextTest, NeedsACertificateAndAKey) {
  settings.tls_key_file.clear();
  EXPECT_EQ(failure(), "no tls-key-file is set");
  settings.tls_cert_file.clear();
  EXPECT_EQ(failure(), "no tls-cert-file is set");
}

TEST_F(TlsContextTest, RefusesAFileThatIsNotThere) {
  settings.tls_cert_file = folder.path("nothing");
  EXPECT_EQ(failure(), "can't use the certificate '" + settings.tls_cert_file +
                           "': No such file or directory");
}

TEST_F(TlsContextTest, RefusesGarbage) {
  settings.tls_cert_file = folder.write("garbage", "no certificate");
  EXPECT_THAT(failure(), StartsWith("can't use the certificate '"));
  settings.tls_cert_file = folder.path("server.pem");
  settings.tls_key_file = folder.path("garbage");
  EXPECT_THAT(failure(), StartsWith("can't use the private key '"));
  settings.tls_key_file = folder.path("server.key");
  settings.tls_ca_cert_file = folder.path("garbage");
  EXPECT_THAT(failure(), StartsWith("can't use the certificates of '"));
}

TEST_F(TlsContextTest, RefusesTheKeyOfAnotherCertificate) {
  folder.write("server.key", authority.issue().key_text());
  EXPECT_THAT(failure(), HasSubstr("mismatch"));
}

TEST_F(TlsContextTest, ReadsAKeyWithItsPassword) {
  folder.write("server.key", server.key_text("open sesame"));
  settings.tls_key_file_pass = "open sesame";
  EXPECT_EQ(failure(), "");
  settings.tls_key_file_pass = "wrong";
  EXPECT_THAT(failure(), StartsWith("can't use the private key '"));
  settings.tls_key_file_pass.clear();
  EXPECT_THAT(failure(), StartsWith("can't use the private key '"))
      << "and nobody is asked for one";
}

TEST_F(TlsContextTest, ReadsTheKeysPasswordFromAFile) {
  folder.write("server.key", server.key_text("open sesame"));
  settings.tls_key_file_pass_file = folder.write("password", "open sesame\n");
  EXPECT_EQ(failure(), "");
  folder.write("password", "wrong");
  EXPECT_THAT(failure(), StartsWith("can't use the private key '"));
  settings.tls_key_file_pass_file = folder.path("none");
  EXPECT_THAT(failure(), StartsWith("tls-key-file-pass-file: can't read '"));
}

TEST_F(TlsContextTest, NeedsToKnowWhomToTrustIfClientsAreToShowCertificates) {
  settings.tls_ca_cert_file.clear();
  EXPECT_THAT(failure(), HasSubstr("neither tls-ca-cert-file nor tls-ca-cert-dir is set"));
  settings.tls_auth_clients = "optional";
  EXPECT_THAT(failure(), HasSubstr("neither tls-ca-cert-file nor tls-ca-cert-dir is set"));
  settings.tls_ca_cert_dir = folder.path(".");
  EXPECT_EQ(failure(), "");
  settings.tls_ca_cert_dir.clear();
  settings.tls_auth_clients = "no";
  EXPECT_EQ(failure(), "");
}

TEST_F(TlsContextTest, KnowsTwoProtocols) {
  for (const std::string good : {"TLSv1.2", "tlsv1.3", "TLSv1.2 TLSv1.3", "TLSv1.3 TLSv1.2"}) {
    settings.tls_protocols = good;
    EXPECT_EQ(failure(), "") << good;
  }
  for (const std::string bad : {"TLSv1.1", "TLSv1 TLSv1.2", "SSLv3", " ", "\"TLSv1.2"}) {
    settings.tls_protocols = bad;
    EXPECT_EQ(failure(), "tls-protocols takes TLSv1.2, TLSv1.3 or both, not '" + bad + "'");
  }
}

TEST_F(TlsContextTest, RefusesCiphersThatThereAreNot) {
  settings.tls_ciphers = "ECDHE+AESGCM";
  settings.tls_ciphersuites = "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256";
  EXPECT_EQ(failure(), "");
  settings.tls_ciphersuites = "TLS_ROT13";
  EXPECT_THAT(failure(), StartsWith("can't use the tls-ciphersuites 'TLS_ROT13': "));
  settings.tls_ciphers = "ROT13";
  EXPECT_EQ(failure(), "can't use the tls-ciphers 'ROT13': no cipher match");
}

TEST_F(TlsContextTest, KnowsWhenTheFirstCertificateOfItsChainEnds) {
  constexpr double kDay = 24 * 60 * 60 * 1000.0;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto days_left = [&] {
    const auto made = make_context(settings);
    const auto now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
    return static_cast<double>(expiry_ms(std::get<Context>(made)) - now_ms) / kDay;
  };
  EXPECT_NEAR(days_left(), 30, 0.1);
  folder.write("server.pem", server.text() + authority.issue(5).text());
  EXPECT_NEAR(days_left(), 5, 0.1);
}

}  // namespace
}  // namespace sideline::tls
