#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/server_process.h"
#include "tests/support/source_tree.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tls_client.h"
#include "tests/support/tls_server.h"
#include "tests/support/wire_client.h"

namespace sideline::test {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

std::string file_of_the_tree(const std::string& name) {
  return (source_tree() / "conf" / name).string();
}

// --- The files that come with it -----------------------------------------------------------------

TEST(Configuration, TheFileForDevelopmentLoads) {
  const ServerProcess server({file_of_the_tree("sideline.conf")});
  EXPECT_EQ(WireClient::connect(server.port()).ask("PING"), "+PONG\r\n");
  EXPECT_THAT(server.output(), Not(HasSubstr("do nothing")));
}

TEST(Configuration, TheFileForProductionAsksForThePassword) {
  const ServerProcess server({file_of_the_tree("production.conf"), "--admin-port", "0"},
                             {"REDIS_PASSWORD=secret"});
  auto client = WireClient::connect(server.port());
  EXPECT_EQ(client.ask("GET k"), "-NOAUTH Authentication required.\r\n");
  EXPECT_EQ(client.ask("AUTH secret"), "+OK\r\n");
  EXPECT_THAT(client.ask("INFO memory"), AllOf(HasSubstr("\r\nmaxmemory:268435456\r\n"),
                                               HasSubstr("\r\nmaxmemory_policy:allkeys-lru\r\n")));
  EXPECT_EQ(client.ask(request({"SET", "k", "v"})), "+OK\r\n");
  EXPECT_EQ(client.ask("TTL k"), ":-1\r\n") << "default-ttl is off unless it is set";
  EXPECT_THAT(server.output(), Not(HasSubstr("do nothing")));
}

TEST(Configuration, WithTheFileForProductionNothingStartsWithoutAPassword) {
  const TemporaryFolder folder;
  const std::string file = file_of_the_tree("production.conf");
  const std::string refusal =
      "sideline-server: 'password-required' is yes, and user 'default' needs no password: set "
      "'requirepass' or 'requirepass-file' (in the environment REDIS_PASSWORD or "
      "SIDELINE_REQUIREPASS_FILE), or change the user where it is named\n";
  for (const std::vector<std::string>& arguments :
       {std::vector{file}, {"--check-config", file}, {file, "--user", "default", "on", "nopass"}}) {
    const Ending ending = run_server(arguments, {"SIDELINE_PORT=0", "SIDELINE_ADMIN_PORT=0"});
    EXPECT_EQ(ending.code, 1);
    EXPECT_EQ(ending.output, refusal);
  }
  for (const std::string rule : {"off", "on >secret"}) {
    const std::string users = folder.write("users.acl", "user default " + rule + '\n');
    EXPECT_EQ(run_server({"--check-config", file, "--aclfile", users}).code, 0) << rule;
  }
  EXPECT_EQ(run_server({"--check-config", file}, {"REDIS_PASSWORD=secret"}).code, 0);
  // A named user needs what is said of it, unless a later layer has a password.
  const std::string open = "user default on nopass\n";
  const std::string named =
      folder.write("named.conf", "password-required yes\nrequirepass x\n" + open);
  EXPECT_EQ(run_server({"--check-config", named}).output, refusal);
  EXPECT_EQ(run_server({"--check-config", named}, {"REDIS_PASSWORD=secret"}).code, 0);
  const std::string users = folder.write("open.acl", open);
  EXPECT_EQ(
      run_server({"--check-config", file, "--aclfile", users}, {"REDIS_PASSWORD=secret"}).output,
      refusal);
}

TEST(Configuration, APasswordThatIsRequiredIsNotLifted) {
  const ServerProcess server({"--password-required", "yes", "--requirepass", "secret"});
  auto client = WireClient::connect(server.port());
  EXPECT_EQ(client.ask("AUTH secret"), "+OK\r\n");
  EXPECT_EQ(client.ask("CONFIG SET requirepass \"\""),
            "-ERR CONFIG SET failed (possibly related to argument 'requirepass') - "
            "'password-required' is yes\r\n");
  EXPECT_EQ(WireClient::connect(server.port()).ask("GET k"),
            "-NOAUTH Authentication required.\r\n");
  EXPECT_EQ(client.ask("CONFIG SET requirepass other"), "+OK\r\n");
}

TEST(Configuration, WhatTheFileForProductionLeavesToUncommentIsRight) {
  const TlsFiles files;
  std::ifstream file(file_of_the_tree("production.conf"));
  std::string text(std::istreambuf_iterator<char>(file), {});
  for (const std::string name :
       {"tls-port", "tls-cert-file", "tls-key-file", "tls-key-file-pass-file", "tls-ca-cert-file",
        "tls-auth-clients", "default-ttl", "metrics-prefix", "shutdown-delay"}) {
    const std::size_t at = text.find("\n# " + name + " ");
    ASSERT_NE(at, std::string::npos) << name;
    text.erase(at + 1, 2);
  }
  files.folder.write("server.key.password", "of no use to this key");
  const std::string secrets = "/run/secrets/";
  for (std::size_t at = 0; (at = text.find(' ' + secrets, at)) != std::string::npos; ++at) {
    text.replace(at + 1, secrets.size(), files.folder.path(""));
  }
  const std::string uncommented = files.folder.write("production.conf", text);
  EXPECT_EQ(run_server({"--check-config", uncommented}, {"REDIS_PASSWORD=secret"}).output,
            "The configuration is valid\n");

  const ReservedPort tls_port;
  const ServerProcess server(
      {uncommented, "--admin-port", "0", "--tls-port", std::to_string(tls_port.number())},
      {"REDIS_PASSWORD=secret"});
  const Certificate own = files.authority.issue();
  auto client = TlsClient::connect(tls_port.number(), &own);
  EXPECT_EQ(client.ask("GET k"), "-NOAUTH Authentication required.\r\n");
  EXPECT_EQ(client.ask("AUTH secret"), "+OK\r\n");
  EXPECT_EQ(client.ask("SET k v"), "+OK\r\n");
  EXPECT_THAT(client.ask("TTL k"), AnyOf(":1800\r\n", ":1799\r\n"));
  EXPECT_THAT(run_server({"--print-config", uncommented}).output,
              AllOf(HasSubstr("\ntls-port 6380 "), HasSubstr("\nshutdown-delay 5 ")));
}

TEST(Configuration, AFileOfRedisLoads) {
  const std::string file = "/etc/redis/redis.conf";
  if (!std::ifstream(file)) GTEST_SKIP() << "Debian's redis-server is not installed";
  // Of its paths, this is the one that is used.
  const ServerProcess server({file, "--logfile", ""});
  EXPECT_EQ(WireClient::connect(server.port()).ask("PING"), "+PONG\r\n");
  EXPECT_THAT(
      server.output(),
      ContainsRegex("These directives do nothing in this server: .*daemonize \\(runs in the "
                    "foreground\\).*; nor do these, and need not: .*replica-priority.*\n"));
}

// --- Layers --------------------------------------------------------------------------------------

TEST(Configuration, ThePasswordMayComeFromAFileThatAVariableNames) {
  const TemporaryFolder folder;
  const ServerProcess server({},
                             {"SIDELINE_REQUIREPASS_FILE=" + folder.write("secret", "secret\n")});
  EXPECT_EQ(WireClient::connect(server.port()).ask("AUTH secret"), "+OK\r\n");
}

TEST(Configuration, ALaterLayerWins) {
  const TemporaryFolder folder;
  const std::string file = folder.write("a.conf", "timeout 1\nmaxclients 1\ndefault-ttl 1\n");
  const ServerProcess server({file, "--default-ttl", "3"},
                             {"SIDELINE_MAXCLIENTS=200", "SIDELINE_DEFAULT_TTL=2"});
  auto client = WireClient::connect(server.port());
  EXPECT_THAT(client.ask("INFO clients"), HasSubstr("\r\nmaxclients:200\r\n"));
  EXPECT_EQ(client.ask(request({"SET", "k", "v"})), "+OK\r\n");
  EXPECT_EQ(client.ask("TTL k"), ":3\r\n");
  EXPECT_EQ(client.ask("CONFIG SET default-ttl 1000"), "+OK\r\n");
  EXPECT_EQ(client.ask(request({"SET", "k", "v"})), "+OK\r\n");
  EXPECT_EQ(client.ask("TTL k"), ":1000\r\n");
}

TEST(Configuration, InfoTellsTheFile) {
  const TemporaryFolder folder;
  const std::string file = folder.write("a.conf", "");
  const ServerProcess server({file});
  EXPECT_THAT(WireClient::connect(server.port()).ask("INFO server"),
              HasSubstr("\r\nconfig_file:" + file + "\r\n"));
}

// --- Errors, and what is asked for instead of a server -------------------------------------------

TEST(Configuration, AllThatIsWrongIsNamedAndNothingIsStarted) {
  const TemporaryFolder folder;
  const std::string file =
      folder.write("a.conf", "port 70000\nlogfile " + folder.path("log") + "\nprot 1\n");
  const Ending ending = run_server({file, "--timeout", "x"}, {"SIDELINE_BINDE=*"});
  EXPECT_EQ(ending.code, 1);
  EXPECT_EQ(ending.output, "sideline-server: the configuration has errors:\n" + file +
                               ":1: port 70000: takes a number from 0 to 65535\n" + file +
                               ":3: unknown directive prot; did you mean 'port'?\n"
                               "SIDELINE_BINDE: unknown variable; did you mean SIDELINE_BIND?\n"
                               "--timeout x: takes a number of seconds from 0 to 2147483647\n");
  EXPECT_FALSE(std::filesystem::exists(folder.path("log")));
}

TEST(Configuration, ACheckOpensNothing) {
  const TemporaryFolder folder;
  const std::string file = folder.write(
      "a.conf", "logfile " + folder.path("log") + "\nunixsocket " + folder.path("socket") +
                    "\nport-file " + folder.path("port") + "\nreplicaof 10.0.0.1 6379\n");
  const Ending ending = run_server({"--check-config", file});
  EXPECT_EQ(ending.code, 0);
  EXPECT_EQ(ending.output,
            "sideline-server: These directives do nothing in this server: replicaof (there is no "
            "replication)\nThe configuration is valid\n");
  for (const char* name : {"log", "socket", "port"}) {
    EXPECT_FALSE(std::filesystem::exists(folder.path(name))) << name;
  }
}

TEST(Configuration, ACheckFailsWithWhatIsWrong) {
  const TemporaryFolder folder;
  const std::string file = folder.write("a.conf", "port x\n");
  const Ending ending = run_server({"--check-config", file});
  EXPECT_EQ(ending.code, 1);
  EXPECT_EQ(ending.output, "sideline-server: the configuration has errors:\n" + file +
                               ":1: port x: takes a number from 0 to 65535\n");
}

TEST(Configuration, ASnapshotIsCheckedToo) {
  const TemporaryFolder folder;
  const std::string wrong = folder.write("wrong.rdb", "REDIS0010\x16");
  const Ending refused = run_server({"--check-snapshot", wrong});
  EXPECT_EQ(refused.code, 1);
  EXPECT_EQ(refused.output, "sideline-server: snapshot '" + wrong +
                                "' refused at byte 10: unknown type or operation 22\n");
  EXPECT_EQ(folder.read("wrong.rdb"), "REDIS0010\x16");
  // The header, database 0, "k" and "v", the end, and 0 for no checksum.
  const std::string right =
      folder.write("right.rdb", std::string("REDIS0010\xFE\0\0\1k\1v\xFF\0\0\0\0\0\0\0\0", 25));
  const Ending valid = run_server({"--check-snapshot", right});
  EXPECT_EQ(valid.code, 0);
  EXPECT_EQ(valid.output, "The snapshot is valid\nkeys 1\nleft_out 0\nfunctions 0\n");
}

TEST(Configuration, ACheckJudgesUsersToo) {
  const TemporaryFolder folder;
  const std::string file = folder.write("a.conf", "user app on +nope\n");
  const Ending directive = run_server({"--check-config", file});
  EXPECT_EQ(directive.code, 1);
  EXPECT_EQ(directive.output, "sideline-server: " + file +
                                  ":1: Error in user declaration '+nope': Unknown command or "
                                  "category name in ACL\n");
  const std::string users = folder.write("users.acl", "nonsense\n");
  const Ending acl_file = run_server({"--check-config", "--aclfile", users});
  EXPECT_EQ(acl_file.code, 1);
  EXPECT_THAT(acl_file.output, HasSubstr(users + ":1 should start with user keyword"));
  EXPECT_EQ(run_server({"--check-config", "--aclfile", folder.write("users.acl", "")}).code, 0);
}

TEST(Configuration, PrintsWhatItWouldServeWithWhereItComesFrom) {
  const TemporaryFolder folder;
  const std::string file = folder.write("a.conf", "\nport 7000\n");
  const Ending ending = run_server({"--print-config", file, "--timeout", "3"},
                                   {"SIDELINE_MAXMEMORY=1gb", "REDIS_PASSWORD=secret"});
  EXPECT_EQ(ending.code, 0);
  EXPECT_THAT(ending.output, AllOf(ContainsRegex("\nport 7000  +" + file + ":2\n"),
                                   ContainsRegex("\ntimeout 3  +--timeout\n"),
                                   ContainsRegex("\nmaxmemory 1gb  +SIDELINE_MAXMEMORY\n"),
                                   ContainsRegex("\nrequirepass \\(redacted\\)  +REDIS_PASSWORD\n"),
                                   Not(HasSubstr("secret"))));
}

}  // namespace
}  // namespace sideline::test
