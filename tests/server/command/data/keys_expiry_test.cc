#include <cstdint>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "tests/support/command_fixture.h"

namespace sideline::test {
namespace {

class KeysExpiryTest : public CommandFixture {
 protected:
  KeysExpiryTest() { run({"SET", "k", "v"}); }

  std::string from_now_ms(std::int64_t ms) { return std::to_string(clock.now_ms() + ms); }
};

// --- TTL and its variants ------------------------------------------------------------------------

TEST_F(KeysExpiryTest, TellsAbsentAndLastingKeysApart) {
  for (const std::string_view command : {"TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"}) {
    EXPECT_EQ(show({command, "none"}), "-2") << command;
    EXPECT_EQ(show({command, "k"}), "-1") << command;
  }
}

TEST_F(KeysExpiryTest, SecondsAreRounded) {
  run({"PEXPIRE", "k", "1500"});
  EXPECT_EQ(show({"TTL", "k"}), "2");
  clock.advance_ms(1);
  EXPECT_EQ(show({"TTL", "k"}), "1");
  clock.advance_ms(1000);
  EXPECT_EQ(show({"TTL", "k"}), "0");
  EXPECT_EQ(show({"PTTL", "k"}), "499");
}

TEST_F(KeysExpiryTest, TellsTheMomentOfExpiry) {
  run({"PEXPIREAT", "k", "33177117420500"});
  EXPECT_EQ(show({"PEXPIRETIME", "k"}), "33177117420500");
  EXPECT_EQ(show({"EXPIRETIME", "k"}), "33177117421");
}

TEST_F(KeysExpiryTest, TheFarthestMomentIsRoundedWithoutOverflow) {
  run({"PEXPIREAT", "k", "9223372036854775807"});
  EXPECT_EQ(show({"EXPIRETIME", "k"}), "9223372036854776");
}

// --- EXPIRE and its variants ---------------------------------------------------------------------

TEST_F(KeysExpiryTest, SetsTheDeadlineInFourForms) {
  for (const auto& [command, time] : {std::pair<std::string_view, std::string>{"EXPIRE", "10"},
                                      {"PEXPIRE", "10000"},
                                      {"EXPIREAT", from_now_ms(10'000).substr(0, 10)},
                                      {"PEXPIREAT", from_now_ms(10'000)}}) {
    run({"PERSIST", "k"});
    EXPECT_EQ(show({command, "k", time}), "1") << command;
    EXPECT_EQ(show({"PTTL", "k"}), "10000") << command;
  }
}

TEST_F(KeysExpiryTest, AnAbsentKeyGetsNoDeadline) {
  EXPECT_EQ(show({"EXPIRE", "none", "10"}), "0");
  EXPECT_EQ(show({"EXISTS", "none"}), "0");
}

TEST_F(KeysExpiryTest, AMomentThatHasPassedDeletes) {
  for (const std::string_view time : {"0", "-1", "-9223372036854775"}) {
    run({"SET", "k", "v"});
    EXPECT_EQ(show({"EXPIRE", "k", time}), "1") << time;
    EXPECT_EQ(show({"EXISTS", "k"}), "0") << time;
  }
}

TEST_F(KeysExpiryTest, TheKeyIsGoneAtTheMoment) {
  run({"EXPIRE", "k", "10"});
  clock.advance_ms(9'999);
  EXPECT_EQ(show({"EXISTS", "k"}), "1");
  clock.advance_ms(1);
  EXPECT_EQ(show({"EXISTS", "k"}), "0");
}

TEST_F(KeysExpiryTest, NxAsksForNoDeadline) {
  EXPECT_EQ(show({"EXPIRE", "k", "10", "NX"}), "1");
  EXPECT_EQ(show({"EXPIRE", "k", "20", "NX"}), "0");
  EXPECT_EQ(show({"TTL", "k"}), "10");
}

TEST_F(KeysExpiryTest, XxAsksForADeadline) {
  EXPECT_EQ(show({"EXPIRE", "k", "10", "XX"}), "0");
  run({"EXPIRE", "k", "10"});
  EXPECT_EQ(show({"EXPIRE", "k", "20", "XX"}), "1");
  EXPECT_EQ(show({"TTL", "k"}), "20");
}

TEST_F(KeysExpiryTest, GtOnlyPostpones) {
  EXPECT_EQ(show({"EXPIRE", "k", "10", "GT"}), "0");
  run({"EXPIRE", "k", "10"});
  EXPECT_EQ(show({"EXPIRE", "k", "10", "GT"}), "0");
  EXPECT_EQ(show({"EXPIRE", "k", "11", "GT"}), "1");
  EXPECT_EQ(show({"EXPIRE", "k", "-1", "GT"}), "0");
}

TEST_F(KeysExpiryTest, LtOnlyBringsForward) {
  EXPECT_EQ(show({"EXPIRE", "k", "10", "LT"}), "1");
  EXPECT_EQ(show({"EXPIRE", "k", "10", "LT"}), "0");
  EXPECT_EQ(show({"EXPIRE", "k", "9", "XX", "LT"}), "1");
  EXPECT_EQ(show({"EXPIRE", "k", "-1", "LT"}), "1");
  EXPECT_EQ(show({"EXISTS", "k"}), "0");
}

TEST_F(KeysExpiryTest, RefusesConditionsThatExcludeEachOther) {
  for (const std::string_view other : {"XX", "GT", "LT"}) {
    EXPECT_EQ(show({"EXPIRE", "k", "10", "NX", other}),
              "ERR NX and XX, GT or LT options at the same time are not compatible");
  }
  EXPECT_EQ(show({"EXPIRE", "k", "10", "GT", "LT"}),
            "ERR GT and LT options at the same time are not compatible");
  EXPECT_EQ(show({"EXPIRE", "k", "10", "bogus"}), "ERR Unsupported option bogus");
}

TEST_F(KeysExpiryTest, LooksAtTheOptionsBeforeTheTime) {
  EXPECT_EQ(show({"EXPIRE", "k", "x", "bogus"}), "ERR Unsupported option bogus");
  EXPECT_EQ(show({"EXPIRE", "k", "x"}), "ERR value is not an integer or out of range");
}

TEST_F(KeysExpiryTest, RefusesTimesOutOfRange) {
  EXPECT_EQ(show({"EXPIRE", "k", "9223372036854776"}),
            "ERR invalid expire time in 'expire' command");
  EXPECT_EQ(show({"EXPIREAT", "k", "-9223372036854776"}),
            "ERR invalid expire time in 'expireat' command");
  EXPECT_EQ(show({"PEXPIRE", "k", "9223372036854775807"}),
            "ERR invalid expire time in 'pexpire' command");
  EXPECT_EQ(show({"TTL", "k"}), "-1");
}

TEST_F(KeysExpiryTest, PersistSaysWhetherThereWasADeadline) {
  EXPECT_EQ(show({"PERSIST", "k"}), "0");
  EXPECT_EQ(show({"PERSIST", "none"}), "0");
  run({"EXPIRE", "k", "10"});
  EXPECT_EQ(show({"PERSIST", "k"}), "1");
  clock.advance_ms(20'000);
  EXPECT_EQ(show({"EXISTS", "k"}), "1");
}

}  // namespace
}  // namespace sideline::test
