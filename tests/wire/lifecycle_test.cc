#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/server_process.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/wire_client.h"

namespace sideline::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

TEST(Lifecycle, ServesOnThePortThatItTells) {
  const ServerProcess server;
  EXPECT_GT(server.port(), 0);
  const std::string address = "127.0.0.1:" + std::to_string(server.port());
  EXPECT_TRUE(server.wait_for("output", "Ready to accept connections on " + address));
  EXPECT_EQ(WireClient::connect(server.port()).ask("PING"), "+PONG\r\n");
}

TEST(Lifecycle, KeepsWhatIsSet) {
  const ServerProcess server;
  auto client = WireClient::connect(server.port());
  EXPECT_EQ(client.ask(request({"SET", "game:1", "3:2"})), "+OK\r\n");
  EXPECT_EQ(WireClient::connect(server.port()).ask("GET game:1"), "3:2");
}

TEST(Lifecycle, ItsThreadsHaveNames) {
  const ServerProcess server({"--io-threads", "2"});
  EXPECT_EQ(WireClient::connect(server.port()).ask("PING"),
            "+PONG\r\n");  // who accepts has named them
  const std::string threads = "/proc/" + std::to_string(server.pid()) + "/task";
  std::vector<std::string> names;
  for (const auto& thread : std::filesystem::directory_iterator(threads)) {
    std::ifstream file(thread.path() / "comm");
    std::getline(file, names.emplace_back());
  }
  EXPECT_THAT(names, IsSupersetOf({"sideline-server", "cache-io-0", "cache-io-1", "cache-maintain",
                                   "cache-snapshots"}));  // sanitizers have some too
}

TEST(Lifecycle, InfoTellsTheChosenPort) {
  const ServerProcess server;
  EXPECT_THAT(WireClient::connect(server.port()).ask("INFO server"),
              HasSubstr("tcp_port:" + std::to_string(server.port()) + "\r\n"));
}

TEST(Lifecycle, AllAddressesHaveTheSamePort) {
  const ServerProcess server({"--bind", "127.0.0.1", "127.0.0.2", "-::1"});
  EXPECT_EQ(WireClient::connect(server.port(), "127.0.0.1").ask("PING"), "+PONG\r\n");
  EXPECT_EQ(WireClient::connect(server.port(), "127.0.0.2").ask("PING"), "+PONG\r\n");
}

TEST(Lifecycle, AnOptionalAddressMayBeMissing) {
  // 192.0.2.0/24 is for documentation: nobody has it.
  const ServerProcess server({"--bind", "127.0.0.1", "-192.0.2.1"});
  EXPECT_EQ(WireClient::connect(server.port()).ask("PING"), "+PONG\r\n");
}

TEST(Lifecycle, AMissingAddressIsAnError) {
  const Ending ending = run_server({"--bind", "192.0.2.1", "--port", "0"});
  EXPECT_EQ(ending.code, 1);
  EXPECT_THAT(ending.output, HasSubstr("192.0.2.1:0: Cannot assign requested address"));
}

TEST(Lifecycle, AnAddressThatIsNoneIsAnError) {
  const Ending ending = run_server({"--bind", "300.0.0.1", "--port", "0"});
  EXPECT_EQ(ending.code, 1);
  EXPECT_THAT(ending.output, HasSubstr("can't listen on 300.0.0.1: "));
}

TEST(Lifecycle, APortThatIsTakenIsAnError) {
  const ServerProcess server;
  const std::string port = std::to_string(server.port());
  const Ending ending = run_server({"--bind", "127.0.0.1", "--port", port});
  EXPECT_EQ(ending.code, 1);
  EXPECT_THAT(ending.output,
              HasSubstr("can't listen on 127.0.0.1:" + port + ": Address already in use"));
}

TEST(Lifecycle, NothingToListenOnIsAnError) {
  const Ending ending = run_server({"--bind", ""});
  EXPECT_EQ(ending.code, 1);
  EXPECT_THAT(ending.output, HasSubstr("nothing to listen on"));
}

TEST(Lifecycle, APortFileThatCannotBeWrittenIsAnError) {
  const Ending ending =
      run_server({"--bind", "127.0.0.1", "--port", "0", "--port-file", "/no/such/folder/port"});
  EXPECT_EQ(ending.code, 1);
  EXPECT_THAT(ending.output, HasSubstr("can't write port-file '/no/such/folder/port'"));
}

TEST(Lifecycle, ALogFileThatCannotBeOpenedIsAnError) {
  const Ending ending = run_server({"--port", "0", "--logfile", "/no/such/folder/log"});
  EXPECT_EQ(ending.code, 1);
  EXPECT_THAT(ending.output, HasSubstr("can't open the log file '/no/such/folder/log'"));
}

TEST(Lifecycle, AWrongOptionIsNamed) {
  const Ending ending = run_server({"--maxmemory", "lots"});
  EXPECT_EQ(ending.code, 1);
  EXPECT_EQ(ending.output,
            "sideline-server: the configuration has errors:\n"
            "--maxmemory lots: takes a number of bytes, at least 1mb or 0 (kb, mb, gb: powers of "
            "1024; k, m, g: of 1000)\n");
}

TEST(Lifecycle, TellsItsVersion) {
  const Ending ending = run_server({"--version"});
  EXPECT_EQ(ending.code, 0);
  EXPECT_THAT(ending.output, MatchesRegex("sideline-server [0-9.]+ \\([0-9a-z]+\\)\n"));
}

TEST(Lifecycle, TellsItsOptions) {
  const Ending ending = run_server({"--help"});
  EXPECT_EQ(ending.code, 0);
  EXPECT_THAT(ending.output, AllOf(StartsWith("Usage: "), HasSubstr("\n  maxmemory 256mb\n")));
}

TEST(Lifecycle, RewritesItsFile) {
  const TemporaryFolder folder;
  const std::string file = folder.write("a.conf", "# mine\ntimeout 0\n");
  const ServerProcess server({file});
  auto client = WireClient::connect(server.port());
  EXPECT_EQ(client.ask("CONFIG SET timeout 100"), "+OK\r\n");
  EXPECT_EQ(client.ask("CONFIG REWRITE"), "+OK\r\n");
  EXPECT_THAT(folder.read("a.conf"), StartsWith("# mine\ntimeout 100\n"));
}

TEST(Lifecycle, ANewPasswordHoldsAtOnceForNewClients) {
  const ServerProcess server;
  auto old_client = WireClient::connect(server.port());
  EXPECT_EQ(old_client.ask("CONFIG SET requirepass secret"), "+OK\r\n");
  EXPECT_EQ(old_client.ask("PING"), "+PONG\r\n");
  auto client = WireClient::connect(server.port());
  EXPECT_EQ(client.ask("GET k"), "-NOAUTH Authentication required.\r\n");
  EXPECT_EQ(client.ask("AUTH secret"), "+OK\r\n");
  EXPECT_EQ(client.ask("PING"), "+PONG\r\n");
}

}  // namespace
}  // namespace sideline::test
