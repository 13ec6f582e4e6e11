#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/server_process.h"
#include "tests/support/wire_client.h"

namespace sideline::test {
namespace {

class Pipeline : public ::testing::Test {
 protected:
  WireClient connect() { return WireClient::connect(server.port()); }

  const ServerProcess server;
  WireClient client = connect();
};

TEST_F(Pipeline, ARequestMayComeByteByByte) {
  for (const char byte : request({"SET", "key", "two\r\nlines"})) client.send({&byte, 1});
  EXPECT_EQ(client.read_line(), "+OK\r\n");
  for (const char byte : std::string("GET key\r\n")) client.send({&byte, 1});
  EXPECT_EQ(client.read(16 + 1), "$10\r\ntwo\r\nlines\r\n");
}

TEST_F(Pipeline, ADeepOneIsAnsweredInOrder) {
  constexpr int kRequests = 100'000;
  std::string requests;
  std::string replies;
  for (int i = 0; i < kRequests; ++i) {
    const std::string number = std::to_string(i);
    requests += request({"ECHO", number});
    replies += "$" + std::to_string(number.size()) + "\r\n" + number + "\r\n";
  }
  std::jthread sender([&] { client.send(requests); });
  EXPECT_EQ(client.read(replies.size()), replies);
}

TEST_F(Pipeline, InlineAndArrayRequestsMix) {
  client.send("PING\r\n" + request({"PING", "a"}) + "\r\n*0\r\n*-1\r\nECHO \"b c\"\nPING\n");
  const std::string replies = "+PONG\r\n$1\r\na\r\n$3\r\nb c\r\n+PONG\r\n";
  EXPECT_EQ(client.read(replies.size()), replies);
}

TEST_F(Pipeline, LargeAndSmallValuesMix) {
  const std::string large(3'000'000, 'L');
  std::string requests;
  std::string replies;
  for (int i = 0; i < 5; ++i) {
    requests += request({"SET", "large", large}) + request({"GET", "large"}) +
                request({"SET", "small", "s"}) + request({"GET", "small"});
    replies += "+OK\r\n$3000000\r\n" + large + "\r\n+OK\r\n$1\r\ns\r\n";
  }
  std::jthread sender([&] { client.send(requests); });
  EXPECT_EQ(client.read(replies.size()), replies);
}

TEST_F(Pipeline, HalfAConnectionIsEnoughForReplies) {
  client.send(repeat("PING\r\n", 10'000));
  client.end_sending();
  EXPECT_EQ(client.read_to_end(), repeat("+PONG\r\n", 10'000));
}

TEST_F(Pipeline, NothingIsAnsweredAfterQuit) {
  client.send("PING\r\nQUIT\r\nPING\r\n");
  EXPECT_EQ(client.read_to_end(), "+PONG\r\n+OK\r\n");
}

TEST_F(Pipeline, AnEndlessOneDoesNotStarveOthers) {
  // Enough of them that every I/O thread has some.
  std::vector<std::jthread> busy;
  for (int i = 0; i < 4; ++i) {
    busy.emplace_back([this](const std::stop_token& stop) {
      auto sender = connect();
      const std::string requests = repeat("PING\r\n", 10'000);
      while (!stop.stop_requested() && sender.send(requests)) {
        static_cast<void>(sender.read(10'000 * 7));
      }
    });
  }
  for (int i = 0; i < 30; ++i) EXPECT_EQ(client.ask("PING"), "+PONG\r\n");
}

TEST_F(Pipeline, ManyClientsGetTheirOwnReplies) {
  std::vector<std::jthread> threads;
  for (int id = 0; id < 20; ++id) {
    threads.emplace_back([this, id] {
      auto own = connect();
      const std::string key = "key:" + std::to_string(id);
      for (int i = 0; i < 200; ++i) {
        const std::string value = key + "=" + std::to_string(i);
        EXPECT_EQ(own.ask(request({"SET", key, value})), "+OK\r\n");
        EXPECT_EQ(own.ask(request({"GET", key})), value);
      }
    });
  }
}

TEST_F(Pipeline, AProtocolErrorIsAnsweredAfterWhatCameBefore) {
  client.send("PING\r\n*1\r\n$4\r\nPING\r\n*x\r\nPING\r\n");
  EXPECT_EQ(client.read_to_end(),
            "+PONG\r\n+PONG\r\n-ERR Protocol error: invalid multibulk length\r\n");
}

TEST_F(Pipeline, AProtocolErrorReachesAPeerThatKeepsSending) {
  client.send("*1\r\n+PING\r\n" + std::string(500'000, 'x'));
  EXPECT_EQ(client.read_to_end(), "-ERR Protocol error: expected '$', got '+'\r\n");
}

TEST_F(Pipeline, APauseHoldsRequestsBack) {
  auto other = connect();
  EXPECT_EQ(other.ask("CLIENT PAUSE 600000 WRITE"), "+OK\r\n");
  client.send("SET k v\r\nGET k\r\n");
  EXPECT_EQ(other.ask("GET k"), "$-1\r\n");
  EXPECT_EQ(other.ask("CLIENT UNPAUSE"), "+OK\r\n");
  EXPECT_EQ(client.read(5 + 7), "+OK\r\n$1\r\nv\r\n");
}

TEST_F(Pipeline, APauseEndsByItself) {
  EXPECT_EQ(client.ask("CLIENT PAUSE 50 WRITE"), "+OK\r\n");
  EXPECT_EQ(client.ask("SET k v"), "+OK\r\n");
}

TEST_F(Pipeline, AKilledClientIsClosedAtOnce) {
  auto other = connect();
  const std::string id = client.ask("CLIENT ID");
  EXPECT_EQ(other.ask("CLIENT KILL ID " + id.substr(1, id.size() - 3)), ":1\r\n");
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(Pipeline, AMonitorSeesTheRequestsOfOthers) {
  auto monitor = connect();
  EXPECT_EQ(monitor.ask("MONITOR"), "+OK\r\n");
  EXPECT_EQ(client.ask("SET k v"), "+OK\r\n");
  EXPECT_TRUE(monitor.read_line().ends_with("\"SET\" \"k\" \"v\"\r\n"));
}

}  // namespace
}  // namespace sideline::test
