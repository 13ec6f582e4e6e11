#include "server/command/clients/clients.h"

#include <memory>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sideline::command {
namespace {

struct Connection final : Client::Link {
  void close() override { closed = true; }
  void push(std::string) override {}
  void resume() override {}
  bool closed = false;
};

class ClientsTest : public testing::Test {
 protected:
  std::shared_ptr<Client> connect() {
    auto client = std::make_shared<Client>();
    client->id = clients.next_id();
    clients.add(client);
    return client;
  }
  std::vector<std::uint64_t> ids() const {
    std::vector<std::uint64_t> all;
    for (const auto& client : clients.snapshot()) all.push_back(client->id);
    return all;
  }
  Clients clients;
};

TEST_F(ClientsTest, CountFromOne) {
  EXPECT_EQ(connect()->id, 1U);
  EXPECT_EQ(connect()->id, 2U);
}

TEST_F(ClientsTest, AreListedInTheOrderOfTheirConnecting) {
  connect();
  connect();
  connect();
  clients.remove(2);
  EXPECT_THAT(ids(), testing::ElementsAre(1, 3));
  EXPECT_EQ(clients.size(), 2U);
}

TEST_F(ClientsTest, AreFoundByNumber) {
  const auto client = connect();
  EXPECT_EQ(clients.find(1), client);
  EXPECT_EQ(clients.find(2), nullptr);
}

TEST_F(ClientsTest, AKilledOneIsClosedAndNotListedAnyMore) {
  const auto connection = std::make_shared<Connection>();
  const auto client = connect();
  client->link = connection;
  clients.kill(*client);
  EXPECT_TRUE(connection->closed);
  EXPECT_TRUE(client->killed);
  EXPECT_THAT(ids(), testing::IsEmpty());
  clients.remove(client->id);
}

TEST_F(ClientsTest, OneWhoseConnectionIsGoneCanBeKilled) {
  const auto client = connect();
  clients.kill(*client);
  EXPECT_EQ(clients.size(), 0U);
}

}  // namespace
}  // namespace sideline::command
