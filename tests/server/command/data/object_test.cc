#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/support/command_fixture.h"

namespace sideline::test {
namespace {

class ObjectTest : public CommandFixture {
 protected:
  std::string encoding(std::string_view key) { return ask({"OBJECT", "ENCODING", key}).text; }
  std::string encoding_of(std::string_view value) {
    run({"SET", "k", value});
    return encoding("k");
  }
};

TEST_F(ObjectTest, AbsentKeysHaveNothing) {
  for (const std::string_view what : {"ENCODING", "FREQ", "IDLETIME", "REFCOUNT"}) {
    EXPECT_EQ(show({"OBJECT", what, "none"}), "nil") << what;
  }
}

// --- ENCODING ------------------------------------------------------------------------------------

TEST_F(ObjectTest, IntegersAreInt) {
  for (const std::string_view value : {"0", "-1", "9223372036854775807", "-9223372036854775808"}) {
    EXPECT_EQ(encoding_of(value), "int") << value;
  }
}

TEST_F(ObjectTest, WhatOnlyLooksLikeAnIntegerIsNot) {
  for (const std::string_view value : {"", "01", "+1", " 1", "-0", "1.0", "9223372036854775808"}) {
    EXPECT_EQ(encoding_of(value), "embstr") << value;
  }
}

TEST_F(ObjectTest, StringsAreEmbeddedUpTo44Bytes) {
  EXPECT_EQ(encoding_of(std::string(44, 'x')), "embstr");
  EXPECT_EQ(encoding_of(std::string(45, 'x')), "raw");
}

TEST_F(ObjectTest, EditedStringsAreRaw) {
  run({"SET", "a", "1"});
  run({"APPEND", "a", "2"});
  EXPECT_EQ(encoding("a"), "raw");
  run({"SETRANGE", "b", "0", "1"});
  EXPECT_EQ(encoding("b"), "raw");
  run({"SET", "c", "abc"});
  run({"APPEND", "c", ""});
  EXPECT_EQ(encoding("c"), "raw");
}

TEST_F(ObjectTest, AppendToAnAbsentKeyStoresAsSetDoes) {
  run({"APPEND", "a", "12"});
  run({"APPEND", "b", "abc"});
  EXPECT_EQ(encoding("a"), "int");
  EXPECT_EQ(encoding("b"), "embstr");
}

TEST_F(ObjectTest, AnEmptyRangeEditsNothing) {
  run({"SET", "a", "12"});
  run({"SETRANGE", "a", "0", ""});
  EXPECT_EQ(encoding("a"), "int");
}

TEST_F(ObjectTest, SumsOfIntegersAreInt) {
  run({"APPEND", "a", "1"});
  run({"APPEND", "a", "2"});
  run({"INCR", "a"});
  EXPECT_EQ(encoding("a"), "int");
}

TEST_F(ObjectTest, SumsOfFloatsAreNeverInt) {
  run({"SET", "a", "1"});
  run({"INCRBYFLOAT", "a", "2"});
  EXPECT_EQ(encoding("a"), "embstr");
  run({"INCRBYFLOAT", "a", "1e100"});
  EXPECT_EQ(encoding("a"), "raw");
}

// --- REFCOUNT, IDLETIME, FREQ --------------------------------------------------------------------

TEST_F(ObjectTest, ValuesThatNeedARecencyAreNotShared) {
  run({"SET", "k", "5"});
  EXPECT_EQ(show({"OBJECT", "REFCOUNT", "k"}), "1");
}

TEST_F(ObjectTest, SmallIntegersAreSharedWhereRecencyDoesNotMatter) {
  run({"CONFIG", "SET", "maxmemory-policy", "noeviction"});
  for (const std::string_view shared : {"0", "5", "9999"}) {
    run({"SET", "k", shared});
    EXPECT_EQ(show({"OBJECT", "REFCOUNT", "k"}), "2147483647") << shared;
  }
  for (const std::string_view own : {"-1", "10000", "05", "x"}) {
    run({"SET", "k", own});
    EXPECT_EQ(show({"OBJECT", "REFCOUNT", "k"}), "1") << own;
  }
}

TEST_F(ObjectTest, IdletimeIsInSecondsAndLookingAtItIsNoUse) {
  run({"SET", "k", "v"});
  EXPECT_EQ(show({"OBJECT", "IDLETIME", "k"}), "0");
  pass_ms(600'000);
  EXPECT_NEAR(static_cast<double>(ask({"OBJECT", "IDLETIME", "k"}).integer), 600, 30);
  EXPECT_NEAR(static_cast<double>(ask({"OBJECT", "IDLETIME", "k"}).integer), 600, 30);
}

TEST_F(ObjectTest, FreqNeedsAnLfuPolicyAndIdletimeAnother) {
  run({"SET", "k", "v"});
  EXPECT_EQ(show({"OBJECT", "FREQ", "k"}).substr(0, 49),
            "ERR An LFU maxmemory policy is not selected, acce");
  run({"CONFIG", "SET", "maxmemory-policy", "volatile-lfu"});
  EXPECT_EQ(ask({"OBJECT", "FREQ", "k"}).type, ':');
  EXPECT_EQ(show({"OBJECT", "IDLETIME", "k"}).substr(0, 52),
            "ERR An LFU maxmemory policy is selected, idle time n");
}

TEST_F(ObjectTest, FreqIsTheUsesThatCountUnderS3Fifo) {
  run({"CONFIG", "SET", "maxmemory-policy", "allkeys-s3fifo"});
  run({"SET", "k", "v"});
  EXPECT_EQ(show({"OBJECT", "FREQ", "k"}), "0");
  run({"GET", "k"});
  EXPECT_EQ(show({"OBJECT", "FREQ", "k"}), "1");
  EXPECT_EQ(show({"OBJECT", "IDLETIME", "k"}).substr(0, 52),
            "ERR An LFU maxmemory policy is selected, idle time n");
}

// --- The container -------------------------------------------------------------------------------

TEST_F(ObjectTest, ChecksTheSubcommand) {
  EXPECT_EQ(show({"OBJECT"}), "ERR wrong number of arguments for 'object' command");
  EXPECT_EQ(show({"OBJECT", "ENCODING"}),
            "ERR wrong number of arguments for 'object|encoding' command");
  EXPECT_EQ(show({"OBJECT", "bogus", "k"}), "ERR unknown subcommand 'bogus'. Try OBJECT HELP.");
}

TEST_F(ObjectTest, HelpListsTheSubcommands) {
  EXPECT_EQ(ask({"OBJECT", "HELP"})[1].text, "ENCODING <key>");
}

}  // namespace
}  // namespace sideline::test
