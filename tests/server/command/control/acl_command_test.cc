#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/config/password_hash.h"
#include "tests/support/command_fixture.h"

namespace sideline::command {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using Result = Dispatcher::Result;

class AclCommand : public test::CommandFixture {
 protected:
  using CommandFixture::CommandFixture;

  static constexpr std::string_view kNoKey = "-NOPERM No permissions to access a key\r\n";

  /// Client `number` as alice, a user with these rules who may log in without a password.
  test::TestClient& alice(std::initializer_list<std::string_view> rules, std::size_t number = 1) {
    std::vector<std::string_view> request = {"ACL", "SETUSER", "alice", "on", "nopass"};
    request.insert(request.end(), rules.begin(), rules.end());
    EXPECT_EQ(run(client(0), request), "+OK\r\n");
    EXPECT_EQ(run(client(number), {"AUTH", "alice", ""}), "+OK\r\n");
    return client(number);
  }
  static std::string no_command(std::string_view command) {
    return errors_text("run the '" + std::string(command) + "' command");
  }
  static std::string errors_text(const std::string& what) {
    return "-NOPERM User alice has no permissions to " + what + "\r\n";
  }
  std::string stat(std::string_view name) {
    const std::string text = ask({"INFO", "stats"}).text;
    const std::size_t begin = text.find(std::string(name) + ":") + name.size() + 1;
    return text.substr(begin, text.find('\r', begin) - begin);
  }
};

// --- What a user may do --------------------------------------------------------------------------

TEST_F(AclCommand, AUserRunsWhatItMay) {
  test::TestClient& user = alice({"+get", "+set", "+config|get", "~a*"});
  EXPECT_EQ(run(user, {"SET", "a", "1"}), "+OK\r\n");
  EXPECT_EQ(run(user, {"GET", "a"}), "$1\r\n1\r\n");
  EXPECT_EQ(run(user, {"GET", "b"}), kNoKey);
  EXPECT_EQ(run(user, {"DEL", "a"}), no_command("del"));
  EXPECT_EQ(run(user, {"CONFIG", "GET", "port"}), "*2\r\n$4\r\nport\r\n$4\r\n6379\r\n");
  EXPECT_EQ(run(user, {"CONFIG", "SET", "port", "1"}), no_command("config|set"));
  EXPECT_EQ(run(user, {"PING"}), no_command("ping"));
}

TEST_F(AclCommand, ADeniedRequestChangesNothing) {
  run({"SET", "b", "1"});
  test::TestClient& user = alice({"+@all", "%R~*"});
  EXPECT_EQ(run(user, {"SET", "b", "2"}), kNoKey);
  EXPECT_EQ(run(user, {"MSET", "a", "1", "b", "2"}), kNoKey);
  EXPECT_EQ(run({"GET", "b"}), "$1\r\n1\r\n");
}

TEST_F(AclCommand, AChangeHoldsForTheNextRequest) {
  test::TestClient& user = alice({"allkeys", "+@all"});
  EXPECT_EQ(run(user, {"GET", "k"}), "$-1\r\n");
  run({"ACL", "SETUSER", "alice", "-get"});
  EXPECT_EQ(run(user, {"GET", "k"}), no_command("get"));
  run({"ACL", "SETUSER", "alice", "+get"});
  EXPECT_EQ(run(user, {"GET", "k"}), "$-1\r\n");
  run(user, {"ACL", "SETUSER", "alice", "-@all"});
  EXPECT_EQ(run(user, {"ACL", "SETUSER", "alice", "+@all"}), no_command("acl|setuser"));
}

TEST_F(AclCommand, WhoIsInStaysInWhenTheUserIsSwitchedOff) {
  test::TestClient& user = alice({"+ping"});
  run({"ACL", "SETUSER", "alice", "off", "resetpass"});
  EXPECT_EQ(run(user, {"PING"}), "+PONG\r\n");
  EXPECT_EQ(run(client(2), {"AUTH", "alice", ""}),
            "-WRONGPASS invalid username-password pair or user is disabled.\r\n");
}

TEST_F(AclCommand, LoggingInIsAlwaysPossible) {
  test::TestClient& user = alice({"-@all"});
  EXPECT_EQ(run(user, {"AUTH", "default", ""}), "+OK\r\n");
  EXPECT_EQ(run(user, {"ACL", "WHOAMI"}), "$7\r\ndefault\r\n");
}

TEST_F(AclCommand, ResetMakesAClientTheDefaultUserAgain) {
  test::TestClient& user = alice({"+@all"});
  EXPECT_EQ(run(user, {"ACL", "WHOAMI"}), "$5\r\nalice\r\n");
  run(user, {"RESET"});
  EXPECT_EQ(run(user, {"ACL", "WHOAMI"}), "$7\r\ndefault\r\n");
}

TEST_F(AclCommand, PasswordsAreRotatedWithoutAGap) {
  run({"ACL", "SETUSER", "alice", "on", ">old", "+@all"});
  EXPECT_EQ(run({"ACL", "SETUSER", "alice", ">new"}), "+OK\r\n");
  EXPECT_EQ(run(client(1), {"AUTH", "alice", "old"}), "+OK\r\n");
  EXPECT_EQ(run(client(1), {"AUTH", "alice", "new"}), "+OK\r\n");
  run({"ACL", "SETUSER", "alice", "<old"});
  EXPECT_THAT(run(client(1), {"AUTH", "alice", "old"}), testing::StartsWith("-WRONGPASS"));
  EXPECT_EQ(run(client(1), {"PING"}), "+PONG\r\n");
}

TEST_F(AclCommand, TheDefaultUserMayBeRestrictedToo) {
  run({"ACL", "SETUSER", "default", "-set"});
  EXPECT_EQ(run({"SET", "k", "v"}),
            "-NOPERM User default has no permissions to run the 'set' command\r\n");
  EXPECT_EQ(run(client(1), {"SET", "k", "v"}),
            "-NOPERM User default has no permissions to run the 'set' command\r\n");
}

// --- Changing users ------------------------------------------------------------------------------

TEST_F(AclCommand, RulesThatAreWrongAreRefused) {
  EXPECT_EQ(run({"ACL", "SETUSER", "a b"}),
            "-ERR Usernames can't contain spaces or null characters\r\n");
  EXPECT_EQ(run({"ACL", "SETUSER", "a", "+nope"}),
            "-ERR Error in ACL SETUSER modifier '+nope': Unknown command or category name in "
            "ACL\r\n");
  EXPECT_EQ(show({"ACL", "USERS"}), R"_(["default"])_");
}

TEST_F(AclCommand, DelUserClosesTheClientsOfAUser) {
  test::TestClient& user = alice({"+@all"});
  client(2);
  EXPECT_EQ(run({"ACL", "DELUSER", "alice", "nobody"}), ":1\r\n");
  EXPECT_TRUE(user.closed);
  EXPECT_FALSE(client(2).closed);
  EXPECT_EQ(run(user, {"PING"}), "");
  EXPECT_EQ(user.result, Result::kClose);
}

TEST_F(AclCommand, WhoRemovesItselfGetsTheAnswerFirst) {
  test::TestClient& user = alice({"+@all"});
  EXPECT_EQ(run(user, {"ACL", "DELUSER", "alice"}), ":1\r\n");
  EXPECT_EQ(user.result, Result::kClose);
}

TEST_F(AclCommand, TheDefaultUserCannotBeRemoved) {
  run({"ACL", "SETUSER", "alice"});
  EXPECT_EQ(run({"ACL", "DELUSER", "alice", "default"}),
            "-ERR The 'default' user cannot be removed\r\n");
  EXPECT_EQ(show({"ACL", "USERS"}), R"_(["alice", "default"])_");
}

TEST_F(AclCommand, AClientThatMissedTheRemovalIsClosedByItsNextRequest) {
  test::TestClient& user = alice({"+@all"});
  ASSERT_TRUE(server.acl.remove("alice"));
  EXPECT_EQ(run(user, {"PING"}), "");
  EXPECT_EQ(user.result, Result::kClose);
  EXPECT_TRUE(user.closed);
}

TEST_F(AclCommand, KillFindsTheClientsOfAUser) {
  test::TestClient& user = alice({"+@all"});
  EXPECT_EQ(run({"CLIENT", "KILL", "USER", "alice"}), ":1\r\n");
  EXPECT_TRUE(user.closed);
  EXPECT_EQ(run({"CLIENT", "KILL", "USER", "nobody"}), "-ERR No such user 'nobody'\r\n");
}

TEST_F(AclCommand, ClientListShowsTheUser) {
  EXPECT_THAT(ask(alice({"+@all"}), {"CLIENT", "INFO"}).text, HasSubstr(" user=alice "));
  EXPECT_THAT(ask({"CLIENT", "LIST"}).text,
              AllOf(HasSubstr(" user=default "), HasSubstr(" user=alice ")));
}

// --- Showing users -------------------------------------------------------------------------------

TEST_F(AclCommand, ListShowsUsersAsRules) {
  run({"ACL", "SETUSER", "alice", "on", ">secret", "~a*", "+@read", "(%W~b +set)"});
  EXPECT_EQ(show({"ACL", "LIST"}),
            R"_(["user alice on sanitize-payload #)_" + config::password_hash("secret") +
                R"_( ~a* resetchannels -@all +@read (%W~b resetchannels -@all +set)", )_"
                R"_("user default on nopass sanitize-payload ~* &* +@all"])_");
}

TEST_F(AclCommand, GetUserTakesAUserApart) {
  run({"ACL", "SETUSER", "alice", "on", ">secret", "~a*", "%R~b", "&c", "+@read", "(%W~b +set)"});
  EXPECT_EQ(show({"ACL", "GETUSER", "alice"}),
            R"_(["flags", ["on", "sanitize-payload"], "passwords", [")_" +
                config::password_hash("secret") +
                R"_("], "commands", "-@all +@read", "keys", "~a* %R~b", "channels", "&c", )_"
                R"_("selectors", [["commands", "-@all +set", "keys", "%W~b", "channels", ""]]])_");
  run({"HELLO", "3"});
  const auto reply = ask({"ACL", "GETUSER", "alice"});
  EXPECT_EQ(reply.type, '%');
  EXPECT_EQ(reply.at("flags").type, '~');
  EXPECT_EQ(reply.at("selectors")[0].type, '%');
  EXPECT_EQ(run({"ACL", "GETUSER", "nobody"}), "_\r\n");
}

TEST_F(AclCommand, CatShowsCategoriesAndTheirCommands) {
  EXPECT_EQ(ask({"ACL", "CAT"}).size(), 21U);
  EXPECT_THAT(ask({"ACL", "CAT", "String"}).texts(),
              AllOf(Contains("get"), Contains("set"), Not(Contains("del"))));
  EXPECT_THAT(ask({"ACL", "CAT", "dangerous"}).texts(), Contains("config|set"));
  EXPECT_EQ(run({"ACL", "CAT", "nope"}), "-ERR Unknown category 'nope'\r\n");
  EXPECT_EQ(run({"ACL", "CAT", "a", "b"}),
            "-ERR unknown subcommand or wrong number of arguments for 'CAT'. Try ACL HELP.\r\n");
}

TEST_F(AclCommand, DryRunTellsWhatWouldBeDenied) {
  run({"ACL", "SETUSER", "alice", "+get", "~a"});
  EXPECT_EQ(run({"ACL", "DRYRUN", "alice", "GET", "a"}), "+OK\r\n");
  EXPECT_EQ(ask({"ACL", "DRYRUN", "alice", "GET", "b"}).text,
            "User alice has no permissions to access the 'b' key");
  EXPECT_EQ(ask({"ACL", "DRYRUN", "alice", "CONFIG", "GET", "x"}).text,
            "User alice has no permissions to run the 'config|get' command");
  EXPECT_EQ(run({"ACL", "DRYRUN", "nobody", "GET", "a"}), "-ERR User 'nobody' not found\r\n");
  EXPECT_EQ(run({"ACL", "DRYRUN", "alice", "NOPE"}), "-ERR Command 'NOPE' not found\r\n");
  EXPECT_EQ(run({"ACL", "DRYRUN", "alice", "GET"}),
            "-ERR wrong number of arguments for 'get' command\r\n");
  EXPECT_THAT(ask({"ACL", "LOG"}).elements, IsEmpty()) << "nothing was denied";
}

TEST_F(AclCommand, GenPassMakesHexadecimalDigits) {
  const std::string password = ask({"ACL", "GENPASS"}).text;
  EXPECT_THAT(password, SizeIs(64));
  EXPECT_EQ(password.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_NE(ask({"ACL", "GENPASS"}).text, password);
  EXPECT_THAT(ask({"ACL", "GENPASS", "5"}).text, SizeIs(2));
  EXPECT_THAT(ask({"ACL", "GENPASS", "4096"}).text, SizeIs(1024));
  for (const std::string_view bits : {"0", "-1", "4097"}) {
    EXPECT_THAT(run({"ACL", "GENPASS", bits}),
                testing::StartsWith("-ERR ACL GENPASS argument must be the number of bits"));
  }
  EXPECT_EQ(run({"ACL", "GENPASS", "x"}), "-ERR value is not an integer or out of range\r\n");
}

// --- The log -------------------------------------------------------------------------------------

TEST_F(AclCommand, LogTellsWhatWasDenied) {
  test::TestClient& user = alice({"+get", "~a"});
  run(user, {"GET", "b"});
  run(user, {"SET", "a", "1"});
  run(client(2), {"AUTH", "alice2", "x"});
  clock.advance_ms(1500);
  const auto entries = ask({"ACL", "LOG"});
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].at("reason").text, "auth");
  EXPECT_EQ(entries[0].at("object").text, "AUTH");
  EXPECT_EQ(entries[0].at("username").text, "alice2");
  EXPECT_EQ(entries[1].at("reason").text, "command");
  EXPECT_EQ(entries[1].at("object").text, "set");
  EXPECT_EQ(entries[1].at("username").text, "alice");
  EXPECT_EQ(entries[2].at("reason").text, "key");
  EXPECT_EQ(entries[2].at("object").text, "b");
  EXPECT_EQ(entries[2].at("context").text, "toplevel");
  EXPECT_EQ(entries[2].at("count").integer, 1);
  EXPECT_EQ(entries[2].at("entry-id").integer, 0);
  EXPECT_EQ(entries[2].at("age-seconds").text, "1.5");
  EXPECT_EQ(entries[2].at("timestamp-created").integer, clock.now_ms() - 1500);
  EXPECT_THAT(entries[2].at("client-info").text, AllOf(HasSubstr(" cmd=get user=alice ")));
}

TEST_F(AclCommand, LogShowsAsManyAsAskedFor) {
  test::TestClient& user = alice({"-@all"});
  for (const std::string_view command : {"PING", "DBSIZE", "TIME"}) run(user, {command});
  EXPECT_EQ(ask({"ACL", "LOG", "2"}).size(), 2U);
  EXPECT_EQ(ask({"ACL", "LOG", "-1"}).size(), 0U);
  EXPECT_EQ(run({"ACL", "LOG", "x"}), "-ERR value is not an integer or out of range\r\n");
  EXPECT_EQ(run({"ACL", "LOG", "RESET"}), "+OK\r\n");
  EXPECT_EQ(run({"ACL", "LOG"}), "*0\r\n");
}

TEST_F(AclCommand, LogIsAsLongAsConfigured) {
  run({"CONFIG", "SET", "acllog-max-len", "1"});
  test::TestClient& user = alice({"-@all"});
  run(user, {"PING"});
  run(user, {"DBSIZE"});
  EXPECT_EQ(ask({"ACL", "LOG"}).size(), 1U);
}

TEST_F(AclCommand, InfoCountsWhatWasDenied) {
  test::TestClient& user = alice({"+get"});
  run(user, {"GET", "b"});
  run(user, {"PING"});
  run(user, {"PING"});
  run(user, {"AUTH", "alice2", "x"});
  EXPECT_EQ(stat("acl_access_denied_key"), "1");
  EXPECT_EQ(stat("acl_access_denied_cmd"), "2");
  EXPECT_EQ(stat("acl_access_denied_auth"), "1");
  EXPECT_EQ(stat("acl_access_denied_channel"), "0");
}

// --- Secrets -------------------------------------------------------------------------------------

TEST_F(AclCommand, SetUserIsRedacted) {
  run({"CONFIG", "SET", "slowlog-log-slower-than", "0"});
  run({"SLOWLOG", "RESET"});
  run({"ACL", "SETUSER", "alice", ">secret"});
  EXPECT_THAT(show({"SLOWLOG", "GET", "1"}),
              AllOf(HasSubstr(R"_(["ACL", "SETUSER", "(redacted)", "(redacted)"])_"),
                    Not(HasSubstr("secret"))));
}

TEST_F(AclCommand, NoPasswordIsShown) {
  run({"CONFIG", "SET", "requirepass", "secret"});
  EXPECT_EQ(show({"CONFIG", "GET", "requirepass"}), R"_(["requirepass", "(redacted)"])_");
  EXPECT_THAT(show({"CONFIG", "GET", "*"}), Not(HasSubstr("secret")));
  run({"CONFIG", "SET", "requirepass", ""});
  EXPECT_EQ(show({"CONFIG", "GET", "requirepass"}), R"_(["requirepass", ""])_");
}

TEST_F(AclCommand, WithoutAFileNothingIsLoadedOrSaved) {
  for (const std::string_view subcommand : {"LOAD", "SAVE"}) {
    EXPECT_THAT(run({"ACL", subcommand}),
                testing::StartsWith("-ERR This Redis instance is not configured to use an ACL "
                                    "file."));
  }
}

TEST_F(AclCommand, TheChannelsOfANewUserAreAsConfigured) {
  run({"CONFIG", "SET", "acl-pubsub-default", "allchannels"});
  run({"ACL", "SETUSER", "alice"});
  EXPECT_EQ(show({"ACL", "LIST"}), R"_(["user alice off sanitize-payload &* -@all", )_"
                                   R"_("user default on nopass sanitize-payload ~* &* +@all"])_");
}

}  // namespace
}  // namespace sideline::command
