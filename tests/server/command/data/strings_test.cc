#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/command_fixture.h"

namespace sideline::test {
namespace {

constexpr std::string_view kNil = "$-1\r\n";
constexpr std::string_view kOk = "+OK\r\n";

class StringsTest : public CommandFixture {
 protected:
  StringsTest() : CommandFixture(for_two_threads()) {}

  static config::Settings for_two_threads() {
    config::Settings settings = default_settings();
    settings.io_threads = 2;
    return settings;
  }
  std::uint64_t hits() { return server.cache.stats().total.hits; }
  std::uint64_t misses() { return server.cache.stats().total.misses; }
  /// Seconds that the clock stands at.
  std::string seconds_from_now(std::int64_t seconds) {
    return std::to_string(clock.now_ms() / 1000 + seconds);
  }
};

// --- SET and GET ---------------------------------------------------------------------------------

TEST_F(StringsTest, GetRepliesWithWhatSetStored) {
  EXPECT_EQ(run({"SET", "k", "v"}), kOk);
  EXPECT_EQ(run({"GET", "k"}), "$1\r\nv\r\n");
}

TEST_F(StringsTest, GetOfAnAbsentKeyIsNull) {
  EXPECT_EQ(run({"GET", "k"}), kNil);
  client(0).client->protocol = 3;
  EXPECT_EQ(run({"GET", "k"}), "_\r\n");
}

TEST_F(StringsTest, KeysAndValuesAreAnyBytes) {
  using std::literals::operator""sv;
  for (const std::string_view bytes : {""sv, "\0"sv, "\r\n"sv, "a\0b\xff"sv}) {
    run({"SET", bytes, bytes});
    EXPECT_EQ(ask({"GET", bytes}).text, bytes);
  }
}

TEST_F(StringsTest, ALargeValueComesBackWhole) {
  std::string large(300'000, 'x');
  large += "end";
  run({"SET", "k", large});
  EXPECT_EQ(ask({"GET", "k"}).text, large);
}

TEST_F(StringsTest, ALargeReplyKeepsItsBytesWhenTheKeyIsOverwritten) {
  const std::string large(300'000, 'x');
  run({"SET", "k", large});
  resp::Reply reply(client(0).out, 2);
  const std::array<std::string_view, 2> get = {"GET", "k"};
  ASSERT_EQ(dispatcher.execute(*client(0).client, get, reply), command::Dispatcher::Result::kDone);
  run(client(1), {"SET", "k", std::string(300'000, 'y')});
  EXPECT_EQ(run({"PING"}), "$300000\r\n" + large + "\r\n+PONG\r\n");
}

TEST_F(StringsTest, SetDropsTheDeadline) {
  run({"SET", "k", "v", "EX", "10"});
  run({"SET", "k", "w"});
  EXPECT_EQ(show({"TTL", "k"}), "-1");
}

TEST_F(StringsTest, SetKeepTtlKeepsTheDeadline) {
  run({"SET", "k", "v", "EX", "10"});
  EXPECT_EQ(run({"SET", "k", "w", "KEEPTTL"}), kOk);
  EXPECT_EQ(show({"TTL", "k"}), "10");
}

TEST_F(StringsTest, SetTakesADeadlineInFourForms) {
  run({"SET", "ex", "v", "EX", "10"});
  run({"SET", "px", "v", "px", "10000"});
  run({"SET", "exat", "v", "ExAt", seconds_from_now(10)});
  run({"SET", "pxat", "v", "PXAT", seconds_from_now(10) + "000"});
  for (const std::string_view key : {"ex", "px", "exat", "pxat"}) {
    EXPECT_EQ(show({"PTTL", key}), "10000") << key;
  }
}

TEST_F(StringsTest, AKeyIsGoneAtItsDeadline) {
  run({"SET", "k", "v", "PX", "1000"});
  clock.advance_ms(999);
  EXPECT_EQ(show({"GET", "k"}), "\"v\"");
  clock.advance_ms(1);
  EXPECT_EQ(show({"GET", "k"}), "nil");
}

TEST_F(StringsTest, SetWithAPastDeadlineDeletes) {
  run({"SET", "k", "v"});
  EXPECT_EQ(run({"SET", "k", "w", "PXAT", "1"}), kOk);
  EXPECT_EQ(show({"EXISTS", "k"}), "0");
  EXPECT_EQ(show({"DBSIZE"}), "0");
}

TEST_F(StringsTest, SetWithAPastDeadlineStillHasConditions) {
  run({"SET", "k", "v"});
  EXPECT_EQ(run({"SET", "k", "w", "NX", "PXAT", "1"}), kNil);
  EXPECT_EQ(show({"GET", "k"}), "\"v\"");
  EXPECT_EQ(run({"SET", "k", "w", "XX", "GET", "PXAT", "1"}), "$1\r\nv\r\n");
  EXPECT_EQ(run({"SET", "k", "w", "XX", "PXAT", "1"}), kNil);
}

TEST_F(StringsTest, SetNxStoresOnlyIfAbsent) {
  EXPECT_EQ(run({"SET", "k", "v", "NX"}), kOk);
  EXPECT_EQ(run({"SET", "k", "w", "NX"}), kNil);
  EXPECT_EQ(show({"GET", "k"}), "\"v\"");
}

TEST_F(StringsTest, SetXxStoresOnlyIfPresent) {
  EXPECT_EQ(run({"SET", "k", "v", "XX"}), kNil);
  EXPECT_EQ(show({"EXISTS", "k"}), "0");
  run({"SET", "k", "v"});
  EXPECT_EQ(run({"SET", "k", "w", "XX"}), kOk);
  EXPECT_EQ(show({"GET", "k"}), "\"w\"");
}

TEST_F(StringsTest, AnExpiredKeyIsAbsentToConditions) {
  run({"SET", "k", "v", "PX", "1"});
  clock.advance_ms(1);
  EXPECT_EQ(run({"SET", "k", "w", "XX"}), kNil);
  EXPECT_EQ(run({"SET", "k", "w", "NX"}), kOk);
}

TEST_F(StringsTest, SetGetRepliesWithTheValueBefore) {
  EXPECT_EQ(run({"SET", "k", "v", "GET"}), kNil);
  EXPECT_EQ(run({"SET", "k", "w", "GET"}), "$1\r\nv\r\n");
  EXPECT_EQ(show({"GET", "k"}), "\"w\"");
}

TEST_F(StringsTest, SetGetRepliesWithTheValueThatItDidNotReplace) {
  run({"SET", "k", "v"});
  EXPECT_EQ(run({"SET", "k", "w", "NX", "GET"}), "$1\r\nv\r\n");
  EXPECT_EQ(run({"SET", "absent", "w", "GET", "XX"}), kNil);
  EXPECT_EQ(show({"EXISTS", "absent"}), "0");
}

TEST_F(StringsTest, SetRefusesWhatIsNoTime) {
  EXPECT_EQ(show({"SET", "k", "v", "EX", "1.5"}), "ERR value is not an integer or out of range");
  EXPECT_EQ(show({"SET", "k", "v", "PX", "0"}), "ERR invalid expire time in 'set' command");
  EXPECT_EQ(show({"SETEX", "k", "-1", "v"}), "ERR invalid expire time in 'setex' command");
  EXPECT_EQ(show({"PSETEX", "k", "9223372036854775807", "v"}),
            "ERR invalid expire time in 'psetex' command");
  EXPECT_EQ(show({"EXISTS", "k"}), "0");
}

TEST_F(StringsTest, SetRefusesWithoutTouchingTheValue) {
  run({"SET", "k", "v", "EX", "10"});
  EXPECT_EQ(show({"SET", "k", "w", "GET", "EX", "0"}), "ERR invalid expire time in 'set' command");
  EXPECT_EQ(show({"SET", "k", "w", "GET", "bogus"}), "ERR syntax error");
  EXPECT_EQ(show({"GET", "k"}), "\"v\"");
  EXPECT_EQ(show({"TTL", "k"}), "10");
}

TEST_F(StringsTest, TheFarthestDeadlineIsKept) {
  EXPECT_EQ(run({"SET", "k", "v", "PXAT", "9223372036854775807"}), kOk);
  EXPECT_EQ(show({"PEXPIRETIME", "k"}), "9223372036854775807");
  clock.advance_ms(1'000'000'000'000);
  EXPECT_EQ(show({"GET", "k"}), "\"v\"");
}

TEST_F(StringsTest, SetnxSaysWhetherItStored) {
  EXPECT_EQ(show({"SETNX", "k", "v"}), "1");
  EXPECT_EQ(show({"SETNX", "k", "w"}), "0");
  EXPECT_EQ(show({"GET", "k"}), "\"v\"");
}

TEST_F(StringsTest, GetsetReplacesValueAndDeadline) {
  EXPECT_EQ(run({"GETSET", "k", "v"}), kNil);
  run({"EXPIRE", "k", "10"});
  EXPECT_EQ(show({"GETSET", "k", "w"}), "\"v\"");
  EXPECT_EQ(show({"TTL", "k"}), "-1");
}

// --- GETEX and GETDEL ----------------------------------------------------------------------------

TEST_F(StringsTest, GetexWithoutOptionsLeavesTheDeadline) {
  run({"SET", "k", "v", "EX", "10"});
  EXPECT_EQ(show({"GETEX", "k"}), "\"v\"");
  EXPECT_EQ(show({"TTL", "k"}), "10");
}

TEST_F(StringsTest, GetexChangesTheDeadline) {
  run({"SET", "k", "v"});
  EXPECT_EQ(show({"GETEX", "k", "EX", "10"}), "\"v\"");
  EXPECT_EQ(show({"TTL", "k"}), "10");
  EXPECT_EQ(show({"GETEX", "k", "PERSIST"}), "\"v\"");
  EXPECT_EQ(show({"TTL", "k"}), "-1");
}

TEST_F(StringsTest, GetexWithAPastDeadlineDeletes) {
  run({"SET", "k", "v"});
  EXPECT_EQ(show({"GETEX", "k", "PXAT", "1"}), "\"v\"");
  EXPECT_EQ(show({"EXISTS", "k"}), "0");
}

TEST_F(StringsTest, GetexOfAnAbsentKeyDoesNotLookAtTheTime) {
  EXPECT_EQ(run({"GETEX", "k", "EX", "bogus"}), kNil);
  EXPECT_EQ(show({"GETEX", "k", "bogus"}), "ERR syntax error");
}

TEST_F(StringsTest, GetdelDeletes) {
  run({"SET", "k", "v"});
  EXPECT_EQ(show({"GETDEL", "k"}), "\"v\"");
  EXPECT_EQ(show({"GETDEL", "k"}), "nil");
}

// --- Many keys -----------------------------------------------------------------------------------

TEST_F(StringsTest, MgetRepliesInOrderWithNullForAbsentKeys) {
  run({"MSET", "a", "1", "b", "2"});
  EXPECT_EQ(show({"MGET", "b", "none", "a", "b"}), R"(["2", nil, "1", "2"])");
}

TEST_F(StringsTest, TheLastOfEqualKeysInMsetHolds) {
  EXPECT_EQ(run({"MSET", "a", "1", "a", "2"}), kOk);
  EXPECT_EQ(show({"GET", "a"}), "\"2\"");
}

TEST_F(StringsTest, MsetRefusesAKeyWithoutValue) {
  EXPECT_EQ(show({"MSET", "a", "1", "b"}), "ERR wrong number of arguments for 'mset' command");
  EXPECT_EQ(show({"MSETNX", "a", "1", "b"}), "ERR wrong number of arguments for 'msetnx' command");
  EXPECT_EQ(show({"EXISTS", "a"}), "0");
}

TEST_F(StringsTest, MsetnxStoresAllOrNothing) {
  EXPECT_EQ(show({"MSETNX", "a", "1", "b", "2"}), "1");
  EXPECT_EQ(show({"MSETNX", "c", "3", "b", "4"}), "0");
  EXPECT_EQ(show({"MGET", "a", "b", "c"}), R"(["1", "2", nil])");
}

TEST_F(StringsTest, MsetnxTakesBackWhatItStoredWhenAValueIsTooLarge) {
  EXPECT_EQ(show({"MSETNX", "a", "1", "b", std::string(std::size_t{65} << 20, 'x')}),
            "OOM value is larger than 'maxmemory' can hold.");
  EXPECT_EQ(show({"EXISTS", "a", "b"}), "0");
}

TEST_F(StringsTest, MsetIsOneStepToOtherClients) {
  run({"MSET", "a", "0", "b", "0"});
  TestClient& writer = client(1);
  TestClient& reader = client(2);
  reader.client->thread = 1;
  std::thread writes([&] {
    for (int i = 0; i < 2000; ++i) {
      const std::string value = std::to_string(i);
      run(writer, {"MSET", "a", value, "b", value});
    }
  });
  for (int i = 0; i < 2000; ++i) {
    const std::vector<std::string> values = ask(reader, {"MGET", "b", "a"}).texts();
    EXPECT_EQ(values[0], values[1]);
  }
  writes.join();
}

// --- Memory and statistics -----------------------------------------------------------------------

TEST_F(StringsTest, AValueThatCanNeverFitIsRefusedAndTheOldOneStays) {
  run({"SET", "k", "v"});
  EXPECT_EQ(show({"SET", "k", std::string(std::size_t{65} << 20, 'x')}),
            "OOM value is larger than 'maxmemory' can hold.");
  EXPECT_EQ(show({"GET", "k"}), "\"v\"");
}

TEST_F(StringsTest, ReadsCountAsHitsAndMisses) {
  run({"SET", "k", "v"});
  run({"GET", "k"});
  run({"GET", "none"});
  run({"MGET", "k", "none", "none"});
  run({"SET", "k", "w", "GET"});
  run({"GETEX", "k"});
  EXPECT_EQ(hits(), 4U);
  EXPECT_EQ(misses(), 3U);
}

TEST_F(StringsTest, WritesCountNeitherAsHitsNorAsMisses) {
  run({"SET", "k", "v"});
  run({"SET", "k", "v", "NX"});
  run({"SETNX", "k", "v"});
  run({"MSETNX", "k", "v", "j", "v"});
  EXPECT_EQ(hits(), 0U);
  EXPECT_EQ(misses(), 0U);
}

}  // namespace
}  // namespace sideline::test
