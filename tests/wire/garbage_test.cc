#include <random>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/server_process.h"
#include "tests/support/wire_client.h"

namespace sideline::test {
namespace {

/// Bytes that a peer might send by mistake or on purpose, the same in every run.
class Garbage {
 public:
  explicit Garbage(unsigned seed) : random_(seed) {}

  std::string bytes(std::size_t size) {
    std::string result;
    for (std::size_t i = 0; i < size; ++i) result += static_cast<char>(below(256));
    return result;
  }

  /// A request with some bytes changed, cut off or doubled.
  std::string damaged(std::string request) {
    for (unsigned i = 0; i <= below(4); ++i) {
      const std::size_t at = below(static_cast<unsigned>(request.size()));
      switch (below(4)) {
        case 0:
          request[at] = static_cast<char>(below(256));
          break;
        case 1:
          request.resize(at + 1);
          break;
        case 2:
          request.insert(at, request.substr(at));
          break;
        default:
          request[at] = "$*\r\n-0123456789"[below(15)];
      }
    }
    return request;
  }

  unsigned below(unsigned end) { return static_cast<unsigned>(random_() % end); }

 private:
  std::mt19937 random_;
};

class GarbageTest : public ::testing::Test {
 protected:
  /// Sends them on a connection of their own, and goes away, in one of two ways.
  void attack(const std::string& bytes, bool reads_replies) {
    auto client = WireClient::connect(server.port());
    client.send(bytes);
    if (!reads_replies) return;
    client.end_sending();
    static_cast<void>(client.read_to_end());
  }

  void expect_unharmed() { EXPECT_EQ(bystander.ask(request({"GET", "untouched"})), "value"); }

  ServerProcess server;
  WireClient bystander = WireClient::connect(server.port());
};

TEST_F(GarbageTest, RandomBytesHarmNobody) {
  ASSERT_EQ(bystander.ask("SET untouched value"), "+OK\r\n");
  Garbage garbage(1);
  for (int i = 0; i < 300; ++i) {
    attack(garbage.bytes(1 + garbage.below(5000)), i % 2 == 0);
    expect_unharmed();
  }
  EXPECT_EQ(server.stop().code, 0);
}

TEST_F(GarbageTest, DamagedRequestsHarmNobody) {
  ASSERT_EQ(bystander.ask("SET untouched value"), "+OK\r\n");
  Garbage garbage(2);
  const std::string requests = request({"SET", "k", "value"}) + request({"GET", "k"}) +
                               request({"MGET", "a", "b", "c"}) + request({"INCRBY", "n", "5"});
  for (int i = 0; i < 500; ++i) {
    attack(garbage.damaged(requests), i % 2 == 0);
    expect_unharmed();
  }
  EXPECT_EQ(server.stop().code, 0);
}

}  // namespace
}  // namespace sideline::test
