#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/http_client.h"
#include "tests/support/reserved_port.h"
#include "tests/support/server_process.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/wire_client.h"

namespace sideline::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

int admin_port(const ServerProcess& server) {
  return admin_port(WireClient::connect(server.port()));
}

TEST(Admin, IsOffUnlessAskedFor) {
  const ServerProcess server;
  EXPECT_EQ(admin_port(server), 0);
}

TEST(Admin, TellsItsHealth) {
  const ServerProcess server({"--admin-port", "0"});
  const HttpResponse health = http_get(admin_port(server), "/health");
  EXPECT_EQ(health.status, 200);
  EXPECT_THAT(health.body, HasSubstr(R"("status":"ready")"));
}

TEST(Admin, APortThatIsTakenIsAnErrorAndNothingIsStarted) {
  const ServerProcess server({"--admin-port", "0"});
  const std::string port = std::to_string(admin_port(server));
  const Ending ending = run_server({"--port", "0", "--admin-port", port});
  EXPECT_EQ(ending.code, 1);
  EXPECT_THAT(ending.output, HasSubstr("admin-port: can't listen on 127.0.0.1:" + port +
                                       ": Address already in use"));
  EXPECT_THAT(ending.output, Not(HasSubstr("Ready to accept")));
}

TEST(Admin, AnswersWhileAllThreadsThatServeAreBusy) {
  ServerProcess server({"--admin-port", "0", "--enable-debug-command", "yes"});
  const int port = admin_port(server);
  std::vector<WireClient> busy;
  for (int i = 0; i < 2; ++i) {  // as many as there are I/O threads
    busy.push_back(WireClient::connect(server.port()));
    busy.back().send("DEBUG SLEEP 300\r\n");
  }
  EXPECT_EQ(http_get(port, "/health").status, 200);
  server.signal(SIGTERM);
  ASSERT_TRUE(server.wait_for("output", "Shutting down"));
  const HttpResponse health = http_get(port, "/health");
  EXPECT_EQ(health.status, 503);
  EXPECT_THAT(health.body, HasSubstr(R"("reason":"stopping")"));
  EXPECT_EQ(http_get(port, "/health/live").status, 200);
}

TEST(Admin, IsNotReadyDuringTheDelay) {
  ServerProcess server({"--admin-port", "0", "--shutdown-delay", "3600"});
  const int port = admin_port(server);
  server.signal(SIGTERM);
  ASSERT_TRUE(server.wait_for("output", "Not ready any more"));
  EXPECT_EQ(http_get(port, "/health").status, 503);
  EXPECT_EQ(WireClient::connect(server.port()).ask("PING"), "+PONG\r\n");
}

/// Ends a server once `client` has given it much to save, and returns how many health checks are
/// answered while it does that: after it has told `begins`.
int answers_while_saving(const ServerProcess& server, WireClient client, int port,
                         std::string_view begins) {
  const std::string value(100'000, 'x');
  for (int i = 0; i < 1000; ++i) client.send(request({"SET", std::to_string(i), value}));
  EXPECT_EQ(client.read(5 * 1000), repeat("+OK\r\n", 1000));
  auto prober = WireClient::connect(port);  // stays connected over all of the end
  server.signal(SIGTERM);
  const auto has_told = [&server](std::string_view event) {
    return server.output().find(event) != std::string::npos;
  };
  int answers = 0;
  for (;;) {
    const bool has_begun = has_told(begins);
    prober.send("GET /health HTTP/1.1\r\n\r\n");
    const HttpResponse health = read_response(prober);
    if (health.status == 0) return answers;
    if (has_begun && health.status == 503 && !has_told("Snapshot saved")) ++answers;
  }
}

TEST(Admin, AnswersWhileTheLastSnapshotIsMade) {
  ServerProcess server({"--admin-port", "0", "--save", "3600 1", "--dir", "{folder}"});
  auto client = WireClient::connect(server.port());
  const int port = admin_port(server);
  EXPECT_GT(answers_while_saving(server, std::move(client), port, "All connections are closed"), 0);
  EXPECT_EQ(server.wait().code, 0);
}

TEST(Admin, NobodyIsAcceptedWhileTheLastSnapshotIsMade) {
  const ReservedPort redis_port;  // nobody else's when the server does not listen any more
  ServerProcess server(
      {"--port", redis_port.text(), "--admin-port", "0", "--save", "3600 1", "--dir", "{folder}"});
  auto client = WireClient::connect(server.port());
  EXPECT_EQ(client.ask("SET k v"), "+OK\r\n");
  server.signal(SIGTERM);
  ASSERT_TRUE(server.wait_for("output", "All connections are closed"));
  EXPECT_THROW(static_cast<void>(WireClient::connect(server.port())), std::runtime_error);
  EXPECT_EQ(server.wait().code, 0);
}

TEST(Admin, AnswersWhileTheLastSnapshotIsMadeBesideARequestThatDoesNotEnd) {
  ServerProcess server({"--admin-port", "0", "--save", "3600 1", "--dir", "{folder}",
                        "--enable-debug-command", "yes"});
  const int port = admin_port(server);
  auto client = WireClient::connect(server.port());
  auto sleeper = WireClient::connect(server.port());  // of the other one of two I/O threads
  sleeper.send("DEBUG SLEEP 300\r\n");
  EXPECT_GT(answers_while_saving(server, std::move(client), port, "A request does not end"), 0);
  EXPECT_EQ(server.wait().code, 0);
}

TEST(Admin, TellsThatWritesAreRefusedAsNothingCanBeSaved) {
  auto folder = std::make_unique<TemporaryFolder>();
  const ServerProcess server({"--admin-port", "0", "--dir", folder->path("."), "--save", "3600 1"});
  const int port = admin_port(server);
  auto client = WireClient::connect(server.port());
  folder.reset();
  EXPECT_EQ(client.ask("BGSAVE"), "+Background saving started\r\n");
  HttpResponse health = http_get(port, "/health");
  for (int i = 0; i < 10'000 && health.status == 200; ++i) health = http_get(port, "/health");
  EXPECT_EQ(health.status, 503);
  EXPECT_THAT(health.body, HasSubstr(R"("reason":"cannot_save")"));
  EXPECT_THAT(client.ask("SET k v"), StartsWith("-MISCONF"));
}

TEST(Admin, AnotherTokenHoldsOnceItsFileIsReadAgain) {
  const TemporaryFolder folder;
  const std::string file = folder.write("token", "first\n");
  const ServerProcess server({"--admin-port", "0", "--admin-token-file", file});
  const int port = admin_port(server);
  const auto status = [port](std::string_view token) {
    return http_get(port, "/metrics", "Authorization: Bearer " + std::string(token) + "\r\n")
        .status;
  };
  EXPECT_EQ(status("first"), 200);
  folder.write("token", "second");
  EXPECT_EQ(WireClient::connect(server.port()).ask("CONFIG SET admin-token-file " + file),
            "+OK\r\n");
  EXPECT_EQ(status("first"), 401);
  EXPECT_EQ(status("second"), 200);
}

TEST(Admin, AnEmptyPrefixIsNoneAndStandsAlone) {
  EXPECT_EQ(run_server({"--check-config", "--metrics-prefix", ""}).code, 0);
  const Ending ending = run_server({"--check-config", "--metrics-prefix", "", "user:"});
  EXPECT_EQ(ending.code, 1);
  EXPECT_THAT(ending.output, HasSubstr("an empty word means none, and can't stand beside others"));
}

}  // namespace
}  // namespace sideline::test
