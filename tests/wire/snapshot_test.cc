#include <csignal>
#include <filesystem>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "tests/support/http_client.h"
#include "tests/support/server_process.h"
#include "tests/support/wire_client.h"

namespace sideline::test {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class SnapshotWireTest : public testing::Test {
 protected:
  /// One reply, once the snapshot is loaded.
  static std::string ask(const ServerProcess& server, std::string_view request) {
    auto client = WireClient::connect(server.port());
    std::string reply = client.ask(request);
    while (reply.starts_with("-LOADING")) {
      std::this_thread::yield();
      reply = client.ask(request);
    }
    return reply;
  }
  [[nodiscard]] std::string dir() const { return folder_.path(""); }

  TemporaryFolder folder_;
};

TEST_F(SnapshotWireTest, ARestartKeepsWhatThereWasIfThatIsConfigured) {
  {
    ServerProcess server({"--dir", dir(), "--save", "3600", "1"});
    EXPECT_EQ(ask(server, "SET k v\r\n"), "+OK\r\n");
    EXPECT_EQ(server.stop().code, 0);
  }
  ServerProcess server({"--dir", dir()});
  EXPECT_EQ(ask(server, "GET k\r\n"), "v");
  EXPECT_EQ(ask(server, "SET k changed\r\n"), "+OK\r\n");
  EXPECT_EQ(server.stop().code, 0);
  ServerProcess again({"--dir", dir(), "--load-before-serving", "no"});
  ASSERT_TRUE(again.wait_for("output", "Snapshot loaded"));
  EXPECT_EQ(ask(again, "GET k\r\n"), "v");
}

TEST_F(SnapshotWireTest, AnEndThatCannotSaveSaysSo) {
  ServerProcess server({"--dir", dir(), "--save", "3600", "1"});
  std::filesystem::remove_all(dir());
  const Ending ending = server.stop();
  EXPECT_EQ(ending.code, 1);
  EXPECT_THAT(ending.output, HasSubstr("Snapshot not saved: can't open"));
}

TEST_F(SnapshotWireTest, ASnapshotThatIsNoneIsRefusedWithItsOffset) {
  const std::string path = folder_.write("dump.rdb", "REDIS0010\x16");
  ServerProcess server({"--dir", dir()});
  EXPECT_EQ(ask(server, "DBSIZE\r\n"), ":0\r\n");
  EXPECT_THAT(server.output(), HasSubstr("refused at byte 10: unknown type or operation 22"));
  EXPECT_EQ(folder_.read("dump.rdb.refused"), "REDIS0010\x16");
}

/// What takes a while to load, half a second and more: 200 MB.
class LongLoadTest : public SnapshotWireTest {
 protected:
  static constexpr int kKeys = 200;

  LongLoadTest() {
    ServerProcess server({"--dir", dir()});
    auto client = WireClient::connect(server.port());
    for (int i = 0; i < kKeys; ++i) {
      client.send("SETRANGE " + std::to_string(i) + " 1000000 x\r\n");
      all_ += " " + std::to_string(i);
    }
    const std::string replies = repeat(":1000001\r\n", kKeys);
    EXPECT_EQ(client.read(replies.size()), replies);
    EXPECT_EQ(client.ask("SAVE\r\n"), "+OK\r\n");
  }

  /// What is replied to a request again and again, each different reply once, until all is loaded.
  static std::vector<std::string> replies_while_loading(const ServerProcess& server,
                                                        const std::string& request) {
    auto client = WireClient::connect(server.port());
    std::vector<std::string> replies;
    while (server.output().find("Snapshot loaded") == std::string::npos) {
      client.send(request + "\r\n");
      const std::string reply = client.read_line();
      if (replies.empty() || reply != replies.back()) replies.push_back(reply);
    }
    return replies;
  }

  std::string all_;
};

TEST_F(LongLoadTest, ReadsMissMeanwhileIfClientsAreServedAtOnce) {
  const ServerProcess server({"--dir", dir(), "--load-before-serving", "no"});
  const auto replies = replies_while_loading(server, "EXISTS" + all_);
  EXPECT_THAT(replies, Contains(Not(":" + std::to_string(kKeys) + "\r\n")));
  EXPECT_THAT(replies, Each(StartsWith(":")));
  EXPECT_EQ(ask(server, "EXISTS" + all_ + "\r\n"), ":" + std::to_string(kKeys) + "\r\n");
}

TEST_F(LongLoadTest, WhatIsWrittenMeanwhileStays) {
  const ServerProcess server({"--dir", dir(), "--load-before-serving", "no"});
  auto client = WireClient::connect(server.port());
  for (int i = 0; i < kKeys; ++i) client.send("SET " + std::to_string(i) + " mine\r\n");
  const std::string replies = repeat("+OK\r\n", kKeys);
  EXPECT_EQ(client.read(replies.size()), replies);
  ASSERT_TRUE(server.wait_for("output", "Snapshot loaded"));
  for (const char* const key : {"0", "77", "199"}) {
    EXPECT_EQ(client.ask(request({"GET", key})), "mine");
  }
}

TEST_F(LongLoadTest, ClientsAreToldToWaitOtherwise) {
  const ServerProcess server({"--dir", dir(), "--admin-port", "0"});
  const int port = admin_port(WireClient::connect(server.port()));
  const HttpResponse health = http_get(port, "/health");
  EXPECT_EQ(health.status, 503);
  EXPECT_THAT(health.body, HasSubstr(R"("reason":"loading")"));
  EXPECT_THAT(replies_while_loading(server, "EXISTS 7"),
              Contains("-LOADING Redis is loading the dataset in memory\r\n"));
  EXPECT_EQ(ask(server, "EXISTS 7\r\n"), ":1\r\n");
  EXPECT_EQ(http_get(port, "/health").status, 200);
}

/// Saves are killed, of so many keys of 1000 bytes beside the one that was saved before.
class KilledSaveTest : public SnapshotWireTest {
 protected:
  static constexpr int kKeys = 20'000;
  static constexpr std::uintmax_t kAll = kKeys * 1000;

  KilledSaveTest() {
    ServerProcess server({"--dir", dir()});
    EXPECT_EQ(ask(server, "SET old value\r\n"), "+OK\r\n");
    EXPECT_EQ(ask(server, "SAVE\r\n"), "+OK\r\n");
  }

  /// Kills a server that saves, as soon as that has written so many bytes, or is done. Returns
  /// whether it was not done.
  [[nodiscard]] bool kill_after(std::uintmax_t written) const {
    ServerProcess server({"--dir", dir(), "--rdbcompression", "no"});
    EXPECT_EQ(ask(server, "GET old\r\n"), "value");
    auto client = WireClient::connect(server.port());
    for (int i = 0; i < kKeys; ++i) {
      client.send("SET key" + std::to_string(i) + " " + std::string(1000, 'x') + "\r\n");
    }
    EXPECT_EQ(client.read(5 * kKeys), repeat("+OK\r\n", kKeys));
    EXPECT_EQ(client.ask("BGSAVE\r\n"), "+Background saving started\r\n");
    const std::string temporary =
        folder_.path("temp-" + std::to_string(server.pid()) + "-dump.rdb");
    const auto size = [&] {
      std::error_code error;
      const std::uintmax_t bytes = std::filesystem::file_size(temporary, error);
      return error ? 0 : bytes;
    };
    while (size() < written && client.ask("EXISTS key0\r\n") == ":1\r\n" &&
           server.output().find("Snapshot saved") == std::string::npos) {
    }
    server.signal(SIGKILL);
    EXPECT_EQ(server.wait().code, -1);
    return std::filesystem::exists(temporary);
  }
};

TEST_F(KilledSaveTest, LeavesTheOldOneWhole) {
  const std::string old = folder_.read("dump.rdb");
  int killed = 0;
  for (const std::uintmax_t percent : {1U, 10U, 33U, 66U, 90U}) {
    if (kill_after(kAll * percent / 100)) {
      ++killed;
      EXPECT_TRUE(folder_.read("dump.rdb") == old) << "killed at " << percent << " %";
    } else {
      folder_.write("dump.rdb", old);
    }
  }
  EXPECT_GE(killed, 2) << "saves were done before they could be killed";
  ServerProcess server({"--dir", dir()});
  EXPECT_EQ(ask(server, "DBSIZE\r\n"), ":1\r\n");
}

TEST_F(KilledSaveTest, LeavesOneOfBothWholeWhileTheyChangePlaces) {
  const std::string one = "keys 1\n";
  const std::string all = "keys " + std::to_string(kKeys + 1) + "\n";
  // Past kAll it writes what is left, syncs the file, renames it, and syncs the folder.
  for (const std::uintmax_t written : {kAll * 99 / 100, kAll, kAll + 100'000, 2 * kAll}) {
    static_cast<void>(kill_after(written));
    EXPECT_THAT(run_server({"--check-snapshot", folder_.path("dump.rdb")}).output,
                AnyOf(HasSubstr(one), HasSubstr(all)));
  }
}

}  // namespace
}  // namespace sideline::test
