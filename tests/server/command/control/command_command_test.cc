#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/command_fixture.h"

namespace sideline::command {
namespace {

using testing::Contains;
using testing::ElementsAre;

class CommandCommand : public test::CommandFixture {
 protected:
  static constexpr std::string_view kSyntax = "-ERR syntax error\r\n";

  std::string info(std::string_view name) {
    return to_string(ask({"COMMAND", "INFO", name}).elements.at(0));
  }
};

TEST_F(CommandCommand, CountsTheCommands) {
  EXPECT_EQ(ask({"COMMAND", "COUNT"}).integer,
            static_cast<std::int64_t>(server.table.commands().size()));
}

TEST_F(CommandCommand, AloneDescribesAll) {
  EXPECT_EQ(ask({"COMMAND"}).size(), server.table.commands().size());
  EXPECT_EQ(run({"COMMAND"}), run({"COMMAND", "INFO"}));
}

TEST_F(CommandCommand, InfoDescribesACommand) {
  EXPECT_EQ(
      info("get"),
      R"(["get", 2, [readonly, fast], 1, 1, 1, [@read, @string, @fast], [], )"
      R"([["flags", [RO, access], "begin_search", ["type", "index", "spec", ["index", 1]], )"
      R"("find_keys", ["type", "range", "spec", ["lastkey", 0, "keystep", 1, "limit", 0]]]], )"
      R"([]])");
}

TEST_F(CommandCommand, InfoDescribesKeysUpToTheLastArgument) {
  EXPECT_EQ(
      info("mset"),
      R"(["mset", -3, [write, denyoom], 1, -1, 2, [@write, @string, @slow], )"
      R"(["request_policy:multi_shard", "response_policy:all_succeeded"], )"
      R"([["flags", [OW, update], "begin_search", ["type", "index", "spec", ["index", 1]], )"
      R"("find_keys", ["type", "range", "spec", ["lastkey", -1, "keystep", 2, "limit", 0]]]], )"
      R"([]])");
}

TEST_F(CommandCommand, InfoDescribesSeveralRangesAsOneInItsOldFields) {
  const auto copy = ask({"COMMAND", "INFO", "copy"})[0];
  EXPECT_EQ(copy[3].integer, 1);
  EXPECT_EQ(copy[4].integer, 2);
  EXPECT_EQ(copy[5].integer, 1);
  EXPECT_EQ(copy[8].size(), 2U);
}

TEST_F(CommandCommand, InfoUsesTheTypesOfResp3) {
  run({"HELLO", "3"});
  EXPECT_EQ(
      info("get"),
      R"(["get", 2, ~[readonly, fast], 1, 1, 1, ~[@read, @string, @fast], ~[], )"
      R"(~[{"flags": ~[RO, access], "begin_search": {"type": "index", "spec": {"index": 1}}, )"
      R"("find_keys": {"type": "range", "spec": {"lastkey": 0, "keystep": 1, "limit": 0}}}], )"
      R"(~[]])");
}

TEST_F(CommandCommand, InfoDescribesSubcommands) {
  EXPECT_EQ(info("client|kill"),
            R"(["client|kill", -3, [admin, noscript, loading, stale], 0, 0, 0, )"
            R"([@admin, @slow, @dangerous, @connection], [], [], []])");
  const auto client_info = ask({"COMMAND", "INFO", "CLIENT"})[0];
  EXPECT_EQ(client_info[9].size(), server.table.find_command("client")->subcommands.size());
}

TEST_F(CommandCommand, InfoHasANullForWhatIsUnknown) {
  EXPECT_EQ(run({"COMMAND", "INFO", "nope", "get|x"}), "*2\r\n$-1\r\n$-1\r\n");
  run({"HELLO", "3"});
  EXPECT_EQ(run({"COMMAND", "INFO", "nope"}), "*1\r\n_\r\n");
}

// --- DOCS ----------------------------------------------------------------------------------------

TEST_F(CommandCommand, DocsDocumentsACommand) {
  EXPECT_EQ(
      show({"COMMAND", "DOCS", "auth"}),
      R"--(["auth", ["summary", "Logs the connection in with a password.", "since", "1.0.0", )--"
      R"--("group", "connection", "complexity", "O(1)", "arguments", )--"
      R"--([["name", "username", "type", "string", "display_text", "username", )--"
      R"--("since", "6.0.0", "flags", [optional]], )--"
      R"--(["name", "password", "type", "string", "display_text", "password"]]]])--");
}

TEST_F(CommandCommand, DocsTellsOfDeprecation) {
  const auto docs = ask({"COMMAND", "DOCS", "quit"})[1];
  EXPECT_THAT(docs.at("doc_flags").texts(), ElementsAre("deprecated"));
  EXPECT_EQ(docs.at("deprecated_since").text, "7.2.0");
  EXPECT_EQ(docs.at("replaced_by").text, "closing the connection");
}

TEST_F(CommandCommand, DocsNestsArgumentsAndSubcommands) {
  run({"HELLO", "3"});
  const auto docs = ask({"COMMAND", "DOCS", "client"}).at("client");
  const auto pause = docs.at("subcommands").at("client|pause");
  EXPECT_EQ(
      to_string(pause.at("arguments")),
      R"([{"name": "timeout", "type": "integer", "display_text": "timeout"}, )"
      R"({"name": "mode", "type": "oneof", "since": "6.2.0", "flags": ~[optional], "arguments": )"
      R"([{"name": "write", "type": "pure-token", "display_text": "write", "token": "WRITE"}, )"
      R"({"name": "all", "type": "pure-token", "display_text": "all", "token": "ALL"}]}])");
}

TEST_F(CommandCommand, DocsNamesTheKeyOfAnArgument) {
  const auto argument = ask({"COMMAND", "DOCS", "get"})[1].at("arguments")[0];
  EXPECT_EQ(to_string(argument),
            R"(["name", "key", "type", "key", "display_text", "key", "key_spec_index", 0])");
}

TEST_F(CommandCommand, DocsLeavesOutWhatIsUnknown) {
  EXPECT_EQ(run({"COMMAND", "DOCS", "nope"}), "*0\r\n");
  EXPECT_EQ(ask({"COMMAND", "DOCS", "nope", "get"}).size(), 2U);
  run({"HELLO", "3"});
  EXPECT_EQ(ask({"COMMAND", "DOCS"}).size(), 2 * server.table.commands().size());
}

// --- GETKEYS -------------------------------------------------------------------------------------

TEST_F(CommandCommand, GetKeysTellsTheKeysOfARequest) {
  EXPECT_EQ(show({"COMMAND", "GETKEYS", "GET", "k"}), R"(["k"])");
  EXPECT_EQ(show({"COMMAND", "GETKEYS", "MSET", "a", "1", "b", "2"}), R"(["a", "b"])");
  EXPECT_EQ(show({"COMMAND", "GETKEYS", "COPY", "a", "b"}), R"(["a", "b"])");
  EXPECT_EQ(show({"COMMAND", "GETKEYS", "OBJECT", "ENCODING", "k"}), R"(["k"])");
}

TEST_F(CommandCommand, GetKeysRefusesWhatHasNone) {
  EXPECT_EQ(run({"COMMAND", "GETKEYS", "nope", "x"}), "-ERR Invalid command specified\r\n");
  EXPECT_EQ(run({"COMMAND", "GETKEYS", "ping"}), "-ERR The command has no key arguments\r\n");
  EXPECT_EQ(run({"COMMAND", "GETKEYS", "get"}),
            "-ERR Invalid number of arguments specified for command\r\n");
}

TEST_F(CommandCommand, GetKeysAndFlagsTellsWhatIsDoneWithThem) {
  EXPECT_EQ(show({"COMMAND", "GETKEYSANDFLAGS", "COPY", "a", "b"}),
            R"([["a", [RO, access]], ["b", [OW, update]]])");
}

TEST_F(CommandCommand, GetKeysAndFlagsKnowsThatSetMayRead) {
  EXPECT_EQ(show({"COMMAND", "GETKEYSANDFLAGS", "SET", "k", "v"}), R"([["k", [OW, update]]])");
  EXPECT_EQ(show({"COMMAND", "GETKEYSANDFLAGS", "SET", "k", "v", "EX", "1", "Get"}),
            R"([["k", [RW, access, update]]])");
  EXPECT_EQ(show({"COMMAND", "GETKEYSANDFLAGS", "SET", "get", "get"}),
            R"([["get", [OW, update]]])");
}

// --- LIST ----------------------------------------------------------------------------------------

TEST_F(CommandCommand, ListNamesAllCommandsAndSubcommands) {
  const auto names = ask({"COMMAND", "LIST"}).texts();
  EXPECT_EQ(names.size(), server.table.size());
  EXPECT_THAT(names, testing::IsSupersetOf({"get", "client", "client|id"}));
}

TEST_F(CommandCommand, ListFiltersByPattern) {
  EXPECT_THAT(ask({"COMMAND", "LIST", "FILTERBY", "PATTERN", "CLIENT|I*"}).texts(),
              testing::UnorderedElementsAre("client|id", "client|info"));
}

TEST_F(CommandCommand, ListFiltersByCategory) {
  const auto names = ask({"COMMAND", "LIST", "filterby", "aclcat", "Connection"}).texts();
  EXPECT_THAT(names, testing::IsSupersetOf({"ping", "client|id", "command"}));
  EXPECT_THAT(names, testing::Not(Contains("get")));
  EXPECT_EQ(run({"COMMAND", "LIST", "FILTERBY", "ACLCAT", "nope"}), "*0\r\n");
}

TEST_F(CommandCommand, ListKnowsNoModules) {
  EXPECT_EQ(run({"COMMAND", "LIST", "FILTERBY", "MODULE", "x"}), "*0\r\n");
}

TEST_F(CommandCommand, ListRefusesOtherArguments) {
  EXPECT_EQ(run({"COMMAND", "LIST", "FILTERBY", "PATTERN"}), kSyntax);
  EXPECT_EQ(run({"COMMAND", "LIST", "FILTERBY", "NOPE", "x"}), kSyntax);
  EXPECT_EQ(run({"COMMAND", "LIST", "NOPE"}), kSyntax);
}

TEST_F(CommandCommand, HelpListsTheSubcommands) {
  const auto lines = ask({"COMMAND", "HELP"}).texts();
  EXPECT_EQ(lines[0], "COMMAND <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
  EXPECT_THAT(lines, Contains("DOCS [<command-name> [<command-name> ...]]"));
  EXPECT_THAT(lines, Contains("LIST [FILTERBY (MODULE <module-name>|ACLCAT <category>|PATTERN "
                              "<pattern>)]"));
}

}  // namespace
}  // namespace sideline::command
