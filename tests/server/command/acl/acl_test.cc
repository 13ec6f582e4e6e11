#include "server/command/acl/acl.h"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/command/acl/describe.h"
#include "server/command/families.h"
#include "server/config/password_hash.h"
#include "tests/support/temporary_folder.h"

namespace sideline::command {
namespace {

using config::UserDirective;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Optional;
using testing::StartsWith;

class AclTest : public ::testing::Test {
 protected:
  std::optional<std::string> set_user(std::string_view name,
                                      std::initializer_list<std::string_view> rules) {
    return acl.set_user(name, std::vector(rules));
  }
  std::optional<std::string> load(const std::vector<UserDirective>& users) {
    return acl.load(users);
  }
  std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const auto& user : acl.users()) all.push_back(user->name);
    return all;
  }
  AclSession session_of(std::string_view name) {
    AclSession session{.user = acl.find(name)};
    EXPECT_TRUE(acl.refresh(session, true));
    return session;
  }

  const Table table{all_families()};
  Acl acl{table};
  std::vector<std::uint64_t> gone;
};

TEST_F(AclTest, KnowsTheDefaultUserAtFirst) {
  EXPECT_THAT(names(), ElementsAre("default"));
  EXPECT_EQ(acl.default_user()->id, kDefaultUserId);
  EXPECT_TRUE(acl.default_user()->unrestricted());
}

TEST_F(AclTest, ShowsUsersInTheOrderOfTheirNames) {
  for (const std::string_view name : {"x", "a", "\xff", "A"}) set_user(name, {});
  EXPECT_THAT(names(), ElementsAre("A", "a", "default", "x", "\xff"));
}

TEST_F(AclTest, AChangeKeepsWhoAUserIs) {
  set_user("a", {"on"});
  const auto before = acl.find("a");
  set_user("a", {"+get"});
  EXPECT_EQ(acl.find("a")->id, before->id);
  EXPECT_EQ(describe(*before), "on sanitize-payload resetchannels -@all")
      << "who holds the old one is not disturbed";
}

TEST_F(AclTest, AChangeIsDoneInWholeOrNotAtAll) {
  const std::uint64_t version = acl.version();
  EXPECT_THAT(set_user("a", {"on", "+nope"}),
              Optional(std::string("Error in ACL SETUSER modifier '+nope': Unknown command or "
                                   "category name in ACL")));
  EXPECT_THAT(set_user("a", {"on", "(+get", "~a"}),
              Optional(std::string("Unmatched parenthesis in acl selector starting at '(+get'.")));
  EXPECT_EQ(acl.find("a"), nullptr);
  EXPECT_EQ(acl.version(), version);
}

TEST_F(AclTest, TheDefaultUserStays) {
  EXPECT_EQ(acl.remove("default"), std::nullopt);
  EXPECT_EQ(acl.remove("nobody"), std::nullopt);
}

TEST_F(AclTest, OfTwoUsersWithOneNameEachIsAnother) {
  set_user("a", {});
  const auto first = acl.remove("a");
  set_user("a", {});
  EXPECT_NE(acl.find("a")->id, first);
}

TEST_F(AclTest, TheRequiredPasswordIsTheOnlyOne) {
  set_user("default", {">other", "-get"});
  acl.set_default_password(config::password_hash("secret"));
  EXPECT_TRUE(acl.default_user()->accepts("secret"));
  EXPECT_FALSE(acl.default_user()->accepts("other"));
  EXPECT_EQ(describe_commands(acl.default_user()->root()), "+@all -get");
  acl.set_default_password("");
  EXPECT_TRUE(acl.default_user()->accepts(""));
}

// --- Sessions ------------------------------------------------------------------------------------

TEST_F(AclTest, ASessionFollowsTheVersion) {
  set_user("a", {"+get"});
  AclSession session = session_of("a");
  EXPECT_EQ(session.version, acl.version());
  EXPECT_EQ(session.unrestricted, 0U);
  set_user("a", {"allkeys", "+@all"});
  ASSERT_TRUE(acl.refresh(session, true));
  EXPECT_EQ(session.unrestricted, acl.version());
  set_user("b", {});
  EXPECT_NE(session.unrestricted, acl.version()) << "any change makes all look again";
}

TEST_F(AclTest, ASessionEndsWithItsUser) {
  set_user("a", {});
  AclSession session = session_of("a");
  static_cast<void>(acl.remove("a"));
  EXPECT_FALSE(acl.refresh(session, true));
  set_user("a", {"allkeys", "+@all"});
  EXPECT_FALSE(acl.refresh(session, true)) << "another user of this name is another user";
}

TEST_F(AclTest, OnlyWhoIsAdmittedIsUnrestricted) {
  AclSession session;
  ASSERT_TRUE(acl.refresh(session, false));
  EXPECT_TRUE(session.admitted);
  acl.set_default_password(config::password_hash("secret"));
  ASSERT_TRUE(acl.refresh(session, false));
  EXPECT_FALSE(session.admitted);
  EXPECT_EQ(session.unrestricted, 0U);
  set_user("default", {"nopass", "off"});
  ASSERT_TRUE(acl.refresh(session, false));
  EXPECT_FALSE(session.admitted);
}

// --- The configuration file ----------------------------------------------------------------------

TEST_F(AclTest, LoadsTheUsersOfTheConfiguration) {
  EXPECT_EQ(load({{.name = "a", .rules = {"on", "(+get", "~a)"}, .origin = {}},
                  {.name = "default", .rules = {"off"}, .origin = {}}}),
            std::nullopt);
  EXPECT_EQ(describe(*acl.find("a")),
            "on sanitize-payload resetchannels -@all (~a resetchannels -@all +get)");
  EXPECT_EQ(describe(*acl.default_user()), "off sanitize-payload resetchannels -@all");
  EXPECT_EQ(acl.default_user()->id, kDefaultUserId);
}

TEST_F(AclTest, TellsWhereTheConfigurationIsWrong) {
  EXPECT_THAT(load({{.name = "a", .rules = {"onn"}, .origin = {.place = "f, line 2"}}}),
              Optional(std::string("f, line 2: Error in user declaration: Syntax error")));
  EXPECT_THAT(load({{.name = "a b", .rules = {}, .origin = {.place = "f, line 2"}}}),
              Optional(std::string("f, line 2: Spaces not allowed in ACL usernames")));
}

TEST_F(AclTest, AWrongConfigurationShowsNoPassword) {
  for (const char* const rule :
       {"#hunter2", "hunter2", "!hunter2", "(+get hunter2)", "(+nope hunter2)", "(hunter2"}) {
    const auto error = load({{.name = "a", .rules = {"on", rule}}});
    EXPECT_THAT(error, Optional(Not(HasSubstr("hunter2")))) << rule;
  }
  EXPECT_THAT(load({{.name = "a", .rules = {"+nope"}}}), Optional(HasSubstr("'+nope'")));
}

TEST_F(AclTest, AConfigurationIsLoadedInWholeOrNotAtAll) {
  const std::uint64_t version = acl.version();
  EXPECT_NE(load({{.name = "a", .rules = {"on"}}, {.name = "b", .rules = {"onn"}}}), std::nullopt);
  EXPECT_THAT(names(), ElementsAre("default"));
  EXPECT_EQ(acl.version(), version);
  EXPECT_EQ(load({{.name = "a", .rules = {}}, {.name = "b", .rules = {}}}), std::nullopt);
  EXPECT_EQ(acl.version(), version + 1) << "nobody sees half of it";
}

TEST_F(AclTest, ItsDirectivesAreTheOnesThatWereWrittenWhileTheyAreTrue) {
  const std::vector<UserDirective> written = {{.name = "a", .rules = {"on", "+get", "allkeys"}},
                                              {.name = "b", .rules = {"on"}}};
  ASSERT_EQ(load(written), std::nullopt);
  set_user("b", {"off"});
  EXPECT_THAT(acl.directives(written),
              ElementsAre(written[0], UserDirective{.name = "b",
                                                    .rules = {"off", "sanitize-payload",
                                                              "resetchannels", "-@all"}}));
}

TEST_F(AclTest, ItsDirectivesMayLeaveTheRequiredPasswordOut) {
  const std::string hash = config::password_hash("lent");
  const std::vector<UserDirective> written = {{.name = "default", .rules = {"on", "+get"}}};
  ASSERT_EQ(load(written), std::nullopt);
  acl.set_default_password(hash);
  EXPECT_EQ(acl.directives(written, false), written);
  EXPECT_THAT(acl.directives(written, true)[0].rules, Contains("#" + hash));
  set_user("default", {"+set"});
  EXPECT_THAT(acl.directives(written, false)[0].rules,
              ElementsAre("on", "sanitize-payload", "resetchannels", "-@all", "+get", "+set"));
}

TEST_F(AclTest, ARequiredPasswordIsTakenBackWithWhatWasThereBefore) {
  set_user("default", {">other", ">another"});
  const auto before = acl.set_default_password(config::password_hash("secret"));
  set_user("default", {"-get"});
  acl.restore_default_password("", *before);
  EXPECT_TRUE(acl.default_user()->accepts("other"));
  EXPECT_TRUE(acl.default_user()->accepts("another"));
  EXPECT_FALSE(acl.default_user()->accepts("secret"));
  EXPECT_FALSE(acl.default_user()->is_open());
  EXPECT_EQ(describe_commands(acl.default_user()->root()), "+@all -get");
}

TEST_F(AclTest, ItsDirectivesMakeItAgain) {
  acl.set_default_password(config::password_hash("secret"));
  EXPECT_THAT(acl.directives(), IsEmpty()) << "all of that is in requirepass";
  set_user("a", {"on", ">x", "~k", "(%R~j +@read)"});
  set_user("default", {"-debug"});
  Acl other(table);
  EXPECT_EQ(other.load(acl.directives()), std::nullopt);
  ASSERT_EQ(other.users().size(), 2U);
  for (const auto& user : acl.users()) {
    EXPECT_EQ(describe(*other.find(user->name)), describe(*user));
  }
}

// --- The ACL file --------------------------------------------------------------------------------

TEST_F(AclTest, AFileReplacesAllUsers) {
  const test::TemporaryFolder folder;
  set_user("a", {});
  set_user("b", {});
  const std::vector<std::uint64_t> before = {acl.find("a")->id, acl.find("b")->id};
  const std::uint64_t version = acl.version();
  EXPECT_EQ(acl.load_file(folder.write("acl", "user a on\nuser c\nuser default off\n"), gone),
            std::nullopt);
  EXPECT_THAT(names(), ElementsAre("a", "c", "default"));
  EXPECT_EQ(acl.version(), version + 1) << "nobody sees half of it";
  EXPECT_EQ(gone, before) << "also of a user that is there again";
  EXPECT_EQ(acl.default_user()->id, kDefaultUserId);
  EXPECT_FALSE(acl.default_user()->enabled);
}

TEST_F(AclTest, WithoutADefaultUserInTheFileItIsTheFirstOneAgain) {
  const test::TemporaryFolder folder;
  acl.set_default_password(config::password_hash("secret"));
  set_user("default", {"-get", "nopass"});
  EXPECT_EQ(acl.load_file(folder.write("acl", ""), gone), std::nullopt);
  EXPECT_TRUE(acl.default_user()->unrestricted());
  EXPECT_FALSE(acl.default_user()->is_open()) << "the configuration asks for a password";
}

TEST_F(AclTest, AWrongFileChangesNothing) {
  const test::TemporaryFolder folder;
  set_user("a", {});
  const std::uint64_t version = acl.version();
  EXPECT_THAT(acl.load_file(folder.path("none"), gone),
              Optional(StartsWith("Error loading ACLs, opening file '" + folder.path("none") +
                                  "': No such file")));
  EXPECT_THAT(acl.load_file(folder.write("acl", "user b\nuser c onn\n"), gone),
              Optional(StartsWith(folder.path("acl") + ":2: Syntax error. ")));
  EXPECT_THAT(names(), ElementsAre("a", "default"));
  EXPECT_THAT(gone, IsEmpty());
  EXPECT_EQ(acl.version(), version);
}

}  // namespace
}  // namespace sideline::command
