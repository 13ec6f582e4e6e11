#include <cstddef>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/server_process.h"
#include "tests/wire/hiredis_client.h"

namespace sideline::test {
namespace {

using ::testing::Optional;

class HiredisPipeline : public ::testing::Test {
 protected:
  const ServerProcess server;
  HiredisClient client{server.port()};
};

TEST_F(HiredisPipeline, RepliesComeInTheOrderOfTheRequests) {
  constexpr int kRequests = 50'000;
  for (int i = 0; i < kRequests; ++i) {
    client.append({"SET", "key:" + std::to_string(i), std::to_string(i)});
    client.append({"GET", "key:" + std::to_string(i)});
  }
  for (int i = 0; i < kRequests; ++i) {
    ASSERT_THAT(text_of(client.read()), Optional(std::string("OK")));
    ASSERT_THAT(text_of(client.read()), Optional(std::to_string(i)));
  }
}

TEST_F(HiredisPipeline, EveryTypeOfReplyIsUnderstood) {
  EXPECT_EQ(client.run({"SET", "key", "value"})->type, REDIS_REPLY_STATUS);
  EXPECT_EQ(client.run({"GET", "key"})->type, REDIS_REPLY_STRING);
  EXPECT_EQ(client.run({"GET", "none"})->type, REDIS_REPLY_NIL);
  EXPECT_EQ(client.run({"STRLEN", "key"})->integer, 5);
  EXPECT_EQ(client.run({"MGET", "key", "none", "key"})->elements, 3U);
  const auto error = client.run({"INCR", "key"});
  EXPECT_EQ(error->type, REDIS_REPLY_ERROR);
  EXPECT_THAT(text_of(error), Optional(std::string("ERR value is not an integer or out of range")));
}

TEST_F(HiredisPipeline, AnErrorInTheMiddleLeavesTheOthersAlone) {
  client.append({"SET", "key", "text"});
  client.append({"INCR", "key"});
  client.append({"no-such-command"});
  client.append({"GET"});
  client.append({"GET", "key"});
  EXPECT_EQ(client.read()->type, REDIS_REPLY_STATUS);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.read()->type, REDIS_REPLY_ERROR);
  EXPECT_THAT(text_of(client.read()), Optional(std::string("text")));
}

TEST_F(HiredisPipeline, ValuesOfEverySizeComeBackAsTheyWere) {
  std::vector<std::string> values;
  for (std::size_t size = 0; size <= 4'000'000; size = size * 3 + 1) {
    std::string value(size, '\0');
    for (std::size_t i = 0; i < size; ++i) value[i] = static_cast<char>(i * 7919 >> 3);
    values.push_back(std::move(value));
  }
  for (const std::string& value : values) {
    client.append({"SET", "key", value});
    client.append({"GET", "key"});
  }
  for (const std::string& value : values) {
    ASSERT_THAT(text_of(client.read()), Optional(std::string("OK")));
    ASSERT_TRUE(text_of(client.read()) == value) << value.size() << " bytes";
  }
}

}  // namespace
}  // namespace sideline::test
