#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/command_fixture.h"

namespace sideline::command {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using Result = Dispatcher::Result;

class ClientCommand : public test::CommandFixture {
 protected:
  static constexpr std::string_view kSyntax = "-ERR syntax error\r\n";

  std::string info() { return ask({"CLIENT", "INFO"}).text; }
  std::string list() { return ask({"CLIENT", "LIST"}).text; }
};

TEST_F(ClientCommand, IdIsTheNumberOfTheConnection) {
  EXPECT_EQ(run({"CLIENT", "ID"}), ":1\r\n");
  EXPECT_EQ(run(client(1), {"CLIENT", "ID"}), ":2\r\n");
}

// --- Names ---------------------------------------------------------------------------------------

TEST_F(ClientCommand, AConnectionHasNoNameAtFirst) {
  EXPECT_EQ(run({"CLIENT", "GETNAME"}), "$-1\r\n");
}

TEST_F(ClientCommand, ANameIsKeptAndDropped) {
  EXPECT_EQ(run({"CLIENT", "SETNAME", "me"}), "+OK\r\n");
  EXPECT_EQ(run({"CLIENT", "GETNAME"}), "$2\r\nme\r\n");
  EXPECT_EQ(run({"CLIENT", "SETNAME", ""}), "+OK\r\n");
  EXPECT_EQ(run({"CLIENT", "GETNAME"}), "$-1\r\n");
}

TEST_F(ClientCommand, ANameWouldNotBreakTheList) {
  for (const std::string_view name : {"a b", "a\n", "\x7f", "\xc3\xa4"}) {
    EXPECT_EQ(run({"CLIENT", "SETNAME", name}),
              "-ERR Client names cannot contain spaces, newlines or special characters.\r\n");
  }
}

TEST_F(ClientCommand, SetInfoNamesTheLibrary) {
  EXPECT_EQ(run({"CLIENT", "SETINFO", "LIB-NAME", "redis-py"}), "+OK\r\n");
  EXPECT_EQ(run({"CLIENT", "SETINFO", "lib-ver", "5.0"}), "+OK\r\n");
  EXPECT_THAT(info(), HasSubstr(" lib-name=redis-py lib-ver=5.0\n"));
}

TEST_F(ClientCommand, SetInfoRefusesWhatItDoesNotKnow) {
  EXPECT_EQ(run({"CLIENT", "SETINFO", "Lib-Age", "1"}), "-ERR Unrecognized option 'Lib-Age'\r\n");
  EXPECT_EQ(run({"CLIENT", "SETINFO", "lib-name", "a b"}),
            "-ERR lib-name cannot contain spaces, newlines or special characters.\r\n");
}

// --- LIST and INFO -------------------------------------------------------------------------------

TEST_F(ClientCommand, InfoHasAllFieldsOfRedis) {
  clock.advance_ms(0);
  client(0).client->query_buffer_used = 26;
  client(0).client->query_buffer_size = 1000;
  client(0);
  clock.advance_ms(2500);
  EXPECT_EQ(info(),
            "id=1 addr=127.0.0.1:50000 laddr=127.0.0.1:6379 fd=8 name= age=2 idle=0 flags=N db=0 "
            "sub=0 psub=0 ssub=0 multi=-1 qbuf=26 qbuf-free=974 argv-mem=10 multi-mem=0 rbs=0 "
            "rbp=0 obl=0 oll=0 omem=0 tot-mem=" +
                std::to_string(sizeof(Client) + 1000) +
                " events=r cmd=client|info user=default redir=-1 resp=2 lib-name= lib-ver=\n");
}

TEST_F(ClientCommand, InfoIsVerbatim) {
  run({"HELLO", "3"});
  EXPECT_EQ(ask({"CLIENT", "INFO"}).type, '=');
  EXPECT_EQ(ask({"CLIENT", "LIST"}).type, '=');
}

TEST_F(ClientCommand, FlagsTellOfTheClientsState) {
  run(client(1), {"MONITOR"});
  run(unix_client(), {"PING"});
  run({"CLIENT", "NO-EVICT", "ON"});
  run({"CLIENT", "NO-TOUCH", "ON"});
  EXPECT_THAT(list(), AllOf(HasSubstr("id=1 "), HasSubstr(" flags=eT "), HasSubstr(" flags=O "),
                            HasSubstr(" flags=U ")));
}

TEST_F(ClientCommand, ListHasALineForEachClient) {
  run({"SELECT", "1"});
  run(client(1), {"GET", "k"});
  EXPECT_THAT(list(), testing::MatchesRegex("id=1 [^\n]* db=1 [^\n]* cmd=client.list [^\n]*\n"
                                            "id=2 [^\n]* db=0 [^\n]* cmd=get [^\n]*\n"));
}

TEST_F(ClientCommand, ListShowsAnUnknownCommandAsNull) {
  run(client(1), {"NOPE"});
  EXPECT_THAT(list(), HasSubstr(" cmd=NULL "));
}

TEST_F(ClientCommand, ListSelectsById) {
  client(2);
  EXPECT_THAT(ask({"CLIENT", "LIST", "ID", "3", "2", "77"}).text,
              testing::MatchesRegex("id=3 [^\n]*\nid=2 [^\n]*\n"));
  EXPECT_EQ(run({"CLIENT", "LIST", "ID", "x"}), "-ERR Invalid client ID\r\n");
}

TEST_F(ClientCommand, ListSelectsByType) {
  EXPECT_THAT(ask({"CLIENT", "LIST", "TYPE", "Normal"}).text, HasSubstr("id=1 "));
  for (const std::string_view type : {"master", "replica", "slave", "pubsub"}) {
    EXPECT_EQ(run({"CLIENT", "LIST", "TYPE", type}), "$0\r\n\r\n") << type;
  }
  EXPECT_EQ(run({"CLIENT", "LIST", "TYPE", "odd"}), "-ERR Unknown client type 'odd'\r\n");
}

TEST_F(ClientCommand, ListRefusesOtherArguments) {
  EXPECT_EQ(run({"CLIENT", "LIST", "TYPE"}), kSyntax);
  EXPECT_EQ(run({"CLIENT", "LIST", "ID"}), kSyntax);
  EXPECT_EQ(run({"CLIENT", "LIST", "x", "y"}), kSyntax);
  EXPECT_EQ(run({"CLIENT", "LIST", "TYPE", "normal", "x"}), kSyntax);
}

// --- KILL ----------------------------------------------------------------------------------------

TEST_F(ClientCommand, KillClosesTheClientOfAnAddress) {
  client(1);
  EXPECT_EQ(run({"CLIENT", "KILL", "127.0.0.1:50001"}), "+OK\r\n");
  EXPECT_TRUE(client(1).closed);
  EXPECT_THAT(list(), Not(HasSubstr("id=2 ")));
}

TEST_F(ClientCommand, KillOfAnUnknownAddressIsAnError) {
  EXPECT_EQ(run({"CLIENT", "KILL", "127.0.0.1:1"}), "-ERR No such client\r\n");
}

TEST_F(ClientCommand, KillInItsOldFormMayHitItsSenderAfterTheReply) {
  EXPECT_EQ(run({"CLIENT", "KILL", "127.0.0.1:50000"}), "+OK\r\n");
  EXPECT_EQ(client(0).result, Result::kClose);
  EXPECT_FALSE(client(0).closed);
}

TEST_F(ClientCommand, KillSparesItsSenderUnlessTold) {
  client(1);
  EXPECT_EQ(run({"CLIENT", "KILL", "TYPE", "normal"}), ":1\r\n");
  EXPECT_EQ(client(0).result, Result::kDone);
  EXPECT_EQ(run({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"}), ":0\r\n");
  EXPECT_EQ(run({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no"}), ":1\r\n");
  EXPECT_EQ(client(0).result, Result::kClose);
}

TEST_F(ClientCommand, KillFiltersMustAllFit) {
  client(2);
  EXPECT_EQ(run({"CLIENT", "KILL", "ID", "2", "ADDR", "127.0.0.1:50002"}), ":0\r\n");
  EXPECT_EQ(run({"CLIENT", "KILL", "ID", "2", "LADDR", "127.0.0.1:1"}), ":0\r\n");
  EXPECT_EQ(run({"CLIENT", "KILL", "TYPE", "pubsub", "ID", "2"}), ":0\r\n");
  EXPECT_EQ(run({"CLIENT", "KILL", "ID", "2", "ADDR", "127.0.0.1:50001", "LADDR", "127.0.0.1:6379",
                 "USER", "default", "TYPE", "normal"}),
            ":1\r\n");
  EXPECT_TRUE(client(1).closed);
  EXPECT_FALSE(client(2).closed);
}

TEST_F(ClientCommand, KillRefusesWrongFilters) {
  EXPECT_EQ(run({"CLIENT", "KILL", "ID", "0"}), "-ERR client-id should be greater than 0\r\n");
  EXPECT_EQ(run({"CLIENT", "KILL", "ID", "x"}), "-ERR client-id should be greater than 0\r\n");
  EXPECT_EQ(run({"CLIENT", "KILL", "TYPE", "odd"}), "-ERR Unknown client type 'odd'\r\n");
  EXPECT_EQ(run({"CLIENT", "KILL", "USER", "bob"}), "-ERR No such user 'bob'\r\n");
  EXPECT_EQ(run({"CLIENT", "KILL", "SKIPME", "maybe"}), kSyntax);
  EXPECT_EQ(run({"CLIENT", "KILL", "MAXAGE", "1"}), kSyntax);
  EXPECT_EQ(run({"CLIENT", "KILL", "ID", "1", "ADDR"}), kSyntax);
}

// --- PAUSE (what it holds: dispatcher_test.cc) ---------------------------------------------------

TEST_F(ClientCommand, PauseTakesATimeAndAMode) {
  EXPECT_EQ(run({"CLIENT", "PAUSE", "600000", "write"}), "+OK\r\n");
  EXPECT_EQ(run({"CLIENT", "PAUSE", "600000", "all"}), "+OK\r\n");
  EXPECT_THAT(dispatcher.pause_remaining_ms(),
              testing::AllOf(testing::Gt(0), testing::Le(600'000)));
}

TEST_F(ClientCommand, PauseOfNoTimeIsNone) {
  EXPECT_EQ(run({"CLIENT", "PAUSE", "0"}), "+OK\r\n");
  EXPECT_EQ(run({"PING"}), "+PONG\r\n");
}

TEST_F(ClientCommand, PauseRefusesOtherArguments) {
  EXPECT_EQ(run({"CLIENT", "PAUSE", "x"}), "-ERR timeout is not an integer or out of range\r\n");
  EXPECT_EQ(run({"CLIENT", "PAUSE", "-1"}), "-ERR timeout is negative\r\n");
  EXPECT_EQ(run({"CLIENT", "PAUSE", "9223372036854775807"}), "-ERR timeout is out of range\r\n");
  EXPECT_EQ(run({"CLIENT", "PAUSE", "x", "odd"}),
            "-ERR CLIENT PAUSE mode must be WRITE or ALL\r\n");
  EXPECT_EQ(run({"CLIENT", "Pause", "1", "ALL", "x"}),
            "-ERR unknown subcommand or wrong number of arguments for 'Pause'. Try CLIENT HELP."
            "\r\n");
}

TEST_F(ClientCommand, UnpauseWithoutAPauseIsFine) {
  EXPECT_EQ(run({"CLIENT", "UNPAUSE"}), "+OK\r\n");
}

// --- Switches ------------------------------------------------------------------------------------

TEST_F(ClientCommand, SwitchesAreOnOrOff) {
  for (const std::string_view name : {"NO-EVICT", "NO-TOUCH"}) {
    EXPECT_EQ(run({"CLIENT", name, "on"}), "+OK\r\n");
    EXPECT_EQ(run({"CLIENT", name, "off"}), "+OK\r\n");
    EXPECT_EQ(run({"CLIENT", name, "x"}), kSyntax);
  }
  EXPECT_THAT(info(), HasSubstr(" flags=N "));
}

TEST_F(ClientCommand, ReplyIsOnOffOrSkip) { EXPECT_EQ(run({"CLIENT", "REPLY", "x"}), kSyntax); }

TEST_F(ClientCommand, HelpListsTheSubcommands) {
  const auto lines = ask({"CLIENT", "HELP"}).texts();
  EXPECT_EQ(lines[0], "CLIENT <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  EXPECT_THAT(lines, testing::Contains("PAUSE <timeout> [WRITE|ALL]"));
  EXPECT_THAT(lines, testing::Contains("LIST [TYPE (NORMAL|MASTER|REPLICA|PUBSUB)] "
                                       "[ID <client-id> [<client-id> ...]]"));
  EXPECT_THAT(lines, testing::Contains("SETINFO (LIB-NAME <libname>|LIB-VER <libver>)"));
}

}  // namespace
}  // namespace sideline::command
