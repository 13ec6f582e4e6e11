#include <chrono>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/tls_client.h"
#include "tests/support/tls_server.h"
#include "tests/support/wire_client.h"

namespace sideline::test {
namespace {

using ::testing::HasSubstr;

using std::chrono::steady_clock;

constexpr const char* kRefused = "Unable to update TLS configuration. Check server logs.\r\n";

std::string refused(const std::string& directive) {
  return "-ERR CONFIG SET failed (possibly related to argument '" + directive + "') - " + kRefused;
}

TEST(TlsConfiguration, TheServerDoesNotStartWithoutACertificate) {
  const Ending ending = run_server({"--tls-port", ReservedPort().text()});
  EXPECT_EQ(ending.code, 1);
  EXPECT_THAT(ending.output, HasSubstr("TLS: no tls-cert-file is set"));
}

TEST(TlsConfiguration, TheCheckOfAConfigurationReadsTheCertificate) {
  const Ending ending = run_server(
      {"--check-config", "--tls-port", "1", "--tls-cert-file", "/nix", "--tls-key-file", "/nix"});
  EXPECT_EQ(ending.code, 1);
  EXPECT_THAT(ending.output, HasSubstr("TLS: can't use the certificate '/nix'"));
}

TEST(TlsConfiguration, WithPortZeroThereIsTlsAlone) {
  const TlsServer server;
  EXPECT_EQ(server.process.port(), 0);
  EXPECT_THAT(server.process.output(), HasSubstr("Ready to accept connections on 127.0.0.1:" +
                                                 std::to_string(server.port) + " (TLS), with"));
}

TEST(TlsConfiguration, TlsMayComeAndGoAtRunTime) {
  const TlsFiles files;
  const ReservedPort plain_port;
  const ReservedPort reserved;
  const ServerProcess server({"--port", plain_port.text()});
  auto plain = WireClient::connect(server.port());
  const std::string port = reserved.text();
  EXPECT_EQ(plain.ask("CONFIG SET tls-port " + port), refused("tls-port"));
  ASSERT_EQ(
      plain.ask("CONFIG SET tls-cert-file " + files.folder.path("server.pem") + " tls-key-file " +
                files.folder.path("server.key") + " tls-auth-clients no tls-port " + port),
      "+OK\r\n");
  auto client = TlsClient::connect(std::stoi(port));
  EXPECT_EQ(client.ask("PING"), "+PONG\r\n");
  ASSERT_EQ(plain.ask("CONFIG SET tls-port 0"), "+OK\r\n");
  EXPECT_THROW(static_cast<void>(TlsClient::connect(std::stoi(port))), std::runtime_error);
  EXPECT_EQ(client.ask("PING"), "+PONG\r\n") << "who is connected stays";
}

TEST(TlsConfiguration, WithoutAPlainPortTlsMayNotGo) {
  const TlsServer server;
  EXPECT_THAT(TlsClient::connect(server.port).ask("CONFIG SET tls-port 0"),
              HasSubstr("nothing to listen on"));
  EXPECT_EQ(TlsClient::connect(server.port).ask("PING"), "+PONG\r\n");
  EXPECT_EQ(server.process.port(), 0);
}

TEST(TlsConfiguration, AnyPortThatIsFreeStaysWhenTlsComes) {
  const TlsFiles files;
  const ReservedPort reserved;
  const ServerProcess server;
  auto plain = WireClient::connect(server.port());
  ASSERT_EQ(plain.ask("CONFIG SET tls-cert-file " + files.folder.path("server.pem") +
                      " tls-key-file " + files.folder.path("server.key") +
                      " tls-auth-clients no tls-port " + reserved.text()),
            "+OK\r\n");
  EXPECT_EQ(WireClient::connect(server.port()).ask("PING"), "+PONG\r\n");
}

TEST(TlsConfiguration, ThePortMayChange) {
  const TlsServer server;
  auto client = TlsClient::connect(server.port);
  const ReservedPort other;
  ASSERT_EQ(client.ask("CONFIG SET tls-port " + other.text()), "+OK\r\n");
  EXPECT_EQ(TlsClient::connect(other.number()).ask("PING"), "+PONG\r\n");
  EXPECT_THROW(static_cast<void>(TlsClient::connect(server.port)), std::runtime_error);
}

TEST(TlsConfiguration, APortThatIsTakenIsRefusedAndTheOldOneStays) {
  const TlsServer server;
  const ServerProcess other;
  EXPECT_EQ(
      TlsClient::connect(server.port).ask("CONFIG SET tls-port " + std::to_string(other.port())),
      "-ERR CONFIG SET failed (possibly related to argument 'tls-port') - Unable to listen on this "
      "port. Check server logs.\r\n");
  EXPECT_EQ(TlsClient::connect(server.port).ask("PING"), "+PONG\r\n");
}

TEST(TlsConfiguration, TheAddressesOfTlsChangeWithTheOthers) {
  const TlsServer server;
  auto client = TlsClient::connect(server.port);
  ASSERT_EQ(client.ask("CONFIG SET bind 127.0.0.2"), "+OK\r\n");
  EXPECT_THROW(static_cast<void>(TlsClient::connect(server.port)), std::runtime_error);
  EXPECT_THAT(server.process.output(), HasSubstr("on 127.0.0.2:" + std::to_string(server.port)));
}

TEST(TlsConfiguration, ANewPairIsForNewConnections) {
  const TlsServer server;
  auto old_client = TlsClient::connect(server.port);
  const Certificate next = server.files.authority.issue(60);
  EXPECT_NE(old_client.server_certificate(), next.text());
  server.files.write(next);
  // Files are looked at once a second; the certificate alone may have been seen before its key.
  const auto has_next = [&] {
    return TlsClient::connect(server.port).server_certificate() == next.text();
  };
  const auto deadline = steady_clock::now() + std::chrono::seconds(60);
  while (!has_next() && steady_clock::now() < deadline) {
  }
  EXPECT_TRUE(has_next());
  EXPECT_EQ(old_client.ask("PING"), "+PONG\r\n");
}

TEST(TlsConfiguration, GarbageIsRefusedAndTheOldPairStays) {
  const TlsServer server;
  auto client = TlsClient::connect(server.port);
  server.files.folder.write("server.pem", "garbage");
  ASSERT_TRUE(server.process.wait_for("output", "the certificate that is in use stays"));
  EXPECT_EQ(client.ask("CONFIG SET tls-cert-file " + server.files.folder.path("server.pem")),
            refused("tls-cert-file"));
  EXPECT_EQ(TlsClient::connect(server.port).ask("PING"), "+PONG\r\n");
  EXPECT_THAT(client.ask("CONFIG SET timeout 0"), "+OK\r\n") << "which has nothing to do with it";
}

TEST(TlsConfiguration, ConfigSetReadsTheFilesAgain) {
  const TlsServer server;
  auto client = TlsClient::connect(server.port);
  const Certificate next = server.files.authority.issue();
  server.files.write(next);
  ASSERT_EQ(client.ask("CONFIG SET tls-cert-file " + server.files.folder.path("server.pem")),
            "+OK\r\n");
  EXPECT_EQ(TlsClient::connect(server.port).server_certificate(), next.text());
}

TEST(TlsConfiguration, APairIsSetTogether) {
  const TlsServer server;
  const TlsFiles others;
  auto client = TlsClient::connect(server.port);
  const std::string certificate = others.folder.path("server.pem");
  const std::string key = others.folder.path("server.key");
  EXPECT_EQ(client.ask("CONFIG SET tls-cert-file " + certificate), refused("tls-cert-file"));
  EXPECT_EQ(client.ask("CONFIG SET tls-key-file " + key), refused("tls-key-file"));
  EXPECT_EQ(client.ask("CONFIG SET tls-cert-file " + certificate + " tls-key-file " + key),
            "+OK\r\n");
  EXPECT_EQ(TlsClient::connect(server.port).server_certificate(), others.folder.read("server.pem"));
}

TEST(TlsConfiguration, WhatIsWrongIsRefused) {
  const TlsServer server;
  auto client = TlsClient::connect(server.port);
  EXPECT_EQ(client.ask("CONFIG SET tls-protocols SSLv3"), refused("tls-protocols"));
  EXPECT_EQ(client.ask("CONFIG SET tls-ciphers ROT13"), refused("tls-ciphers"));
  EXPECT_EQ(client.ask("CONFIG SET tls-ciphersuites ROT13"), refused("tls-ciphersuites"));
  EXPECT_EQ(client.ask("CONFIG SET tls-ca-cert-file '' tls-auth-clients yes"),
            refused("tls-ca-cert-file"));
  EXPECT_EQ(TlsClient::connect(server.port).ask("PING"), "+PONG\r\n");
}

TEST(TlsConfiguration, DemandsOnClientsMayChange) {
  const TlsServer server;
  auto client = TlsClient::connect(server.port);
  ASSERT_EQ(client.ask("CONFIG SET tls-auth-clients yes"), "+OK\r\n");
  EXPECT_EQ(TlsClient::connect(server.port).ask("PING"), "") << "it has no certificate";
  const Certificate own = server.files.authority.issue();
  EXPECT_EQ(TlsClient::connect(server.port, &own).ask("PING"), "+PONG\r\n");
  EXPECT_EQ(client.ask("PING"), "+PONG\r\n");
}

}  // namespace
}  // namespace sideline::test
