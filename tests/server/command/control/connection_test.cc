#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/config/password_hash.h"
#include "tests/support/command_fixture.h"

namespace sideline::command {
namespace {

using Result = Dispatcher::Result;

class ConnectionTest : public test::CommandFixture {
 protected:
  using CommandFixture::CommandFixture;
};

TEST_F(ConnectionTest, PingIsAnswered) {
  EXPECT_EQ(run({"PING"}), "+PONG\r\n");
  EXPECT_EQ(run({"ping", "hello"}), "$5\r\nhello\r\n");
  EXPECT_EQ(run({"PING", ""}), "$0\r\n\r\n");
  EXPECT_EQ(run({"PING", "a", "b"}), "-ERR wrong number of arguments for 'ping' command\r\n");
}

TEST_F(ConnectionTest, EchoSendsItsArgumentBack) {
  EXPECT_EQ(run({"ECHO", "a b"}), "$3\r\na b\r\n");
}

// --- SELECT --------------------------------------------------------------------------------------

TEST_F(ConnectionTest, SelectChangesTheDatabase) {
  run({"SET", "k", "zero"});
  EXPECT_EQ(run({"SELECT", "15"}), "+OK\r\n");
  EXPECT_EQ(run({"GET", "k"}), "$-1\r\n");
  EXPECT_EQ(run({"SELECT", "0"}), "+OK\r\n");
  EXPECT_EQ(run({"GET", "k"}), "$4\r\nzero\r\n");
}

TEST_F(ConnectionTest, SelectIsForOneClient) {
  run({"SELECT", "3"});
  EXPECT_EQ(client(1).client->database, 0);
}

TEST_F(ConnectionTest, SelectRefusesWhatIsNoDatabase) {
  EXPECT_EQ(run({"SELECT", "16"}), "-ERR DB index is out of range\r\n");
  EXPECT_EQ(run({"SELECT", "-1"}), "-ERR DB index is out of range\r\n");
  EXPECT_EQ(run({"SELECT", "x"}), "-ERR value is not an integer or out of range\r\n");
  EXPECT_EQ(run({"SELECT", "3000000000"}),
            "-ERR value is out of range, value must between -2147483648 and 2147483647\r\n");
}

// --- QUIT and RESET ------------------------------------------------------------------------------

TEST_F(ConnectionTest, QuitClosesAfterTheReply) {
  EXPECT_EQ(run({"QUIT"}), "+OK\r\n");
  EXPECT_EQ(client(0).result, Result::kClose);
}

TEST_F(ConnectionTest, ResetMakesTheConnectionLikeNew) {
  run({"HELLO", "3", "SETNAME", "me"});
  run({"SELECT", "3"});
  run({"CLIENT", "NO-TOUCH", "ON"});
  run({"CLIENT", "NO-EVICT", "ON"});
  run({"CLIENT", "SETINFO", "lib-name", "lib"});
  EXPECT_EQ(run({"RESET"}), "+RESET\r\n");
  const std::string info = ask({"CLIENT", "INFO"}).text;
  EXPECT_THAT(info, testing::HasSubstr(" name= "));
  EXPECT_THAT(info, testing::HasSubstr(" flags=N "));
  EXPECT_THAT(info, testing::HasSubstr(" db=0 "));
  EXPECT_THAT(info, testing::HasSubstr(" resp=2 "));
  EXPECT_THAT(info, testing::HasSubstr(" lib-name=lib ")) << "it is still that library";
}

TEST_F(ConnectionTest, ResetTurnsRepliesOn) {
  run({"CLIENT", "REPLY", "OFF"});
  EXPECT_EQ(run({"RESET"}), "+RESET\r\n");
  EXPECT_EQ(run({"PING"}), "+PONG\r\n");
}

TEST_F(ConnectionTest, ResetDoesNotBringASkippedReplyBack) {
  run({"CLIENT", "REPLY", "SKIP"});
  EXPECT_EQ(run({"RESET"}), "");
}

// --- HELLO ---------------------------------------------------------------------------------------

TEST_F(ConnectionTest, HelloTellsAboutTheServer) {
  EXPECT_EQ(show({"HELLO"}),
            R"(["server", "redis", "version", "7.2.6", "proto", 2, "id", 1, "mode", "standalone", )"
            R"("role", "master", "modules", []])");
}

TEST_F(ConnectionTest, HelloChangesTheProtocolFromItsReplyOn) {
  EXPECT_EQ(show({"HELLO", "3"}),
            R"({"server": "redis", "version": "7.2.6", "proto": 3, "id": 1, "mode": "standalone", )"
            R"("role": "master", "modules": []})");
  EXPECT_EQ(run({"GET", "nothing"}), "_\r\n");
  EXPECT_EQ(ask({"HELLO", "2"}).type, '*');
  EXPECT_EQ(run({"GET", "nothing"}), "$-1\r\n");
}

TEST_F(ConnectionTest, HelloAloneKeepsTheProtocol) {
  run({"HELLO", "3"});
  EXPECT_EQ(ask({"HELLO"}).at("proto").integer, 3);
}

TEST_F(ConnectionTest, HelloNamesTheConnection) {
  run({"HELLO", "3", "SETNAME", "me"});
  EXPECT_EQ(ask({"CLIENT", "GETNAME"}).text, "me");
}

TEST_F(ConnectionTest, HelloRefusesOtherProtocols) {
  EXPECT_EQ(run({"HELLO", "1"}), "-NOPROTO unsupported protocol version\r\n");
  EXPECT_EQ(run({"HELLO", "4"}), "-NOPROTO unsupported protocol version\r\n");
  EXPECT_EQ(run({"HELLO", "x"}), "-ERR Protocol version is not an integer or out of range\r\n");
}

TEST_F(ConnectionTest, HelloRefusesWhatItDoesNotKnow) {
  EXPECT_EQ(run({"HELLO", "3", "NOPE"}), "-ERR Syntax error in HELLO option 'NOPE'\r\n");
  EXPECT_EQ(run({"HELLO", "3", "AUTH", "u"}), "-ERR Syntax error in HELLO option 'AUTH'\r\n");
  EXPECT_EQ(run({"HELLO", "3", "setname"}), "-ERR Syntax error in HELLO option 'setname'\r\n");
  EXPECT_EQ(run({"HELLO", "3", "SETNAME", "a b"}),
            "-ERR Client names cannot contain spaces, newlines or special characters.\r\n");
  EXPECT_EQ(client(0).client->protocol, 2);
}

// --- AUTH ----------------------------------------------------------------------------------------

TEST_F(ConnectionTest, AuthIsAnErrorWhereNoPasswordIsNeeded) {
  EXPECT_EQ(run({"AUTH", "x"}),
            "-ERR AUTH <password> called without any password configured for the default user. "
            "Are you sure your configuration is correct?\r\n");
}

TEST_F(ConnectionTest, TheUserWithoutAPasswordTakesAny) {
  EXPECT_EQ(run({"AUTH", "default", "x"}), "+OK\r\n");
  EXPECT_EQ(run({"AUTH", "other", "x"}),
            "-WRONGPASS invalid username-password pair or user is disabled.\r\n");
}

TEST_F(ConnectionTest, AuthTakesTwoArgumentsAtMost) {
  EXPECT_EQ(run({"AUTH", "a", "b", "c"}), "-ERR syntax error\r\n");
}

class PasswordTest : public ConnectionTest {
 protected:
  static config::Settings settings() {
    config::Settings settings = default_settings();
    settings.requirepass = config::password_hash("secret");
    return settings;
  }
  PasswordTest() : ConnectionTest(settings()) {}

  static constexpr std::string_view kWrong =
      "-WRONGPASS invalid username-password pair or user is disabled.\r\n";
};

TEST_F(PasswordTest, AuthLogsIn) {
  EXPECT_EQ(run({"AUTH", "secret"}), "+OK\r\n");
  EXPECT_EQ(run(client(1), {"AUTH", "default", "secret"}), "+OK\r\n");
  EXPECT_TRUE(client(0).client->authenticated);
  EXPECT_TRUE(client(1).client->authenticated);
}

TEST_F(PasswordTest, AuthRefusesOtherCredentials) {
  for (const std::string_view password : {"", "secre", "secret1", "Secret", "secres"}) {
    EXPECT_EQ(run({"AUTH", password}), kWrong) << password;
  }
  EXPECT_EQ(run({"AUTH", "other", "secret"}), kWrong);
  EXPECT_EQ(run({"AUTH", "DEFAULT", "secret"}), kWrong);
  EXPECT_FALSE(client(0).client->authenticated);
}

TEST_F(PasswordTest, AFailedAuthLogsNobodyOut) {
  run({"AUTH", "secret"});
  run({"AUTH", "wrong"});
  EXPECT_EQ(run({"PING"}), "+PONG\r\n");
}

TEST_F(PasswordTest, HelloCanLogIn) {
  EXPECT_EQ(ask({"HELLO", "3", "AUTH", "default", "secret"}).at("proto").integer, 3);
  EXPECT_EQ(run({"PING"}), "+PONG\r\n");
}

TEST_F(PasswordTest, HelloWithoutALoginIsRefused) {
  EXPECT_EQ(run({"HELLO"}),
            "-NOAUTH HELLO must be called with the client already authenticated, otherwise the "
            "HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and "
            "select the RESP protocol version at the same time\r\n");
  EXPECT_EQ(run({"HELLO", "3", "AUTH", "default", "wrong"}), kWrong);
  EXPECT_EQ(client(0).client->protocol, 2);
}

TEST_F(PasswordTest, ResetLogsOut) {
  run({"AUTH", "secret"});
  run({"RESET"});
  EXPECT_EQ(run({"PING"}), "-NOAUTH Authentication required.\r\n");
}

TEST_F(PasswordTest, QuitAndResetNeedNoLogin) {
  EXPECT_EQ(run({"RESET"}), "+RESET\r\n");
  EXPECT_EQ(run({"QUIT"}), "+OK\r\n");
}

}  // namespace
}  // namespace sideline::command
