#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/command_fixture.h"

namespace sideline::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class KeyspaceTest : public CommandFixture {
 protected:
  void set_keys(int count) {
    for (int i = 0; i < count; ++i) run({"SET", "key:" + std::to_string(i), "v"});
  }
  std::vector<std::string> keys(std::string_view pattern) { return ask({"KEYS", pattern}).texts(); }

  /// All keys of a scan from 0 to 0, as often as they came.
  std::vector<std::string> scan(std::vector<std::string_view> options) {
    std::vector<std::string> found;
    std::string cursor = "0";
    do {
      std::vector<std::string_view> args = {"SCAN", cursor};
      args.insert(args.end(), options.begin(), options.end());
      const std::string bytes = run(client(0), args);
      std::string_view rest = bytes;
      const ParsedReply reply = parse_reply(rest);
      cursor = reply[0].text;
      for (const std::string& key : reply[1].texts()) found.push_back(key);
    } while (cursor != "0");
    return found;
  }
};

// --- KEYS ----------------------------------------------------------------------------------------

TEST_F(KeyspaceTest, KeysListsWhatMatches) {
  run({"MSET", "hello", "1", "hallo", "2", "hllo", "3", "other", "4"});
  EXPECT_THAT(keys("h?llo"), UnorderedElementsAre("hello", "hallo"));
  EXPECT_THAT(keys("none"), IsEmpty());
}

TEST_F(KeyspaceTest, TheStarListsTheEmptyKeyToo) {
  run({"MSET", "", "1", "a", "2"});
  EXPECT_THAT(keys("*"), UnorderedElementsAre("", "a"));
  EXPECT_THAT(keys("**"), ElementsAre("a"));
  EXPECT_THAT(scan({"MATCH", "*"}), UnorderedElementsAre("", "a"));
}

TEST_F(KeyspaceTest, KeysListsEachKeyOnce) {
  set_keys(5000);
  const std::vector<std::string> all = keys("key:*");
  EXPECT_EQ(all.size(), 5000U);
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 5000U);
}

TEST_F(KeyspaceTest, KeysLeavesExpiredOnesOut) {
  run({"SET", "a", "1", "PX", "1"});
  run({"SET", "b", "1"});
  clock.advance_ms(1);
  EXPECT_THAT(keys("*"), ElementsAre("b"));
}

// --- SCAN ----------------------------------------------------------------------------------------

TEST_F(KeyspaceTest, ScanFindsEveryKey) {
  set_keys(3000);
  for (const std::string_view count : {"1", "10", "2500", "9223372036854775807"}) {
    const std::vector<std::string> found = scan({"COUNT", count});
    EXPECT_EQ(std::set<std::string>(found.begin(), found.end()).size(), 3000U) << count;
  }
}

TEST_F(KeyspaceTest, AHugeCountScansInOneCall) {
  set_keys(3000);
  const ParsedReply reply = ask({"SCAN", "0", "COUNT", "1000000"});
  EXPECT_EQ(reply[0].text, "0");
  EXPECT_EQ(reply[1].size(), 3000U);
}

TEST_F(KeyspaceTest, OneCallLooksAtAboutAsManyKeysAsAsked) {
  set_keys(3000);
  EXPECT_LT(ask({"SCAN", "0"})[1].size(), 100U);
  const std::size_t found = ask({"SCAN", "0", "COUNT", "1500"})[1].size();
  EXPECT_GE(found, 1000U);
  EXPECT_LE(found, 2000U);
}

TEST_F(KeyspaceTest, ScanFiltersByPatternAndType) {
  set_keys(50);
  EXPECT_THAT(scan({"MATCH", "key:1?", "count", "3"}), ::testing::SizeIs(10));
  EXPECT_THAT(scan({"TYPE", "String"}), ::testing::SizeIs(50));
  EXPECT_THAT(scan({"TYPE", "hash"}), IsEmpty());
  EXPECT_THAT(scan({"TYPE", "bogus"}), IsEmpty());
}

TEST_F(KeyspaceTest, ScanTakesCursorsAsStrtoulDoes) {
  run({"SET", "k", "v"});
  EXPECT_EQ(show({"SCAN", ""}), R"(["0", ["k"]])");
  EXPECT_EQ(show({"SCAN", "+0"}), R"(["0", ["k"]])");
  for (const std::string_view cursor :
       {"a", "1.5", "0x10", " 1", "1 ", "-", "--1", "+-1", "18446744073709551616"}) {
    EXPECT_EQ(show({"SCAN", cursor}), "ERR invalid cursor") << cursor;
  }
}

TEST_F(KeyspaceTest, ScanTakesAnyCursor) {
  set_keys(1000);
  for (const std::string_view cursor : {"-1", "18446744073709551615", "9223372036854775808", "7"}) {
    EXPECT_EQ(ask({"SCAN", cursor}).type, '*') << cursor;
  }
}

TEST_F(KeyspaceTest, ScanRefusesBadOptions) {
  EXPECT_EQ(show({"SCAN", "0", "COUNT", "0"}), "ERR syntax error");
  EXPECT_EQ(show({"SCAN", "0", "COUNT", "x"}), "ERR value is not an integer or out of range");
  EXPECT_EQ(show({"SCAN", "0", "MATCH"}), "ERR syntax error");
  EXPECT_EQ(show({"SCAN", "0", "bogus", "1"}), "ERR syntax error");
  EXPECT_EQ(show({"SCAN", "x", "bogus"}), "ERR invalid cursor");
}

TEST_F(KeyspaceTest, ScanFindsWhatStaysWhileOthersComeAndGo) {
  set_keys(500);
  std::set<std::string> found;
  std::string cursor = "0";
  int round = 0;
  do {
    const ParsedReply reply = ask({"SCAN", cursor, "COUNT", "20"});
    cursor = reply[0].text;
    for (const std::string& key : reply[1].texts()) found.insert(key);
    for (int i = 0; i < 200; ++i, ++round) {
      run({"SET", "new:" + std::to_string(round), "v"});
      if (round >= 2000) run({"DEL", "new:" + std::to_string(round - 2000)});
    }
  } while (cursor != "0" && round < 100'000);
  const auto stayed =
      std::ranges::count_if(found, [](const std::string& key) { return key.starts_with("key:"); });
  EXPECT_EQ(cursor, "0");
  EXPECT_EQ(stayed, 500);
}

// --- RANDOMKEY, DBSIZE ---------------------------------------------------------------------------

TEST_F(KeyspaceTest, RandomkeyIsSomeKeyOrNull) {
  EXPECT_EQ(show({"RANDOMKEY"}), "nil");
  run({"MSET", "a", "1", "b", "2"});
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) seen.insert(ask({"RANDOMKEY"}).text);
  EXPECT_THAT(seen, UnorderedElementsAre("a", "b"));
}

TEST_F(KeyspaceTest, RandomkeyIsOfTheClientsDatabase) {
  run({"SET", "a", "1"});
  run({"SELECT", "1"});
  EXPECT_EQ(show({"RANDOMKEY"}), "nil");
}

TEST_F(KeyspaceTest, DbsizeCountsTheClientsDatabase) {
  set_keys(3);
  EXPECT_EQ(show({"DBSIZE"}), "3");
  run({"SELECT", "1"});
  EXPECT_EQ(show({"DBSIZE"}), "0");
}

// --- FLUSHDB, FLUSHALL, SWAPDB -------------------------------------------------------------------

TEST_F(KeyspaceTest, FlushdbEmptiesOneDatabase) {
  run({"SET", "a", "1"});
  run({"SELECT", "1"});
  run({"SET", "b", "1"});
  EXPECT_EQ(show({"FLUSHDB"}), "OK");
  EXPECT_EQ(show({"DBSIZE"}), "0");
  run({"SELECT", "0"});
  EXPECT_EQ(show({"DBSIZE"}), "1");
}

TEST_F(KeyspaceTest, FlushallEmptiesAllDatabases) {
  run({"SET", "a", "1"});
  run({"SELECT", "1"});
  run({"SET", "b", "1"});
  EXPECT_EQ(show({"FLUSHALL", "async"}), "OK");
  EXPECT_EQ(show({"DBSIZE"}), "0");
  run({"SELECT", "0"});
  EXPECT_EQ(show({"DBSIZE"}), "0");
}

TEST_F(KeyspaceTest, FlushTakesOneModeOnly) {
  EXPECT_EQ(show({"FLUSHDB", "Sync"}), "OK");
  EXPECT_EQ(show({"FLUSHDB", "bogus"}), "ERR syntax error");
  EXPECT_EQ(show({"FLUSHALL", "ASYNC", "SYNC"}), "ERR syntax error");
}

TEST_F(KeyspaceTest, SwapdbExchangesWhatClientsSee) {
  run({"SET", "a", "1", "EX", "10"});
  run(client(1), {"SELECT", "1"});
  EXPECT_EQ(show({"SWAPDB", "0", "1"}), "OK");
  EXPECT_EQ(show({"DBSIZE"}), "0");
  EXPECT_EQ(show(client(1), {"GET", "a"}), "\"1\"");
  EXPECT_EQ(show(client(1), {"TTL", "a"}), "10");
}

TEST_F(KeyspaceTest, SwapdbRefusesWhatIsNoDatabase) {
  EXPECT_EQ(show({"SWAPDB", "x", "y"}), "ERR invalid first DB index");
  EXPECT_EQ(show({"SWAPDB", "0", "2147483648"}), "ERR invalid second DB index");
  EXPECT_EQ(show({"SWAPDB", "0", "16"}), "ERR DB index is out of range");
  EXPECT_EQ(show({"SWAPDB", "-1", "0"}), "ERR DB index is out of range");
}

}  // namespace
}  // namespace sideline::test
