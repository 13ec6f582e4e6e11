#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/tls1.h>

#include "tests/support/run_tool.h"
#include "tests/support/tls_client.h"
#include "tests/support/tls_server.h"
#include "tests/support/wire_client.h"

namespace sideline::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// redis-cli that trusts the server's authority.
ToolResult redis_cli(const TlsServer& server, const std::string& rest,
                     const std::string& ca = "ca.pem") {
  return run_tool("redis-cli --tls --cacert " + server.files.folder.path(ca) + " -p " +
                  std::to_string(server.port) + " " + rest);
}

/// A client's certificate in the files client.pem and client.key, for redis-cli.
std::string show_certificate(const TlsServer& server, const Certificate& certificate) {
  const TemporaryFolder& folder = server.files.folder;
  return "--cert " + folder.write("client.pem", certificate.text()) + " --key " +
         folder.write("client.key", certificate.key_text()) + " ";
}

/// What openssl's own client says. It sends PING, and waits for the end.
std::string s_client(const TlsServer& server, const std::string& options) {
  return run_tool("printf 'PING\\r\\nQUIT\\r\\n' | openssl s_client -ign_eof -connect 127.0.0.1:" +
                  std::to_string(server.port) + " -CAfile " + server.files.folder.path("ca.pem") +
                  " " + options)
      .output;
}

/// Why a client of this kind is turned away: OpenSSL's reason, by the first bytes at the latest.
std::string refusal(const TlsServer& server, const Certificate* own, int version = 0) {
  try {
    auto client = TlsClient::connect(server.port, own, version);
    return client.ask("PING");  // with TLS 1.3 the server judges after the client is done
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

// --- With the usual tools ------------------------------------------------------------------------

TEST(Tls, ServesRedisCli) {
  const TlsServer server;
  EXPECT_EQ(redis_cli(server, "SET k v").output, "OK\n");
  EXPECT_EQ(redis_cli(server, "GET k").output, "v\n");
}

TEST(Tls, ServesAPipelineOfRedisCli) {
  const TlsServer server;
  const auto result =
      run_tool("seq 20000 | sed 's/.*/SET key:& value-&/' | redis-cli --tls --insecure -p " +
               std::to_string(server.port) + " --pipe");
  EXPECT_THAT(result.output, HasSubstr("errors: 0, replies: 20000"));
  EXPECT_EQ(redis_cli(server, "DBSIZE").output, "20000\n");
}

TEST(Tls, ServesOpenssl) {
  const TlsServer server;
  for (const std::string version : {"-tls1_2", "-tls1_3"}) {
    const std::string output = s_client(server, version);
    EXPECT_THAT(output, HasSubstr("Verify return code: 0 (ok)"));
    EXPECT_THAT(output, HasSubstr("+PONG\r\n+OK\r\n"));
  }
}

TEST(Tls, AServerThatNobodyVouchesForIsLeft) {
  const TlsServer server;
  server.files.folder.write("other.pem", Authority("another").text());
  const auto result = redis_cli(server, "PING", "other.pem");
  EXPECT_THAT(result.output, HasSubstr("certificate verify failed"));
}

TEST(Tls, AServerWhoseCertificateHasExpiredIsLeft) {
  const TlsServer server;
  server.files.write(server.files.authority.issue(-1));
  ASSERT_TRUE(server.process.wait_for("output", "has expired"));
  EXPECT_THAT(redis_cli(server, "PING").output, HasSubstr("certificate verify failed"));
  EXPECT_THAT(
      run_tool("redis-cli --tls --insecure -p " + std::to_string(server.port) + " INFO sideline")
          .output,
      HasSubstr("tls_certificate_expires_in_days:-1\r\n"));
}

// --- Clients' certificates -----------------------------------------------------------------------

TEST(Tls, ByDefaultClientsMustShowACertificate) {
  const TlsServer server({"--tls-auth-clients", "yes"});
  EXPECT_THAT(redis_cli(server, "PING").output, Not(HasSubstr("PONG")));
  const std::string right = show_certificate(server, server.files.authority.issue());
  EXPECT_EQ(redis_cli(server, right + "PING").output, "PONG\n");
  EXPECT_THAT(refusal(server, nullptr, TLS1_2_VERSION), HasSubstr("handshake failure"));
  EXPECT_EQ(refusal(server, nullptr, TLS1_3_VERSION), "");
}

TEST(Tls, ACertificateOfTheWrongAuthorityIsRefused) {
  for (const std::string demand : {"yes", "optional"}) {
    const TlsServer server({"--tls-auth-clients", demand, "--loglevel", "verbose"});
    const Certificate wrong = Authority("another").issue();
    EXPECT_THAT(refusal(server, &wrong, TLS1_2_VERSION), HasSubstr("unknown ca"));
    EXPECT_EQ(refusal(server, &wrong, TLS1_3_VERSION), "");
    EXPECT_TRUE(server.process.wait_for("output", "certificate verify failed: unable to get"));
  }
}

TEST(Tls, ACertificateThatHasExpiredIsRefused) {
  const TlsServer server({"--tls-auth-clients", "yes", "--loglevel", "verbose"});
  const Certificate expired = server.files.authority.issue(-1);
  EXPECT_THAT(refusal(server, &expired, TLS1_2_VERSION), HasSubstr("certificate expired"));
  EXPECT_TRUE(server.process.wait_for("output", "certificate has expired"));
}

TEST(Tls, ACertificateMayBeOptional) {
  const TlsServer server({"--tls-auth-clients", "optional"});
  EXPECT_EQ(redis_cli(server, "PING").output, "PONG\n");
  const std::string right = show_certificate(server, server.files.authority.issue());
  EXPECT_EQ(redis_cli(server, right + "PING").output, "PONG\n");
}

TEST(Tls, ATrustedAuthorityMayStandInAFolder) {
  const TlsFiles others;
  ASSERT_EQ(run_tool("openssl rehash " + others.folder.path(".")).code, 0);
  const TlsServer server({"--tls-auth-clients", "yes", "--tls-ca-cert-file", "",
                          "--tls-ca-cert-dir", others.folder.path(".")});
  const Certificate right = others.authority.issue();
  const Certificate wrong = server.files.authority.issue();
  EXPECT_EQ(refusal(server, &right), "+PONG\r\n");
  EXPECT_EQ(refusal(server, &wrong, TLS1_3_VERSION), "");
}

// --- Protocols and ciphers -----------------------------------------------------------------------

TEST(Tls, OldProtocolsAreRefused) {
  const TlsServer server({"--loglevel", "verbose"});
  // Debian's OpenSSL offers 1.1 only if it is told that security does not matter.
  EXPECT_THAT(s_client(server, "-tls1_1 -cipher 'ALL:@SECLEVEL=0'"),
              HasSubstr("alert protocol version"));
  EXPECT_TRUE(server.process.wait_for("output", "TLS: unsupported protocol"));
}

TEST(Tls, OneProtocolMayBeChosen) {
  const TlsServer server({"--tls-protocols", "TLSv1.2"});
  EXPECT_EQ(TlsClient::connect(server.port).version(), "TLSv1.2");
  EXPECT_THROW(static_cast<void>(TlsClient::connect(server.port, nullptr, TLS1_3_VERSION)),
               std::runtime_error);
}

TEST(Tls, CiphersMayBeChosen) {
  const TlsServer server({"--tls-ciphers", "ECDHE-ECDSA-AES256-GCM-SHA384", "--tls-ciphersuites",
                          "TLS_CHACHA20_POLY1305_SHA256"});
  EXPECT_THAT(s_client(server, "-tls1_2"), HasSubstr("Cipher is ECDHE-ECDSA-AES256-GCM-SHA384"));
  EXPECT_THAT(s_client(server, "-tls1_3"), HasSubstr("Cipher is TLS_CHACHA20_POLY1305_SHA256"));
  EXPECT_THAT(s_client(server, "-tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256"),
              HasSubstr("alert handshake failure"));
}

TEST(Tls, TheServersOrderOfCiphersMayCount) {
  const std::string clients_order =
      "-tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384";
  const std::string servers_order = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256";
  const TlsServer polite({"--tls-ciphers", servers_order});
  EXPECT_THAT(s_client(polite, clients_order), HasSubstr("Cipher is ECDHE-ECDSA-AES128"));
  const TlsServer strict({"--tls-ciphers", servers_order, "--tls-prefer-server-ciphers", "yes"});
  EXPECT_THAT(s_client(strict, clients_order), HasSubstr("Cipher is ECDHE-ECDSA-AES256"));
}

TEST(Tls, SessionsAreResumedUnlessThatIsOff) {
  const auto second = [](const TlsServer& server, const std::string& version) {
    const std::string session = server.files.folder.path("session");
    EXPECT_THAT(s_client(server, version + " -sess_out " + session), HasSubstr("New, TLS"));
    return s_client(server, version + " -sess_in " + session);
  };
  const TlsServer server;
  EXPECT_THAT(second(server, "-tls1_2"), HasSubstr("Reused, TLS"));
  EXPECT_THAT(second(server, "-tls1_3"), HasSubstr("Reused, TLS"));
  EXPECT_THAT(second(server, "-tls1_2 -no_ticket"), HasSubstr("Reused, TLS"));
  const TlsServer other({"--tls-session-caching", "no"});
  EXPECT_THAT(second(other, "-tls1_2"), Not(HasSubstr("Reused, TLS")));
  EXPECT_THAT(second(other, "-tls1_2 -no_ticket"), Not(HasSubstr("Reused, TLS")));
  EXPECT_THAT(second(other, "-tls1_3"), Not(HasSubstr("Reused, TLS")));
}

TEST(Tls, HandshakesAreCounted) {
  const ReservedPort admin_port;
  const TlsServer server({"--admin-port", admin_port.text()});
  EXPECT_EQ(TlsClient::connect(server.port).ask("PING"), "+PONG\r\n");
  auto plain = WireClient::connect(server.port);
  ASSERT_TRUE(plain.send("PING\r\n"));
  static_cast<void>(plain.read_to_end());
  EXPECT_THAT(run_tool("curl -s http://127.0.0.1:" + admin_port.text() + "/metrics").output,
              AllOf(HasSubstr("sideline_tls_handshakes_total{result=\"done\"} 1\n"),
                    HasSubstr("sideline_tls_handshakes_total{result=\"failed\"} 1\n"),
                    HasSubstr("sideline_tls_handshakes_under_way 0\n")));
}

TEST(Tls, SessionsEndAfterTheTimeThatTheDirectiveSays) {
  const TlsServer soon({"--tls-session-cache-timeout", "1"});
  const TlsServer late({"--tls-session-cache-timeout", "100"});
  const std::vector<std::string> ways = {"-tls1_2", "-tls1_2 -no_ticket", "-tls1_3"};
  const auto session = [&](const TlsServer& server, std::size_t way) {
    return server.files.folder.path("session" + std::to_string(way));
  };
  for (const TlsServer* const server : {&soon, &late}) {
    for (std::size_t i = 0; i < ways.size(); ++i) {
      EXPECT_THAT(s_client(*server, ways[i] + " -sess_out " + session(*server, i)),
                  HasSubstr("New, TLS"));
    }
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(2100));  // OpenSSL counts whole seconds
  for (std::size_t i = 0; i < ways.size(); ++i) {
    EXPECT_THAT(s_client(soon, ways[i] + " -sess_in " + session(soon, i)), HasSubstr("New, TLS"));
    EXPECT_THAT(s_client(late, ways[i] + " -sess_in " + session(late, i)),
                HasSubstr("Reused, TLS"));
  }
}

TEST(Tls, AKeyMayHaveAPassword) {
  const TlsFiles files;
  const Certificate pair = files.authority.issue();
  files.folder.write("locked.key", pair.key_text("open sesame"));
  files.folder.write("server.pem", pair.text());
  const TlsServer server({"--tls-cert-file", files.folder.path("server.pem"), "--tls-key-file",
                          files.folder.path("locked.key"), "--tls-key-file-pass", "open sesame"});
  auto client = TlsClient::connect(server.port);
  EXPECT_EQ(client.ask("PING"), "+PONG\r\n");

  // Another one has it without a start.
  const std::string other = files.folder.write("other.key", pair.key_text("close"));
  EXPECT_THAT(client.ask("CONFIG SET tls-key-file " + other), HasSubstr("Unable to update TLS"));
  EXPECT_EQ(client.ask("CONFIG SET tls-key-file " + other + " tls-key-file-pass close"), "+OK\r\n");
  EXPECT_EQ(TlsClient::connect(server.port).ask("PING"), "+PONG\r\n");
}

TEST(Tls, TheKeysPasswordMayComeFromAFile) {
  const TlsFiles files;
  const Certificate pair = files.authority.issue();
  files.folder.write("locked.key", pair.key_text("open sesame"));
  files.folder.write("server.pem", pair.text());
  files.folder.write("password", "open sesame\n");
  const TlsServer server({"--tls-cert-file", files.folder.path("server.pem"), "--tls-key-file",
                          files.folder.path("locked.key"), "--tls-key-file-pass-file",
                          files.folder.path("password")});
  EXPECT_EQ(TlsClient::connect(server.port).ask("PING"), "+PONG\r\n");
}

TEST(Tls, NoMoreSessionsAreKeptThanTheDirectiveSays) {
  // Sessions of TLS 1.2 without tickets are the server's to keep.
  const auto begin = [](const TlsServer& server, const std::string& session) {
    EXPECT_THAT(s_client(server, "-tls1_2 -no_ticket -sess_out " + session), HasSubstr("New, TLS"));
  };
  const auto is_kept = [](const TlsServer& server, const std::string& session) {
    const std::string output = s_client(server, "-tls1_2 -no_ticket -sess_in " + session);
    return output.find("Reused, TLS") != std::string::npos;
  };
  const TlsServer one({"--tls-session-cache-size", "1"});
  const TlsServer more({"--tls-session-cache-size", "3"});  // of which OpenSSL uses two
  for (const TlsServer* const server : {&one, &more}) {
    const std::string first = server->files.folder.path("first");
    const std::string second = server->files.folder.path("second");
    begin(*server, first);
    begin(*server, second);
    EXPECT_TRUE(is_kept(*server, second));
    EXPECT_EQ(is_kept(*server, first), server == &more);
  }
}

}  // namespace
}  // namespace sideline::test
