#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/http_client.h"
#include "tests/support/reserved_port.h"
#include "tests/support/sanitizer.h"
#include "tests/support/server_process.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/tls_client.h"
#include "tests/support/tls_server.h"
#include "tests/support/wire_client.h"

// What a server has to survive that no client asks for. The faults that concern one part of it
// alone stand with that part: what becomes of snapshots and certificates, clients that do not read
// (limits_test.cc), the admin port's own.
namespace sideline::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::AllOf;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::Lt;
using ::testing::Not;
using ::testing::StartsWith;
using ::testing::ThrowsMessage;

constexpr std::size_t kMiB = std::size_t{1} << 20;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kTakesFiles = true;  // UBSan comes with it, and looks at objects through a pipe
#else
constexpr bool kTakesFiles = false;
#endif

WireClient connect(const ServerProcess& server) { return WireClient::connect(server.port()); }

/// How much of a processor a server takes while nobody asks for anything.
double processor_share(const ServerProcess& server) {
  constexpr std::chrono::seconds kWhile{2};
  const milliseconds before = server.processor_time();
  std::this_thread::sleep_for(kWhile);
  return (server.processor_time() - before) / std::chrono::duration<double, std::milli>(kWhile);
}

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t times = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++times;
  }
  return times;
}

// --- File descriptors ----------------------------------------------------------------------------

constexpr const char* kShort = "Can't accept a connection on 127.0.0.1";

/// Leaves the server two more, and returns as many clients as it can serve then.
std::vector<WireClient> take_all_files(const ServerProcess& server) {
  const std::vector<int> open = server.open_files();
  const auto files = static_cast<std::size_t>(*std::ranges::max_element(open)) + 1 + 2;
  server.limit(RLIMIT_NOFILE, files);
  std::vector<WireClient> clients;
  for (std::size_t i = open.size(); i < files; ++i) {
    clients.push_back(connect(server));
    EXPECT_EQ(clients.back().ask("PING"), "+PONG\r\n");
  }
  return clients;
}

TEST(Faults, WithoutFileDescriptorsNewClientsWaitAndOldOnesAreServed) {
  if (kTakesFiles) GTEST_SKIP() << "a sanitizer needs files, and ends the process without";
  const ServerProcess server;
  auto old = connect(server);
  ASSERT_EQ(old.ask("SET k v"), "+OK\r\n");
  std::vector<WireClient> clients = take_all_files(server);
  std::vector<WireClient> waiting;
  for (int i = 0; i < 2; ++i) {
    waiting.push_back(connect(server));  // the system's queue takes them
    waiting.back().send("PING\r\n");
  }
  ASSERT_TRUE(server.wait_for("output", kShort));
  EXPECT_THAT(server.output(), HasSubstr("Too many open files"));
  EXPECT_EQ(old.ask("GET k"), "v");
  const double share = processor_share(server);
  if (!kIsSanitized) {
    EXPECT_THAT(share, Lt(0.1)) << "it asks again in vain, all the time";
  }
  for (WireClient& client : waiting) {
    clients.pop_back();
    EXPECT_EQ(client.read_line(), "+PONG\r\n");
  }
  EXPECT_EQ(old.ask("GET k"), "v");
  EXPECT_EQ(count(server.output(), kShort), 1U);
}

TEST(Faults, AtTheLimitOfFilesTheLogIsToldOnceHoweverManyComeAndGo) {
  if (kTakesFiles) GTEST_SKIP() << "a sanitizer needs files, and ends the process without";
  const ServerProcess server;
  auto first = connect(server);
  ASSERT_EQ(first.ask("PING"), "+PONG\r\n");  // all is open that it opens at its start
  std::vector<WireClient> clients = take_all_files(server);
  ASSERT_TRUE(server.wait_for("output", kShort));
  for (int round = 0; round < 10; ++round) {
    clients.erase(clients.begin(), clients.begin() + 2);
    // With the first one there is room for another, and with that there is none.
    for (int i = 0; i < 2; ++i) {
      clients.push_back(connect(server));
      ASSERT_EQ(clients.back().ask("PING"), "+PONG\r\n");
    }
  }
  EXPECT_EQ(count(server.output(), kShort), 1U);
}

TEST(Faults, WithoutFileDescriptorsHealthChecksAndTlsClientsWait) {
  if (kTakesFiles) GTEST_SKIP() << "a sanitizer needs files, and ends the process without";
  const ReservedPort plain;
  const ReservedPort admin;
  const TlsServer tls({"--port", plain.text(), "--admin-port", admin.text()});
  auto first = connect(tls.process);
  ASSERT_EQ(first.ask("PING"), "+PONG\r\n");  // all is open that it opens at its start
  std::vector<WireClient> clients = take_all_files(tls.process);
  auto health =
      std::async(std::launch::async, [&] { return http_get(admin.number(), "/health").status; });
  auto pong =
      std::async(std::launch::async, [&] { return TlsClient::connect(tls.port).ask("PING"); });
  for (const int port : {admin.number(), tls.port}) {
    EXPECT_TRUE(tls.process.wait_for("output", kShort + (':' + std::to_string(port))));
  }
  EXPECT_EQ(first.ask("PING"), "+PONG\r\n");
  clients.clear();
  EXPECT_EQ(health.get(), 200);
  EXPECT_EQ(pong.get(), "+PONG\r\n");
}

TEST(Faults, WithoutFileDescriptorsASaveFailsAndTheOldSnapshotStays) {
  if (kTakesFiles) GTEST_SKIP() << "a sanitizer needs files, and ends the process without";
  const TemporaryFolder folder;
  const ServerProcess server({"--dir", folder.path("")});
  auto old = connect(server);
  ASSERT_EQ(old.ask("SET k v"), "+OK\r\n");
  ASSERT_EQ(old.ask("SAVE"), "+OK\r\n");
  const std::string snapshot = folder.read("dump.rdb");
  ASSERT_EQ(old.ask("SET l v"), "+OK\r\n");
  std::vector<WireClient> clients = take_all_files(server);
  EXPECT_THAT(old.ask("SAVE"), StartsWith("-ERR"));
  EXPECT_TRUE(folder.read("dump.rdb") == snapshot);
  clients.clear();
  EXPECT_TRUE(server.wait_for("output", "Too many open files"));
  while (old.ask("SAVE") != "+OK\r\n") {
    // The server has not closed them yet.
  }
  EXPECT_FALSE(folder.read("dump.rdb") == snapshot);
}

/// Becomes the command behind it, which may open so many files and may not change that.
std::vector<std::string> with_files(int files) {
  return {"/bin/sh", "-c",
          "ulimit -n " + std::to_string(files) +
              " && exec setpriv --bounding-set=-sys_resource --inh-caps=-all \"$0\" \"$@\""};
}

TEST(Faults, AServerWithFewFilesLowersMaxclientsAtItsStart) {
  // 64 files of its own and 2 a thread.
  ServerProcess server({}, {}, with_files(1000));
  const Ending ending = server.stop();
  EXPECT_EQ(ending.code, 0);
  EXPECT_THAT(
      ending.output,
      AllOf(HasSubstr("You requested maxclients of 10000 requiring at least 10068 max file "
                      "descriptors.\n"),
            HasSubstr("Server can't set maximum open files to 10068 because of OS error: "
                      "Operation not permitted.\n"),
            HasSubstr("Current maximum open files is 1000. maxclients has been reduced to 932 to "
                      "compensate for low ulimit. If you need higher maxclients increase 'ulimit "
                      "-n'.\n"),
            HasSubstr("Ready to accept connections")));
}

TEST(Faults, AServerWithTooFewFilesDoesNotStart) {
  EXPECT_THAT([] { const ServerProcess server({}, {}, with_files(68)); },
              ThrowsMessage<std::runtime_error>(
                  AllOf(HasSubstr("Your current 'ulimit -n' of 68 is not enough for the server to "
                                  "start. Please increase your open file limit to at least 10068. "
                                  "Exiting.\n"),
                        Not(HasSubstr("Ready to accept connections")))));
}

// --- Many clients --------------------------------------------------------------------------------

/// Room for so many files of the test itself, while this lives.
class ManyFiles {
 public:
  explicit ManyFiles(rlim_t files) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit wanted = before_;
    wanted.rlim_cur = std::max(files, before_.rlim_cur);
    wanted.rlim_max = std::max(files, before_.rlim_max);
    is_there_ = ::setrlimit(RLIMIT_NOFILE, &wanted) == 0;
  }
  ManyFiles(const ManyFiles&) = delete;
  ManyFiles& operator=(const ManyFiles&) = delete;
  ~ManyFiles() { ::setrlimit(RLIMIT_NOFILE, &before_); }

  [[nodiscard]] bool is_there() const { return is_there_; }

 private:
  rlimit before_{};
  bool is_there_ = false;
};

/// Waits until INFO tells of so many clients.
bool has_clients(WireClient& client, std::size_t number) {
  const std::string line = "connected_clients:" + std::to_string(number) + "\r\n";
  for (int i = 0; i < 10'000; ++i) {
    if (client.ask("INFO clients").find(line) != std::string::npos) return true;
    std::this_thread::yield();
  }
  return false;
}

TEST(Faults, TenThousandIdleClientsTakeLittleAndHinderNobody) {
  constexpr std::size_t kClients = 10'000;
  const ManyFiles files(kClients + 1000);
  if (!files.is_there()) GTEST_SKIP() << "this process may not open 11,000 files (ulimit -Hn)";
  ServerProcess server({"--maxclients", "10100"});
  auto busy = connect(server);
  ASSERT_EQ(busy.ask("PING"), "+PONG\r\n");
  const std::size_t before = server.resident_memory();
  std::vector<WireClient> idle;
  for (std::size_t i = 0; i < kClients; ++i) idle.push_back(connect(server));
  for (WireClient& client : idle) client.send("PING\r\n");
  for (WireClient& client : idle) ASSERT_EQ(client.read_line(), "+PONG\r\n");
  const std::size_t each = (server.resident_memory() - before) / kClients;
  const double share = processor_share(server);
  const milliseconds worked = server.processor_time();
  const auto begun = steady_clock::now();
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(busy.ask("PING\r\n"), "+PONG\r\n");
  const milliseconds thousand =
      std::chrono::duration_cast<milliseconds>(steady_clock::now() - begun);
  const milliseconds work = server.processor_time() - worked;
  std::printf(
      "an idle client: %zu bytes; all of them: %.1f %% of a processor; 1000 PINGs beside "
      "them: %lld ms, of which the server worked %lld\n",
      each, 100 * share, static_cast<long long>(thousand.count()),
      static_cast<long long>(work.count()));
  if (!kIsSanitized) {
    EXPECT_THAT(each, Lt(6U * 1024));
    EXPECT_THAT(share, Lt(0.05));
    EXPECT_THAT(work, Lt(milliseconds(500)));  // how long it took says more of the machine
  }
  idle.erase(idle.begin() + kClients / 2, idle.end());
  EXPECT_TRUE(has_clients(busy, kClients / 2 + 1));
  EXPECT_EQ(server.stop().code, 0);
  for (WireClient& client : idle) ASSERT_EQ(client.read_to_end(), "");
}

// --- Memory --------------------------------------------------------------------------------------

TEST(Faults, ARequestForWhichTheSystemHasNoMemoryEndsItsClientAlone) {
  if (kIsSanitized) GTEST_SKIP() << "a sanitizer ends the process if there is no memory";
  const ServerProcess server({"--maxmemory", "64mb"});
  auto other = connect(server);
  ASSERT_EQ(other.ask("SET k v"), "+OK\r\n");
  auto greedy = connect(server);
  ASSERT_EQ(greedy.ask("PING"), "+PONG\r\n");
  server.limit(RLIMIT_AS, server.address_space() + 16 * kMiB);
  const std::string piece(kMiB, 'x');
  greedy.send("*3\r\n$3\r\nSET\r\n$5\r\nlarge\r\n$400000000\r\n");
  int sent = 0;
  while (sent < 400 && greedy.send(piece)) ++sent;
  EXPECT_THAT(sent, Lt(400)) << "it was kept";
  EXPECT_EQ(greedy.read_to_end(), "");
  EXPECT_EQ(other.ask("GET k"), "v");
  EXPECT_EQ(other.ask("SET k w"), "+OK\r\n");
  EXPECT_EQ(connect(server).ask("GET k"), "w");
  EXPECT_EQ(other.ask("EXISTS large"), ":0\r\n");
}

TEST(Faults, AValueForWhichTheSystemHasNoMemoryEvictsNobody) {
  if (kIsSanitized) GTEST_SKIP() << "a sanitizer ends the process if there is no memory";
  const ServerProcess server({"--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"});
  auto client = connect(server);
  constexpr int kKeys = 1000;
  std::string batch;
  for (int i = 0; i < kKeys; ++i) batch += "SET key:" + std::to_string(i) + " v\r\n";
  ASSERT_TRUE(client.send(batch));
  ASSERT_EQ(client.read(5 * kKeys), repeat("+OK\r\n", kKeys));
  server.limit(RLIMIT_AS, server.address_space() + 16 * kMiB);
  const std::string large(100'000, 'x');
  EXPECT_THAT(client.ask(request({"SET", "large", large})), HasSubstr("-OOM "));
  EXPECT_EQ(client.ask("DBSIZE"), ":1000\r\n");
  EXPECT_EQ(client.ask("SET key:0 w"), "+OK\r\n");
  server.limit(RLIMIT_AS, RLIM_INFINITY);
  EXPECT_EQ(client.ask(request({"SET", "large", large})), "+OK\r\n");
}

TEST(Faults, AServerThatGetsNoMoreMemoryFromTheSystemEvicts) {
  if (kIsSanitized) GTEST_SKIP() << "a sanitizer ends the process if there is no memory";
  const ServerProcess server({"--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lru"});
  auto client = connect(server);
  ASSERT_EQ(client.ask("PING"), "+PONG\r\n");
  server.limit(RLIMIT_DATA, server.data_memory() + 32 * kMiB);
  constexpr int kKeys = 600'000;  // 56 MB
  constexpr int kBatch = 10'000;
  const std::string value(64, 'x');
  for (int first = 0; first < kKeys; first += kBatch) {
    std::string batch;
    for (int i = first; i < first + kBatch; ++i) {
      batch += "SET key:" + std::to_string(i) + ' ' + value + "\r\n";
    }
    ASSERT_TRUE(client.send(batch));
    ASSERT_EQ(client.read(5 * kBatch), repeat("+OK\r\n", kBatch)) << "after " << first;
  }
  const std::string size = client.ask("DBSIZE");
  EXPECT_THAT(std::stoi(size.substr(1)), AllOf(Gt(100'000), Lt(500'000)));
  EXPECT_EQ(client.ask("GET key:" + std::to_string(kKeys - 1)), value);
}

}  // namespace
}  // namespace sideline::test
