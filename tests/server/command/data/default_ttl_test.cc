#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/command_fixture.h"

namespace sideline::test {
namespace {

/// Which commands give a key the lifetime of `default-ttl`.
class DefaultTtlTest : public CommandFixture {
 protected:
  DefaultTtlTest() : CommandFixture(with_default_ttl()) {}

  static config::Settings with_default_ttl() {
    config::Settings settings = default_settings();
    settings.default_ttl = 1800;
    return settings;
  }

  void set_default_ttl(std::string_view seconds) {
    ASSERT_EQ(config.set(std::array<std::string_view, 2>{"default-ttl", seconds}), std::nullopt);
  }
  /// A key without a lifetime.
  void store_for_ever(std::string_view key, std::string_view value) {
    run({"SET", key, value});
    run({"PERSIST", key});
  }
  std::string ttl(std::string_view key) { return show({"TTL", key}); }
};

TEST_F(DefaultTtlTest, IsForEveryWriteThatMakesAKeyOrReplacesIt) {
  const std::vector<std::vector<std::string_view>> writes = {
      {"SET", "k", "1"},          {"SET", "k", "1", "NX"},   {"SET", "k", "1", "KEEPTTL"},
      {"SET", "k", "1", "GET"},   {"SETNX", "k", "1"},       {"GETSET", "k", "1"},
      {"MSET", "k", "1"},         {"MSETNX", "k", "1"},      {"INCR", "k"},
      {"DECRBY", "k", "2"},       {"INCRBYFLOAT", "k", "1"}, {"APPEND", "k", "1"},
      {"SETRANGE", "k", "1", "1"}};
  for (const auto& write : writes) {
    run({"FLUSHALL"});
    run(client(0), write);
    EXPECT_EQ(ttl("k"), "1800") << write[0];
  }
}

TEST_F(DefaultTtlTest, IsForAWriteThatReplacesAKey) {
  for (const std::vector<std::string_view>& write : std::vector<std::vector<std::string_view>>{
           {"SET", "k", "2"}, {"SET", "k", "2", "XX"}, {"GETSET", "k", "2"}, {"MSET", "k", "2"}}) {
    run({"SET", "k", "1", "EX", "5"});
    run(client(0), write);
    EXPECT_EQ(ttl("k"), "1800") << write[0];
  }
}

TEST_F(DefaultTtlTest, LeavesAKeyThatIsChangedTheLifetimeItHas) {
  for (const std::vector<std::string_view>& write :
       std::vector<std::vector<std::string_view>>{{"INCR", "k"},
                                                  {"INCRBYFLOAT", "k", "1"},
                                                  {"APPEND", "k", "1"},
                                                  {"SETRANGE", "k", "1", "1"},
                                                  {"SET", "k", "2", "KEEPTTL"},
                                                  {"SETNX", "k", "2"}}) {
    run({"SET", "k", "1", "EX", "5"});
    run(client(0), write);
    EXPECT_EQ(ttl("k"), "5") << write[0];
    store_for_ever("k", "1");
    run(client(0), write);
    EXPECT_EQ(ttl("k"), "-1") << write[0];
  }
}

TEST_F(DefaultTtlTest, YieldsToALifetimeThatIsNamed) {
  run({"SET", "a", "v", "EX", "5"});
  run({"SETEX", "b", "6", "v"});
  run({"PSETEX", "c", "7000", "v"});
  EXPECT_EQ(ttl("a") + ttl("b") + ttl("c"), "567");
}

TEST_F(DefaultTtlTest, MayBeTakenAway) {
  run({"SET", "k", "v"});
  EXPECT_EQ(run({"PERSIST", "k"}), ":1\r\n");
  EXPECT_EQ(ttl("k"), "-1");
  run({"SET", "k", "v"});
  run({"GETEX", "k", "PERSIST"});
  EXPECT_EQ(ttl("k"), "-1");
}

TEST_F(DefaultTtlTest, IsNotForAKeyThatGetsAnotherNameOrACopy) {
  store_for_ever("a", "v");
  run({"RENAME", "a", "b"});
  run({"COPY", "b", "c"});
  EXPECT_EQ(ttl("b"), "-1");
  EXPECT_EQ(ttl("c"), "-1");
}

TEST_F(DefaultTtlTest, EndsTheKey) {
  run({"INCR", "k"});
  pass_ms(1800 * 1000);
  EXPECT_EQ(run({"EXISTS", "k"}), ":0\r\n");
}

TEST_F(DefaultTtlTest, HoldsForWhatIsWrittenAfterItHasChanged) {
  run({"SET", "old", "v"});
  set_default_ttl("60");
  run({"SET", "new", "v"});
  EXPECT_EQ(ttl("old") + " " + ttl("new"), "1800 60");
  set_default_ttl("0");
  run({"SET", "new", "v"});
  EXPECT_EQ(ttl("new"), "-1");
}

}  // namespace
}  // namespace sideline::test
