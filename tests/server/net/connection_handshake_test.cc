#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <gtest/gtest.h>

#include "server/log/log.h"
#include "server/net/connection.h"
#include "server/net/environment.h"
#include "server/net/handshakes.h"
#include "server/tls/context.h"
#include "tests/support/certificates.h"
#include "tests/support/command_fixture.h"

namespace sideline::net {
namespace {

/// Connections over TLS whose peers do not come to the end of a handshake, and clocks that stand.
/// Nothing happens but in run().
class ConnectionHandshakeTest : public test::CommandFixture, protected ConnectionOwner {
 protected:
  static tls::Context make_context() {
    const test::TemporaryFolder folder;
    const test::Certificate pair = test::Authority().issue();
    config::Settings settings;
    settings.tls_auth_clients = "no";
    settings.tls_cert_file = folder.write("cert", pair.text());
    settings.tls_key_file = folder.write("key", pair.key_text());
    return std::get<tls::Context>(tls::make_context(settings));
  }

  struct Peer {
    FileDescriptor socket;
    std::shared_ptr<command::Client> client;

    void send(std::string_view bytes) const {
      EXPECT_EQ(::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
                static_cast<ssize_t>(bytes.size()));
    }
    [[nodiscard]] bool at_end() const {
      std::array<char, 256> alert{};
      ssize_t got = 1;
      while (got > 0) got = ::recv(socket.get(), alert.data(), alert.size(), 0);
      return got == 0 || errno == ECONNRESET;  // with bytes that nobody has read
    }
  };

  Peer connect() {
    std::array<int, 2> pair{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair.data()), 0);
    auto client = std::make_shared<command::Client>();
    client->id = server.clients.next_id();
    client->kind = command::Client::Kind::kUnix;
    ConnectionOwner& owner = *this;
    auto connection = std::make_shared<Connection>(environment, loop, owner, pipeline,
                                                   FileDescriptor(pair[1]), client);
    client->link = connection;
    server.clients.add(client);
    connections.emplace(connection.get(), connection);
    connection->start_tls(tls_context, handshakes);
    run();
    return {FileDescriptor(pair[0]), client};
  }

  void forget(Connection& connection) override { connections.erase(&connection); }

  void finish_all() {
    const auto all = connections;
    for (const auto& [key, connection] : all) connection->finish();
  }

  void run() {
    while (loop.poll()) continue;
  }

  void tick_after(std::int64_t ms) {
    steady += std::chrono::milliseconds(ms);
    run();
    std::vector<std::shared_ptr<Connection>> all;
    for (const auto& [key, connection] : connections) all.push_back(connection);
    for (const auto& connection : all) connection->tick();
    run();
  }

  /// The beginning of a ClientHello, whose rest does not come.
  static constexpr std::string_view kBeginning{"\x16\x03\x01\x02\x00\x01", 6};

  log::Log log{"", log::Level::kNothing};
  Environment environment{server, log};
  EventLoop::Clock::time_point steady;
  EventLoop loop{[this] { return steady; }};
  Pipeline pipeline;
  Handshakes handshakes{loop};
  tls::Context tls_context = make_context();
  std::unordered_map<Connection*, std::shared_ptr<Connection>> connections;
};

TEST_F(ConnectionHandshakeTest, WhoSaysNothingIsClosedInTheEnd) {
  const Peer peer = connect();
  tick_after(Connection::kHandshakeMs - 1);
  EXPECT_FALSE(peer.at_end());
  tick_after(1);
  EXPECT_TRUE(peer.at_end());
  EXPECT_EQ(connections.size(), 0);
}

TEST_F(ConnectionHandshakeTest, IsCounted) {
  const Peer stalls = connect();
  stalls.send(kBeginning);
  const Peer speaks_no_tls = connect();
  speaks_no_tls.send("PING\r\n");
  const Peer is_silent = connect();
  EXPECT_EQ(server.tls_handshakes_under_way.load(), 2U);
  EXPECT_EQ(server.tls_handshakes_failed.load(), 1U);
  tick_after(Connection::kHandshakeMs);
  EXPECT_EQ(server.tls_handshakes_under_way.load(), 0U);
  EXPECT_EQ(server.tls_handshakes_failed.load(), 3U);
  EXPECT_EQ(server.tls_handshakes_done.load(), 0U);
}

TEST_F(ConnectionHandshakeTest, WhoStallsIsClosedInTheEnd) {
  const Peer peer = connect();
  peer.send(kBeginning);
  run();
  tick_after(Connection::kHandshakeMs - 1);
  EXPECT_FALSE(peer.at_end());
  tick_after(1);
  EXPECT_TRUE(peer.at_end());
}

TEST_F(ConnectionHandshakeTest, WhoSendsAByteASecondIsClosedInTheEnd) {
  const Peer peer = connect();
  for (const char& byte : std::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xFC", 9)) {
    peer.send({&byte, 1});
    tick_after(Connection::kHandshakeMs / 10);
    EXPECT_FALSE(peer.at_end());
  }
  tick_after(Connection::kHandshakeMs / 10);
  EXPECT_TRUE(peer.at_end());
}

TEST_F(ConnectionHandshakeTest, AClockThatIsSetChangesNothing) {
  constexpr std::int64_t kYearMs = 365LL * 24 * 3600 * 1000;
  const Peer peer = connect();
  peer.send(kBeginning);
  run();
  clock.advance_ms(kYearMs);
  tick_after(Connection::kHandshakeMs - 1);
  EXPECT_FALSE(peer.at_end());
  clock.advance_ms(-2 * kYearMs);
  tick_after(1);
  EXPECT_TRUE(peer.at_end());
}

TEST_F(ConnectionHandshakeTest, WhoIsSilentTakesNoPlace) {
  std::vector<Peer> peers;
  for (std::size_t i = 0; i <= Handshakes::kMost; ++i) peers.push_back(connect());
  EXPECT_FALSE(handshakes.is_crowded());
}

TEST_F(ConnectionHandshakeTest, WhoStallsMakesRoomSoonerIfOthersWait) {
  std::vector<Peer> peers;
  for (std::size_t i = 0; i < Handshakes::kMost; ++i) {
    peers.push_back(connect());
    peers.back().send(kBeginning);
  }
  run();
  const Peer last = connect();
  last.send(kBeginning);
  run();
  EXPECT_TRUE(handshakes.is_crowded());
  tick_after(Connection::kCrowdedHandshakeMs);
  EXPECT_FALSE(handshakes.is_crowded());
  EXPECT_EQ(std::ranges::count_if(peers, &Peer::at_end), 1) << "no more than are waited for";
  EXPECT_FALSE(last.at_end()) << "it has just got a place";
}

TEST_F(ConnectionHandshakeTest, WhoGoesAwayAmidIsForgotten) {
  Peer peer = connect();
  peer.send(kBeginning);
  run();
  peer.socket = {};
  run();
  EXPECT_EQ(connections.size(), 0);
}

TEST_F(ConnectionHandshakeTest, WhoSpeaksWithoutTlsIsClosed) {
  const Peer peer = connect();
  peer.send("PING\r\n");
  run();
  EXPECT_TRUE(peer.at_end());
  EXPECT_EQ(connections.size(), 0);
}

TEST_F(ConnectionHandshakeTest, ItMayBeKilledAmid) {
  const Peer peer = connect();
  peer.send(kBeginning);
  run();
  peer.client->link.lock()->close();
  run();
  EXPECT_TRUE(peer.at_end());
  EXPECT_EQ(connections.size(), 0);
}

TEST_F(ConnectionHandshakeTest, TheEndOfTheServerDoesNotWaitForIt) {
  const Peer silent = connect();
  const Peer stalls = connect();
  stalls.send(kBeginning);
  run();
  const Peer comes = connect();
  comes.send(kBeginning);
  finish_all();
  run();
  for (const Peer* peer : {&silent, &stalls, &comes}) EXPECT_TRUE(peer->at_end());
  EXPECT_EQ(connections.size(), 0);
}

TEST_F(ConnectionHandshakeTest, TheEndOfTheServerDoesNotWaitForThoseWhoWaitForAPlace) {
  std::vector<Peer> peers;
  for (std::size_t i = 0; i < Handshakes::kMost + 10; ++i) {
    peers.push_back(connect());
    peers.back().send(kBeginning);
  }
  run();
  finish_all();
  run();
  for (const Peer& peer : peers) EXPECT_TRUE(peer.at_end());
  EXPECT_EQ(connections.size(), 0);
}

}  // namespace
}  // namespace sideline::net
