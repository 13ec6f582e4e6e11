#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/command/families.h"
#include "tests/support/command_fixture.h"

namespace sideline::test {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Gt;
using ::testing::Lt;

class KeysTest : public CommandFixture {
 protected:
  std::uint64_t hits() { return server.cache.stats().total.hits; }
  std::uint64_t misses() { return server.cache.stats().total.misses; }
};

// --- Presence ------------------------------------------------------------------------------------

TEST_F(KeysTest, DelAndUnlinkCountWhatTheyDeleted) {
  run({"MSET", "a", "1", "b", "2", "c", "3"});
  EXPECT_EQ(show({"DEL", "a", "none", "a"}), "1");
  EXPECT_EQ(show({"UNLINK", "b", "c"}), "2");
  EXPECT_EQ(show({"DBSIZE"}), "0");
}

TEST_F(KeysTest, ExistsCountsAKeyAsOftenAsItIsNamed) {
  run({"SET", "a", "1"});
  EXPECT_EQ(show({"EXISTS", "a", "none", "a"}), "2");
}

TEST_F(KeysTest, TypeIsStringOrNone) {
  run({"SET", "a", "1"});
  EXPECT_EQ(run({"TYPE", "a"}), "+string\r\n");
  EXPECT_EQ(run({"TYPE", "none"}), "+none\r\n");
}

TEST_F(KeysTest, AnExpiredKeyIsNotThere) {
  run({"SET", "a", "1", "PX", "1"});
  clock.advance_ms(1);
  EXPECT_EQ(show({"EXISTS", "a"}), "0");
  EXPECT_EQ(show({"TYPE", "a"}), "none");
  EXPECT_EQ(show({"DEL", "a"}), "0");
}

TEST_F(KeysTest, LookingCountsAsHitOrMissAndDeletingDoesNot) {
  run({"SET", "a", "1"});
  run({"EXISTS", "a", "none"});
  run({"TYPE", "a"});
  run({"TOUCH", "a", "none"});
  run({"TTL", "none"});
  EXPECT_EQ(hits(), 3U);
  EXPECT_EQ(misses(), 3U);
  run({"DEL", "a", "none"});
  EXPECT_EQ(hits(), 3U);
  EXPECT_EQ(misses(), 3U);
}

// --- RENAME --------------------------------------------------------------------------------------

TEST_F(KeysTest, RenameMovesValueDeadlineAndEncoding) {
  run({"APPEND", "a", "1"});
  run({"APPEND", "a", "2"});
  run({"EXPIRE", "a", "10"});
  run({"SET", "b", "old", "EX", "99"});
  EXPECT_EQ(show({"RENAME", "a", "b"}), "OK");
  EXPECT_EQ(show({"GET", "b"}), "\"12\"");
  EXPECT_EQ(show({"TTL", "b"}), "10");
  EXPECT_EQ(show({"OBJECT", "ENCODING", "b"}), "\"raw\"");
  EXPECT_EQ(show({"EXISTS", "a"}), "0");
}

TEST_F(KeysTest, RenameDropsTheDeadlineOfTheTarget) {
  run({"SET", "a", "1"});
  run({"SET", "b", "2", "EX", "10"});
  run({"RENAME", "a", "b"});
  EXPECT_EQ(show({"TTL", "b"}), "-1");
}

TEST_F(KeysTest, RenameOfAnAbsentKeyIsAnError) {
  EXPECT_EQ(show({"RENAME", "none", "b"}), "ERR no such key");
  EXPECT_EQ(show({"RENAME", "none", "none"}), "ERR no such key");
  EXPECT_EQ(show({"RENAMENX", "none", "b"}), "ERR no such key");
}

TEST_F(KeysTest, RenameToItselfChangesNothing) {
  run({"SET", "a", "1", "EX", "10"});
  EXPECT_EQ(show({"RENAME", "a", "a"}), "OK");
  EXPECT_EQ(show({"RENAMENX", "a", "a"}), "0");
  EXPECT_EQ(show({"GET", "a"}), "\"1\"");
  EXPECT_EQ(show({"TTL", "a"}), "10");
}

TEST_F(KeysTest, RenamenxDoesNotOverwrite) {
  run({"MSET", "a", "1", "b", "2"});
  EXPECT_EQ(show({"RENAMENX", "a", "b"}), "0");
  EXPECT_EQ(show({"MGET", "a", "b"}), R"(["1", "2"])");
  EXPECT_EQ(show({"RENAMENX", "a", "c"}), "1");
  EXPECT_EQ(show({"MGET", "a", "c"}), R"([nil, "1"])");
}

TEST_F(KeysTest, RenameMovesALargeValue) {
  const std::string large(1 << 20, 'x');
  run({"SET", "a", large});
  EXPECT_EQ(show({"RENAME", "a", "b"}), "OK");
  EXPECT_EQ(ask({"GET", "b"}).text, large);
}

// --- COPY ----------------------------------------------------------------------------------------

TEST_F(KeysTest, CopyTakesValueDeadlineAndEncoding) {
  run({"INCRBYFLOAT", "a", "3"});
  run({"EXPIRE", "a", "10"});
  EXPECT_EQ(show({"COPY", "a", "b"}), "1");
  EXPECT_EQ(show({"MGET", "a", "b"}), R"(["3", "3"])");
  EXPECT_EQ(show({"TTL", "b"}), "10");
  EXPECT_EQ(show({"OBJECT", "ENCODING", "b"}), "\"embstr\"");
}

TEST_F(KeysTest, CopyOverwritesOnlyWithReplace) {
  run({"MSET", "a", "1", "b", "2"});
  EXPECT_EQ(show({"COPY", "a", "b"}), "0");
  EXPECT_EQ(show({"GET", "b"}), "\"2\"");
  EXPECT_EQ(show({"COPY", "a", "b", "replace"}), "1");
  EXPECT_EQ(show({"GET", "b"}), "\"1\"");
}

TEST_F(KeysTest, CopyOfAnAbsentKeyLeavesTheTarget) {
  run({"SET", "b", "2"});
  EXPECT_EQ(show({"COPY", "none", "b", "REPLACE"}), "0");
  EXPECT_EQ(show({"GET", "b"}), "\"2\"");
}

TEST_F(KeysTest, CopyReachesOtherDatabases) {
  run({"SET", "a", "1"});
  EXPECT_EQ(show({"COPY", "a", "a", "DB", "5"}), "1");
  EXPECT_EQ(show({"COPY", "a", "a", "DB", "5"}), "0");
  run({"SELECT", "5"});
  EXPECT_EQ(show({"GET", "a"}), "\"1\"");
}

TEST_F(KeysTest, CopyRefusesItsOwnPlaceAndUnknownDatabases) {
  run({"SET", "a", "1"});
  EXPECT_EQ(show({"COPY", "a", "a"}), "ERR source and destination objects are the same");
  EXPECT_EQ(show({"COPY", "a", "a", "DB", "0"}), "ERR source and destination objects are the same");
  EXPECT_EQ(show({"COPY", "a", "b", "DB", "16"}), "ERR DB index is out of range");
  EXPECT_EQ(show({"COPY", "a", "b", "DB", "x"}), "ERR value is not an integer or out of range");
  EXPECT_EQ(show({"COPY", "a", "b", "DB", "2147483648"}),
            "ERR value is out of range, value must between -2147483648 and 2147483647");
  EXPECT_EQ(show({"COPY", "a", "b", "DB"}), "ERR syntax error");
}

/// A clock that goes on by a millisecond whenever it is read.
class TickingClock final : public libcache::Clock {
 public:
  [[nodiscard]] std::int64_t now_ms() const override { return ++now_ms_; }

 private:
  mutable std::atomic<std::int64_t> now_ms_{1'700'000'000'000};
};

TEST(KeysInTime, CopyOfAKeyThatExpiresMeanwhileIsOfNoKey) {
  TickingClock clock;
  config::Config config(config::Settings(), "");
  libcache::Cache cache(cache_options(config.settings(), clock));
  command::Server server(config, cache, command::all_families());
  command::Dispatcher dispatcher(server);
  const auto client = TestClient::connect(server, "127.0.0.1:50000");
  const std::string_view request[] = {"COPY", "a", "b", "REPLACE"};
  int copied = 0;
  for (int lifetime_ms = 1; lifetime_ms <= 100; ++lifetime_ms) {
    server.cache.set("a", "1", {.ttl = std::chrono::milliseconds(lifetime_ms)});
    resp::Reply reply(client->out, 2);
    EXPECT_EQ(dispatcher.execute(*client->client, request, reply),
              command::Dispatcher::Result::kDone);
    const std::string_view bytes = client->out.front(1)[0];
    EXPECT_THAT(bytes, AnyOf(":0\r\n", ":1\r\n")) << lifetime_ms;
    if (bytes == ":1\r\n") ++copied;
    client->out.consume(client->out.size());
  }
  EXPECT_THAT(copied, AllOf(Gt(0), Lt(100)));
}

// --- Recency -------------------------------------------------------------------------------------

TEST_F(KeysTest, ReadingIsAUseAndLookingIsNot) {
  run({"SET", "a", "1"});
  pass_ms(600'000);
  run({"EXISTS", "a"});
  run({"TYPE", "a"});
  run({"TTL", "a"});
  EXPECT_GT(ask({"OBJECT", "IDLETIME", "a"}).integer, 300);
  run({"GET", "a"});
  EXPECT_LT(ask({"OBJECT", "IDLETIME", "a"}).integer, 60);
}

TEST_F(KeysTest, AClientThatDoesNotTouchOnlyUsesWhatItTouches) {
  run({"SET", "a", "1"});
  client(0).client->no_touch = true;
  pass_ms(600'000);
  run({"GET", "a"});
  EXPECT_GT(ask({"OBJECT", "IDLETIME", "a"}).integer, 300);
  run({"TOUCH", "a"});
  EXPECT_LT(ask({"OBJECT", "IDLETIME", "a"}).integer, 60);
}

}  // namespace
}  // namespace sideline::test
