#include "server/net/connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libcache/clock.h>

#include "server/command/core/server.h"
#include "server/command/families.h"
#include "server/config/config.h"
#include "server/log/log.h"
#include "server/net/environment.h"
#include "server/net/event_loop.h"
#include "tests/support/command_fixture.h"

namespace sideline::net {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::Gt;
using ::testing::Le;
using ::testing::StartsWith;

/// One connection, its peer, and a clock that stands. Nothing happens but in run().
class NetConnectionTest : public ::testing::Test, protected ConnectionOwner {
 protected:
  NetConnectionTest() {
    std::array<int, 2> pair{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.data()), 0);
    peer = FileDescriptor(pair[0]);
    client->id = server.clients.next_id();
    client->fd = pair[1];
    client->kind = command::Client::Kind::kUnix;
    client->authenticated = true;
    ConnectionOwner& owner = *this;
    connection = std::make_shared<Connection>(environment, loop, owner, pipeline,
                                              FileDescriptor(pair[1]), client);
    client->link = connection;
    server.clients.add(client);
    connection->start();
  }

  static config::Settings settings() {
    config::Settings result;
    result.maxmemory = std::size_t{64} << 20;
    result.io_threads = 1;
    result.miss_ratio_curve = false;  // it takes memory of the cache
    return result;
  }

  void forget(Connection& which) override {
    EXPECT_EQ(&which, connection.get());
    connection.reset();
  }

  /// Does all that can be done now.
  void run() {
    while (loop.poll()) continue;
  }

  void set(std::string_view name, std::string_view value) {
    EXPECT_EQ(config.set(std::array{name, value}), std::nullopt);
    environment.update(config.settings());
  }

  void send(std::string_view bytes) {
    EXPECT_EQ(::send(peer.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }

  /// What the peer can read now.
  std::string received() {
    std::string bytes;
    std::array<char, 65536> piece{};
    for (;;) {
      const ssize_t got = ::recv(peer.get(), piece.data(), piece.size(), 0);
      if (got <= 0) return bytes;
      bytes.append(piece.data(), static_cast<std::size_t>(got));
    }
  }

  /// Sends requests, and returns the replies.
  std::string ask(std::string_view requests) {
    send(requests);
    run();
    return received();
  }

  /// Whether the peer sees the end.
  bool at_end() {
    char byte = 0;
    return ::recv(peer.get(), &byte, 1, 0) == 0;
  }

  void pause() {
    const std::int64_t now_ms = command::Pause::steady_ms();
    server.pause.begin(command::Pause::Mode::kAll, now_ms + 1'000'000, now_ms);
  }

  void tick_after(std::int64_t ms) {
    steady += std::chrono::milliseconds(ms);
    run();
    connection->tick();
    run();
  }

  [[nodiscard]] bool is_forgotten() const { return connection == nullptr; }

  /// Requests for much more than the socket takes, with nobody reading. Returns the reply to one.
  std::string ask_for_much() {
    const std::string value(10'000, 'v');
    EXPECT_EQ(ask("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$10000\r\n" + value + "\r\n"), "+OK\r\n");
    for (int i = 0; i < kMany; ++i) send("GET k\r\n");
    run();
    return "$10000\r\n" + value + "\r\n";
  }

  static constexpr int kMany = 200;
  static constexpr std::size_t kMiB = std::size_t{1} << 20;

  libcache::ManualClock clock;
  config::Config config{settings(), ""};
  libcache::Cache cache{test::cache_options(config.settings(), clock)};
  command::Server server{config, cache, command::all_families()};
  log::Log log{"", log::Level::kNothing};
  Environment environment{server, log};
  EventLoop::Clock::time_point steady;  // stands too
  EventLoop loop{[this] { return steady; }};
  Pipeline pipeline;
  std::shared_ptr<command::Client> client = std::make_shared<command::Client>();
  std::shared_ptr<Connection> connection;
  FileDescriptor peer;
};

// --- Serving ------------------------------------------------------------------------------------

TEST_F(NetConnectionTest, AnswersARequest) { EXPECT_EQ(ask("PING\r\n"), "+PONG\r\n"); }

TEST_F(NetConnectionTest, AnswersRequestsThatAreCutAnywhere) {
  const std::string requests =
      "*2\r\n$4\r\nECHO\r\n$3\r\na\r\n\r\nPING\r\nECHO \"b c\"\r\n*1\r\n$4\r\nPING\r\n";
  const std::string replies = "$3\r\na\r\n\r\n+PONG\r\n$3\r\nb c\r\n+PONG\r\n";
  for (std::size_t cut = 0; cut <= requests.size(); ++cut) {
    std::string answer = cut == 0 ? "" : ask(requests.substr(0, cut));
    if (cut < requests.size()) answer += ask(requests.substr(cut));
    EXPECT_EQ(answer, replies) << cut;
  }
}

TEST_F(NetConnectionTest, OneTurnDoesNotRunAllOfALongPipeline) {
  std::string requests;
  for (int i = 0; i < 3000; ++i) requests += "PING\r\n";
  send(requests);
  static_cast<void>(loop.poll());
  const std::size_t first = received().size();
  EXPECT_THAT(first, AllOf(Gt(0U), Le(1000U * 7)));
  run();
  EXPECT_EQ(first + received().size(), 3000U * 7);
}

TEST_F(NetConnectionTest, CountsWhatItMoves) {
  static_cast<void>(ask("PING\r\n"));
  const command::Traffic::Totals moved = server.traffic.totals();
  EXPECT_EQ(moved.input_bytes, 6U);
  EXPECT_EQ(moved.output_bytes, 7U);
  EXPECT_EQ(moved.reads, 1U);
  EXPECT_EQ(moved.writes, 1U);
}

TEST_F(NetConnectionTest, APausedRequestWaits) {
  pause();
  EXPECT_EQ(ask("PING\r\nPING\r\n"), "");
  server.pause.end();
  run();
  EXPECT_EQ(received(), "+PONG\r\n+PONG\r\n");
}

TEST_F(NetConnectionTest, APausedClientMayBeKilled) {
  pause();
  EXPECT_EQ(ask("PING\r\n"), "");
  connection->close();
  run();
  EXPECT_TRUE(is_forgotten());
}

// --- A peer that does not read ------------------------------------------------------------------

TEST_F(NetConnectionTest, StopsServingAReaderThatDoesNotRead) {
  set("client-output-buffer-limit", "normal 0 0 0");
  ask_for_much();
  EXPECT_THAT(client->output_size.load(), AllOf(Gt(0U), Le(64U * 1024 + 10'100)));
}

TEST_F(NetConnectionTest, GoesOnWhenThePeerReads) {
  const std::string reply = ask_for_much();
  std::string replies;
  for (int i = 0; i < kMany; ++i) {
    replies += received();
    run();
  }
  EXPECT_EQ(replies.size(), reply.size() * kMany);
  EXPECT_THAT(replies, AllOf(StartsWith(reply), EndsWith(reply)));
  EXPECT_EQ(client->output_size.load(), 0U);
}

TEST_F(NetConnectionTest, TheSoftLimitEndsAReaderThatStaysBehind) {
  set("client-output-buffer-limit", "normal 0 10000 10");
  ask_for_much();
  tick_after(9'000);
  EXPECT_FALSE(is_forgotten());
  tick_after(2'000);
  EXPECT_TRUE(is_forgotten());
}

TEST_F(NetConnectionTest, TheHardLimitEndsAReaderAtOnce) {
  set("client-output-buffer-limit", "normal 20000 0 0");
  ask_for_much();
  EXPECT_TRUE(is_forgotten());
}

TEST_F(NetConnectionTest, AReaderThatDoesNotReadKeepsLittleOfTheCache) {
  set("client-output-buffer-limit", "normal 0 0 0");
  const std::string value(kMiB, 'v');
  std::string request = "MGET";
  for (int i = 0; i < 40; ++i) {
    const std::string key = std::to_string(i);
    ASSERT_EQ(server.cache.set(key, value).status, libcache::Status::kOk);
    request += " " + key;
  }
  send(request + "\r\n");
  run();
  EXPECT_THAT(client->output_size.load(), Gt(39 * kMiB));
  for (int i = 0; i < 40; ++i) server.cache.erase(std::to_string(i));
  EXPECT_THAT(server.cache.memory(), Le(settings().maxmemory / 8 + 2 * kMiB));
}

TEST_F(NetConnectionTest, WhatAReaderDoesNotReadHasTheHardLimitEvenIfItIsLarge) {
  set("client-output-buffer-limit", "normal 1mb 0 0");
  set("maxmemory", "8mb");
  ASSERT_EQ(server.cache.set("k", std::string(2 * kMiB, 'v')).status, libcache::Status::kOk);
  EXPECT_EQ(ask("GET k\r\n"), "");
  EXPECT_TRUE(is_forgotten());
}

TEST_F(NetConnectionTest, FinishingSendsWhatWasPushed) {
  std::string pushed;
  while (client->output_size == 0) {
    const std::string piece(10'000, 'x');
    connection->push(piece);
    pushed += piece;
    run();
  }
  connection->finish();
  std::string bytes;
  for (int i = 0; i < 100 && bytes.size() < pushed.size(); ++i) {
    bytes += received();
    run();
  }
  EXPECT_EQ(bytes, pushed);
}

TEST_F(NetConnectionTest, IsNotToldOfItsSocketWhenItIsGone) {
  const FileDescriptor copy(::dup(client->fd));  // as a process that was forked has one
  connection->close();
  run();
  ASSERT_TRUE(is_forgotten());
  send("PING\r\n");
  EXPECT_FALSE(loop.poll());
}

// --- Idle ---------------------------------------------------------------------------------------

TEST_F(NetConnectionTest, AnIdleClientIsClosedAfterTheTimeout) {
  set("timeout", "60");
  tick_after(60'000);
  EXPECT_FALSE(is_forgotten());
  tick_after(1);
  EXPECT_TRUE(is_forgotten());
  EXPECT_TRUE(at_end());
  EXPECT_EQ(server.clients.size(), 0U);
}

TEST_F(NetConnectionTest, ARequestStartsTheTimeoutAnew) {
  set("timeout", "60");
  tick_after(59'000);
  EXPECT_EQ(ask("PING\r\n"), "+PONG\r\n");
  tick_after(59'000);
  EXPECT_FALSE(is_forgotten());
}

TEST_F(NetConnectionTest, WithoutATimeoutAClientMayIdle) {
  tick_after(1'000'000'000);
  EXPECT_FALSE(is_forgotten());
}

TEST_F(NetConnectionTest, AMonitorMayIdle) {
  set("timeout", "60");
  EXPECT_EQ(ask("MONITOR\r\n"), "+OK\r\n");
  tick_after(1'000'000);
  EXPECT_FALSE(is_forgotten());
}

TEST_F(NetConnectionTest, AnIdleClientGivesItsLargeBuffersBack) {
  const std::string large(60'000, 'x');
  for (int i = 0; i < 5; ++i)
    static_cast<void>(ask("*2\r\n$4\r\nECHO\r\n$60000\r\n" + large + "\r\n"));
  EXPECT_THAT(client->query_buffer_size.load(), Gt(ReadBuffer::kMinRead));
  tick_after(11'000);
  EXPECT_EQ(ask("PING\r\n"), "+PONG\r\n");
  EXPECT_EQ(client->query_buffer_size.load(), ReadBuffer::kMinRead);
}

TEST_F(NetConnectionTest, AnIdleClientKeepsItsPartOfARequest) {
  const std::string half(30'000, 'x');
  EXPECT_EQ(ask("*2\r\n$4\r\nECHO\r\n$60000\r\n" + half), "");
  tick_after(11'000);
  EXPECT_EQ(ask(half + "\r\n"), "$60000\r\n" + half + half + "\r\n");
}

TEST_F(NetConnectionTest, AByteASecondIsNotIdle) {
  set("timeout", "10");
  const std::string request = "*2\r\n$4\r\nECHO\r\n$20\r\n" + std::string(20, 'x') + "\r\n";
  std::string answer;
  for (const char byte : request) {
    EXPECT_EQ(answer, "");
    tick_after(1'000);
    answer = ask({&byte, 1});
  }
  EXPECT_EQ(answer, "$20\r\n" + std::string(20, 'x') + "\r\n");
  EXPECT_EQ(client->query_buffer_size.load(), ReadBuffer::kMinRead);
  tick_after(10'001);
  EXPECT_TRUE(is_forgotten());
}

// --- A clock that is set ------------------------------------------------------------------------

constexpr std::int64_t kYearMs = 365LL * 24 * 3600 * 1000;

TEST_F(NetConnectionTest, AClockThatIsSetForwardEndsNobody) {
  set("timeout", "60");
  clock.advance_ms(kYearMs);
  tick_after(59'000);
  EXPECT_EQ(ask("PING\r\n"), "+PONG\r\n");
}

TEST_F(NetConnectionTest, AClockThatIsSetBackSparesNobody) {
  set("timeout", "60");
  EXPECT_EQ(ask("PING\r\n"), "+PONG\r\n");
  clock.advance_ms(-kYearMs);
  tick_after(60'001);
  EXPECT_TRUE(is_forgotten());
}

TEST_F(NetConnectionTest, AClockThatIsSetChangesNothingForASlowReader) {
  set("client-output-buffer-limit", "normal 0 10000 10");
  ask_for_much();
  clock.advance_ms(kYearMs);
  tick_after(9'000);
  EXPECT_FALSE(is_forgotten());
  clock.advance_ms(-2 * kYearMs);
  tick_after(2'000);
  EXPECT_TRUE(is_forgotten());
}

TEST_F(NetConnectionTest, AClockThatIsSetBackDoesNotMakeItWaitForThePeer) {
  EXPECT_EQ(ask("QUIT\r\n"), "+OK\r\n");
  clock.advance_ms(kYearMs);
  tick_after(999);
  EXPECT_FALSE(is_forgotten());
  clock.advance_ms(-2 * kYearMs);
  tick_after(1);
  EXPECT_TRUE(is_forgotten());
}

// --- The end ------------------------------------------------------------------------------------

TEST_F(NetConnectionTest, IsForgottenWhenThePeerLeaves) {
  peer = FileDescriptor();
  run();
  EXPECT_TRUE(is_forgotten());
  EXPECT_EQ(server.clients.size(), 0U);
}

TEST_F(NetConnectionTest, AfterQuitItWaitsForThePeer) {
  EXPECT_EQ(ask("QUIT\r\nPING\r\n"), "+OK\r\n");
  EXPECT_TRUE(at_end());
  EXPECT_FALSE(is_forgotten());
  peer = FileDescriptor();
  run();
  EXPECT_TRUE(is_forgotten());
}

TEST_F(NetConnectionTest, AfterQuitItDoesNotWaitForLong) {
  EXPECT_EQ(ask("QUIT\r\n"), "+OK\r\n");
  tick_after(1'000);
  EXPECT_TRUE(is_forgotten());
}

TEST_F(NetConnectionTest, AfterAProtocolErrorItReadsNoFurther) {
  EXPECT_EQ(ask("*x\r\nPING\r\n"), "-ERR Protocol error: invalid multibulk length\r\n");
  EXPECT_EQ(ask("PING\r\n"), "");
}

TEST_F(NetConnectionTest, AClientThatWantsNoRepliesGetsNoProtocolError) {
  EXPECT_EQ(ask("CLIENT REPLY OFF\r\n*x\r\n"), "");
  EXPECT_TRUE(at_end());
}

TEST_F(NetConnectionTest, AProtocolErrorMayBeTheReplyThatIsSkipped) {
  EXPECT_EQ(ask("CLIENT REPLY SKIP\r\n*x\r\n"), "");
  EXPECT_TRUE(at_end());
}

TEST_F(NetConnectionTest, AKilledClientGetsNoMoreReplies) {
  connection->close();
  send("PING\r\n");
  run();
  EXPECT_EQ(received(), "");
  EXPECT_TRUE(is_forgotten());
}

TEST_F(NetConnectionTest, FinishingServesWhatHasArrived) {
  send("PING\r\nPING\r\n*2\r\n$4\r\nECHO");
  connection->finish();
  run();
  EXPECT_EQ(received(), "+PONG\r\n+PONG\r\n");
  EXPECT_TRUE(at_end());
}

TEST_F(NetConnectionTest, FinishingSendsAllReplies) {
  const std::string reply = ask_for_much();
  connection->finish();
  std::string replies;
  for (int i = 0; i < kMany; ++i) {
    replies += received();
    run();
  }
  EXPECT_EQ(replies.size(), reply.size() * kMany);
  EXPECT_TRUE(at_end());
}

TEST_F(NetConnectionTest, FinishingEndsAPausedClient) {
  pause();
  EXPECT_EQ(ask("PING\r\n"), "");
  connection->finish();
  run();
  EXPECT_TRUE(is_forgotten());
}

// --- What others ask for ------------------------------------------------------------------------

TEST_F(NetConnectionTest, SendsWhatIsPushed) {
  connection->push("+one\r\n");
  connection->push("+two\r\n");
  run();
  EXPECT_EQ(received(), "+one\r\n+two\r\n");
}

TEST_F(NetConnectionTest, PushesBeyondTheHardLimitEndIt) {
  set("client-output-buffer-limit", "normal 100000 0 0");
  for (int i = 0; i < 200; ++i) connection->push(std::string(1000, 'x'));
  run();
  EXPECT_TRUE(is_forgotten());
}

TEST_F(NetConnectionTest, ALinkMayOutliveIt) {
  const std::shared_ptr<command::Client::Link> link = client->link.lock();
  connection->close();
  run();
  EXPECT_TRUE(is_forgotten());
  link->close();
  link->push("x");
  link->resume();
  run();
  EXPECT_TRUE(at_end());
}

TEST_F(NetConnectionTest, OtherThreadsMayPushAndKill) {
  std::jthread other([link = client->link] {
    for (int i = 0; i < 1000; ++i) {
      if (const auto target = link.lock()) target->push("+x\r\n");
    }
    if (const auto target = link.lock()) target->close();
  });
  while (!is_forgotten()) {
    run();
    static_cast<void>(received());
  }
}

}  // namespace
}  // namespace sideline::net
