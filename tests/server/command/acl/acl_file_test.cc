#include "server/command/acl/acl_file.h"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/command/families.h"

namespace sideline::command {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class AclFile : public ::testing::Test {
 protected:
  /// The lines of the users that it holds.
  std::vector<std::string> lines(std::string_view text) {
    const auto result = read_acl_file(rules, "users.acl", text);
    std::vector<std::string> all;
    for (const AclUser& user : std::get<std::vector<AclUser>>(result))
      all.push_back(acl_line(user));
    return all;
  }
  /// What is wrong with it, without the end that is always the same.
  std::string errors(std::string_view text) {
    std::string all = std::get<std::string>(read_acl_file(rules, "users.acl", text));
    const std::string_view end =
        "WARNING: ACL errors detected, no change to the previously active ACL rules was performed";
    EXPECT_THAT(all, testing::EndsWith(end));
    all.resize(all.size() - end.size());
    return all;
  }

  const Table table{all_families()};
  const AclRules rules{table, false};
};

TEST_F(AclFile, HoldsAUserALine) {
  EXPECT_THAT(lines("user alice on nopass +get ~a*\n\r\n  user bob (+set ~b)\t\r\n"),
              ElementsAre("user alice on nopass sanitize-payload ~a* resetchannels -@all +get",
                          "user bob off sanitize-payload resetchannels -@all (~b resetchannels "
                          "-@all +set)"));
}

TEST_F(AclFile, MayBeEmpty) { EXPECT_THAT(lines(""), IsEmpty()); }

TEST_F(AclFile, ReadsBackWhatItShows) {
  const auto once = lines("user a on >x ~k %R~\"' &c +@all -@admin +select|1 (%W~q +set)\nuser b");
  EXPECT_EQ(lines(once[0] + "\n" + once[1] + "\n"), once);
}

TEST_F(AclFile, TakesNothingElse) {
  EXPECT_EQ(errors("# users\n"),
            "users.acl:1 should start with user keyword followed by the username. ");
  EXPECT_EQ(errors("\nUSER x\nuser"),
            "users.acl:2 should start with user keyword followed by the username. "
            "users.acl:3 should start with user keyword followed by the username. ");
}

TEST_F(AclFile, NamesEachUserOnce) {
  EXPECT_EQ(errors("user a\nuser a"), "WARNING: Duplicate user 'a' found on line 2. ");
  EXPECT_EQ(errors("user a\tb"), "'users.acl:1: username 'a\tb' contains invalid characters. ");
}

TEST_F(AclFile, TellsEveryUnknownCommandAndTheFirstOtherError) {
  EXPECT_EQ(errors("user a +nope +@no onn >p !x\n"),
            "users.acl:1: Error in applying operation '+nope': Unknown command or category name in "
            "ACL. users.acl:1: Error in applying operation '+@no': Unknown command or category "
            "name in ACL. users.acl:1: Syntax error. ");
}

TEST_F(AclFile, ASelectorEndsInItsLine) {
  EXPECT_EQ(errors("user a (+get\nuser b"),
            "users.acl:1: Unmatched parenthesis in selector definition.");
}

}  // namespace
}  // namespace sideline::command
