#include <string>

#include <gtest/gtest.h>

#include "tests/support/command_fixture.h"

namespace sideline::test {
namespace {

class StringsLcsTest : public CommandFixture {
 protected:
  StringsLcsTest() { run({"MSET", "a", "ohmytext", "b", "mynewtext"}); }
};

TEST_F(StringsLcsTest, RepliesWithTheSubsequence) {
  EXPECT_EQ(show({"LCS", "a", "b"}), "\"mytext\"");
}

TEST_F(StringsLcsTest, RepliesWithTheLength) { EXPECT_EQ(show({"LCS", "a", "b", "len"}), "6"); }

TEST_F(StringsLcsTest, RepliesWithTheRanges) {
  EXPECT_EQ(show({"LCS", "a", "b", "IDX"}),
            R"(["matches", [[[4, 7], [5, 8]], [[2, 3], [0, 1]]], "len", 6])");
  client(0).client->protocol = 3;
  EXPECT_EQ(show({"LCS", "a", "b", "IDX"}),
            R"({"matches": [[[4, 7], [5, 8]], [[2, 3], [0, 1]]], "len": 6})");
}

TEST_F(StringsLcsTest, LeavesShortRangesOut) {
  EXPECT_EQ(show({"LCS", "a", "b", "IDX", "MINMATCHLEN", "4", "WITHMATCHLEN"}),
            R"(["matches", [[[4, 7], [5, 8], 4]], "len", 6])");
  EXPECT_EQ(show({"LCS", "a", "b", "IDX", "MINMATCHLEN", "5"}), R"(["matches", [], "len", 6])");
  EXPECT_EQ(ask({"LCS", "a", "b", "IDX", "MINMATCHLEN", "-1"})[1].size(), 2U);
}

TEST_F(StringsLcsTest, AnAbsentKeyIsAnEmptyString) {
  EXPECT_EQ(show({"LCS", "a", "none"}), "\"\"");
  EXPECT_EQ(show({"LCS", "none", "b", "IDX"}), R"(["matches", [], "len", 0])");
}

TEST_F(StringsLcsTest, RefusesLengthAndRangesAtOnce) {
  EXPECT_EQ(show({"LCS", "a", "b", "IDX", "LEN"}),
            "ERR If you want both the length and indexes, please just use IDX.");
}

TEST_F(StringsLcsTest, RefusesStringsWhoseTableWouldBeTooLarge) {
  run({"CONFIG", "SET", "proto-max-bulk-len", "1mb"});
  run({"SET", "a", std::string(511, 'x')});
  run({"SET", "b", std::string(511, 'x')});
  EXPECT_EQ(show({"LCS", "a", "b", "LEN"}), "511");
  run({"APPEND", "b", "x"});
  EXPECT_EQ(show({"LCS", "a", "b", "LEN"}),
            "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
}

TEST_F(StringsLcsTest, ReadsOfTheClientsDatabase) {
  run({"SELECT", "1"});
  EXPECT_EQ(show({"LCS", "a", "b"}), "\"\"");
}

}  // namespace
}  // namespace sideline::test
