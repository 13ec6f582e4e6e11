#include "server/command/acl/user.h"

#include <cstdlib>
#include <initializer_list>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "server/command/acl/rules.h"
#include "server/command/families.h"
#include "server/command/table/row_arguments.h"

namespace sideline::command {
namespace {

using Words = std::vector<std::string_view>;

/// What a user may do with which keys.
class AclUserTest : public ::testing::Test {
 protected:
  void allow(std::initializer_list<std::string_view> list) {
    for (const std::string_view rule : list) ASSERT_EQ(rules.apply(rule, user), std::nullopt);
  }
  AclVerdict check(const Words& request) const { return user.check(*table.find(request), request); }
  bool allows(const Words& request) const { return check(request).denial == AclDenial::kNone; }

  const Table table{all_families()};
  const AclRules rules{table, false};
  AclUser user = rules.new_user("alice");
};

TEST_F(AclUserTest, EveryKeyOfARequestMustBeAllowed) {
  allow({"+@all", "~a*"});
  EXPECT_TRUE(allows({"MGET", "a", "a2"}));
  EXPECT_TRUE(allows({"MSET", "a", "b", "a2", "b"})) << "a value is no key";
  EXPECT_TRUE(allows({"PING"}));
  const AclVerdict verdict = check({"MGET", "a", "b", "c"});
  EXPECT_EQ(verdict.denial, AclDenial::kKey);
  EXPECT_EQ(verdict.argument, 2U) << "the first that is denied";
}

/// A request of a command with so many arguments, all of them the same but for its name.
Words request_of(const Row& row, std::size_t arguments, std::string_view argument) {
  Words request = {row.full_name};
  if (const std::size_t bar = row.full_name.find('|'); bar != std::string_view::npos) {
    request = {row.full_name.substr(0, bar), row.full_name.substr(bar + 1)};
  }
  request.resize(arguments, argument);
  return request;
}

TEST_F(AclUserTest, EveryCommandIsHeldToEachOfItsKeys) {
  allow({"+@all", "~allowed"});
  std::size_t commands = 0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const Row& row = table.row(i);
    if (row.keys.empty()) continue;
    ++commands;
    const auto fewest = static_cast<std::size_t>(std::abs(row.arity));
    for (const std::size_t arguments : {fewest, row.arity < 0 ? fewest + 4 : fewest}) {
      Words request = request_of(row, arguments, "allowed");
      EXPECT_TRUE(allows(request)) << row.full_name;
      std::size_t keys = 0;
      for_each_key(row, arguments, [&](std::size_t at, const KeyRange&) {
        ++keys;
        request[at] = "denied";
        const AclVerdict verdict = check(request);
        EXPECT_EQ(verdict.denial, AclDenial::kKey) << row.full_name;
        EXPECT_EQ(verdict.argument, at) << row.full_name;
        request[at] = "allowed";
      });
      EXPECT_GT(keys, 0U) << row.full_name;
    }
  }
  EXPECT_GT(commands, 30U);
}

TEST_F(AclUserTest, ReadingAndWritingAreToldApart) {
  allow({"+@all", "%R~r*", "%W~w*"});
  EXPECT_TRUE(allows({"GET", "r"}));
  EXPECT_FALSE(allows({"GET", "w"}));
  EXPECT_TRUE(allows({"SET", "w", "v"}));
  EXPECT_FALSE(allows({"SET", "r", "v"}));
  EXPECT_TRUE(allows({"COPY", "r", "w"}));
  EXPECT_FALSE(allows({"COPY", "w", "r"}));
  EXPECT_FALSE(allows({"GETDEL", "r"}));
  EXPECT_FALSE(allows({"GETDEL", "w"}));
  EXPECT_TRUE(allows({"DEL", "w"}));
  EXPECT_FALSE(allows({"DEL", "r"}));
}

TEST_F(AclUserTest, SetReadsOnlyIfItIsToGet) {
  allow({"+@all", "%W~w"});
  EXPECT_TRUE(allows({"SET", "w", "v", "EX", "1"}));
  EXPECT_FALSE(allows({"SET", "w", "v", "GET"}));
}

TEST_F(AclUserTest, WhatNeitherReadsNorWritesNeedsAnyPattern) {
  allow({"+@all", "%R~r", "%W~w"});
  EXPECT_TRUE(allows({"EXISTS", "r", "w"}));
  EXPECT_FALSE(allows({"EXISTS", "x"}));
}

TEST_F(AclUserTest, OnePatternMustAllowBoth) {
  allow({"+@all", "%R~k*", "%W~*k"});
  EXPECT_FALSE(allows({"INCR", "k"}));
  allow({"~k"});
  EXPECT_TRUE(allows({"INCR", "k"}));
}

TEST_F(AclUserTest, SelectorsAreNotMixed) {
  allow({"+get", "~a", "(+set ~b)"});
  EXPECT_FALSE(allows({"GET", "b"}));
  EXPECT_FALSE(allows({"SET", "a", "v"}));
}

TEST_F(AclUserTest, TheSelectorThatCameClosestGivesTheReason) {
  allow({"+get", "~a", "(+set ~b)", "(+mget ~c)", "(+mget ~c ~d)"});
  EXPECT_EQ(check({"DEL", "a"}).denial, AclDenial::kCommand);
  EXPECT_EQ(check({"GET", "b"}).denial, AclDenial::kKey);
  EXPECT_EQ(check({"MGET", "c", "d", "e"}).argument, 3U);
}

TEST_F(AclUserTest, IsUnrestrictedWithAllCommandsAndKeysOfOneSelector) {
  EXPECT_FALSE(user.unrestricted());
  allow({"+@all", "(~*)"});
  EXPECT_FALSE(user.unrestricted());
  allow({"(~* +@all)"});
  EXPECT_TRUE(user.unrestricted());
  allow({"clearselectors", "~*"});
  EXPECT_TRUE(user.unrestricted());
  allow({"-debug"});
  EXPECT_FALSE(user.unrestricted());
  allow({"+debug"});
  EXPECT_TRUE(user.unrestricted());
}

}  // namespace
}  // namespace sideline::command
