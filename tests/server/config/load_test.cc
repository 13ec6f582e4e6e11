#include "server/config/load.h"

#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/config/directives.h"
#include "server/config/password_hash.h"
#include "tests/support/temporary_folder.h"

namespace sideline::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class LoadTest : public ::testing::Test {
 protected:
  using Arguments = std::vector<const char*>;

  Invocation load(const Arguments& arguments, const std::string& standard_input = "") {
    std::istringstream input(standard_input);
    auto result = config::load(arguments, input);
    if (auto* const error = std::get_if<LoadError>(&result)) {
      ADD_FAILURE() << error->text;
      return {};
    }
    return std::get<Invocation>(result);
  }

  std::string error(const Arguments& arguments, const std::string& standard_input = "") {
    std::istringstream input(standard_input);
    auto result = config::load(arguments, input);
    const auto* const error = std::get_if<LoadError>(&result);
    return error == nullptr ? "" : error->text;
  }

  Settings load_file(std::string_view content) {
    return load({folder.write("a.conf", content).c_str()}).settings;
  }
  std::string file_error(std::string_view content) {
    return error({folder.write("a.conf", content).c_str()});
  }

  test::TemporaryFolder folder;
};

TEST_F(LoadTest, NothingGivesTheDefaults) {
  const Invocation invocation = load({});
  EXPECT_EQ(invocation.action, Invocation::Action::kServe);
  EXPECT_EQ(invocation.settings, Settings());
  EXPECT_EQ(invocation.path, "");
}

TEST_F(LoadTest, AFileHasOneDirectiveALine) {
  const Settings settings = load_file("port 7000\nmaxmemory 64mb\n");
  EXPECT_EQ(settings.port, 7000);
  EXPECT_EQ(settings.maxmemory, 64U << 20);
}

TEST_F(LoadTest, CommentsAndBlankLinesAreSkipped) {
  EXPECT_EQ(load_file("# port 1\n\n   \n\t# port 2\nport 3").port, 3);
}

TEST_F(LoadTest, ALineOfVerticalTabsAndFormFeedsIsBlank) {
  EXPECT_EQ(load_file("\v\n\f\n \v\f \r\nport 3").port, 3);
  EXPECT_EQ(load({"-"}, "\f\nport 4\n\v").settings.port, 4);
  const std::string included = folder.write("b.conf", "\v\nport 5\n\f");
  EXPECT_EQ(load_file("include " + included + "\n").port, 5);
}

TEST_F(LoadTest, WhiteSpaceAroundALineDoesNotMatter) {
  EXPECT_EQ(load_file("  \tPort   7000 \t\r\n").port, 7000);
}

TEST_F(LoadTest, QuotesKeepWhiteSpaceAndEscapes) {
  EXPECT_EQ(load_file("logfile \"two words\\x21\"\n").logfile, "two words!");
  EXPECT_EQ(load_file("logfile 'it\\'s'\n").logfile, "it's");
  EXPECT_EQ(load_file("logfile \"\"\n").logfile, "");
}

TEST_F(LoadTest, ALaterLineWins) { EXPECT_EQ(load_file("port 1\nport 2\n").port, 2); }

TEST_F(LoadTest, AListTakesTheRestOfTheLine) {
  EXPECT_THAT(load_file("bind 127.0.0.1 -::1\n").bind, ElementsAre("127.0.0.1", "-::1"));
}

TEST_F(LoadTest, LinesOfSaveAddUpAndAnEmptyOneStartsAnew) {
  using Rules = std::vector<SaveRule>;
  EXPECT_EQ(load_file("save 3600 1\nsave 300 100 60 10000\n").save,
            (Rules{{3600, 1}, {300, 100}, {60, 10000}}));
  EXPECT_EQ(load_file("save 3600 1\nsave \"\"\nsave 60 1\n").save, (Rules{{60, 1}}));
  EXPECT_EQ(load_file("save 3600 1\nsave \"300 100 60 1\"\n").save, (Rules{{300, 100}, {60, 1}}));
}

TEST_F(LoadTest, ThePathIsAbsolute) {
  EXPECT_EQ(load({folder.write("a.conf", "").c_str()}).path, folder.path("a.conf"));
}

TEST_F(LoadTest, AnErrorNamesFileLineKeyValueAndWhatWasExpected) {
  EXPECT_EQ(
      file_error("port 1\n\n  maxmemory lots  \n"),
      folder.path("a.conf") +
          ":3: maxmemory lots: takes a number of bytes, at least 1mb or 0 (kb, mb, gb: powers "
          "of 1024; k, m, g: of 1000)");
}

TEST_F(LoadTest, AllErrorsAreToldAtOnce) {
  EXPECT_EQ(file_error("port 70000\ntimeout 1\nprot 1\n"),
            folder.path("a.conf") + ":1: port 70000: takes a number from 0 to 65535\n" +
                folder.path("a.conf") + ":3: unknown directive prot; did you mean 'port'?");
}

TEST_F(LoadTest, UnbalancedQuotesAreErrors) {
  EXPECT_THAT(file_error("requirepass \"x\n"), HasSubstr(":1: a quote is not closed"));
}

TEST_F(LoadTest, OfAPasswordTheHashIsKept) {
  EXPECT_EQ(load_file("requirepass secret\n").requirepass, password_hash("secret"));
  EXPECT_EQ(load_file("requirepass secret\nrequirepass \"\"\n").requirepass, "");
}

TEST_F(LoadTest, APasswordMayBeInAFile) {
  const std::string file = folder.write("secret", "secret\n");
  const Settings settings = load_file("requirepass x\nrequirepass-file " + file + "\n");
  EXPECT_EQ(settings.requirepass, password_hash("secret"));
  EXPECT_EQ(settings.requirepass_file, file);
  const Settings later = load_file("requirepass-file " + file + "\nrequirepass x\n");
  EXPECT_EQ(later.requirepass, password_hash("x"));
  EXPECT_EQ(later.requirepass_file, "") << "what comes later wins";
}

TEST_F(LoadTest, NoErrorShowsAPassword) {
  EXPECT_THAT(file_error("requirepass my secret\n"), HasSubstr("requirepass (redacted): takes"));
  EXPECT_THAT(file_error("requirepass \"secret\n"), Not(HasSubstr("secret")));
  EXPECT_THAT(file_error("user a >secret\nuser a >secret\n"), Not(HasSubstr("secret")));
  EXPECT_THAT(error({"--requirepass", "my", "secret"}), Not(HasSubstr("secret")));
}

TEST_F(LoadTest, UsersAreKeptForOthersToMake) {
  const Settings settings =
      load_file("user alice on >secret <old ~a (+get ~b)\nUSER bob\ninclude /dev/null\n");
  ASSERT_EQ(settings.users.size(), 2U);
  EXPECT_EQ(settings.users[0].name, "alice");
  EXPECT_THAT(settings.users[0].rules,
              ElementsAre("on", "#" + password_hash("secret"), "!" + password_hash("old"), "~a",
                          "(+get", "~b)"));
  EXPECT_EQ(settings.users[0].origin.place, folder.path("a.conf") + ":1");
  EXPECT_EQ(settings.users[1].name, "bob");
  EXPECT_EQ(load({"--user", "carol", "off"}).settings.users[0].origin.place, "--user");
}

TEST_F(LoadTest, AUserIsDefinedOnce) {
  EXPECT_THAT(error({"--user", "a", "on", "--user", "a", "off"}),
              HasSubstr("--user: user: there is a user 'a' already"));
  EXPECT_THAT(file_error("user a\nuser b\nuser a on\n"),
              HasSubstr(":3: user: there is a user 'a' already"));
  EXPECT_THAT(file_error("user\n"), HasSubstr(":1: user: takes a name and rules"));
}

TEST_F(LoadTest, AMissingFileIsAnError) {
  EXPECT_EQ(error({folder.path("none").c_str()}),
            folder.path("none") + ": can't open: No such file or directory");
}

TEST_F(LoadTest, AFolderIsAnError) {
  EXPECT_THAT(error({folder.path("").c_str()}), HasSubstr("can't read"));
}

TEST_F(LoadTest, RandomBytesAreAnError) {
  EXPECT_THAT(file_error(std::string("\x7f"
                                     "ELF\0\x01\xff\n",
                                     8)),
              HasSubstr(":1: unknown directive"));
}

TEST_F(LoadTest, IncludeReadsAnotherFileInItsPlace) {
  const std::string other = folder.write("other.conf", "port 2\ntimeout 2\n");
  const Settings settings = load_file("port 1\ninclude " + other + "\ntimeout 3\n");
  EXPECT_EQ(settings.port, 2);
  EXPECT_EQ(settings.timeout, 3);
}

TEST_F(LoadTest, AnErrorInAnIncludedFileIsFoundThere) {
  const std::string other = folder.write("other.conf", "\nport x\n");
  EXPECT_THAT(file_error("include " + other + "\n"), HasSubstr(other + ":2: port x: "));
}

TEST_F(LoadTest, AMissingIncludedFileIsAnErrorOfTheLine) {
  EXPECT_EQ(
      file_error("\ninclude /no/such/file\n"),
      folder.path("a.conf") + ":2: include /no/such/file: can't open: No such file or directory");
}

TEST_F(LoadTest, IncludeTakesOneFile) {
  EXPECT_EQ(file_error("include\n"),
            folder.path("a.conf") + ":1: include: takes one file or pattern");
}

TEST_F(LoadTest, AFileThatIncludesItselfIsAnError) {
  const std::string other = folder.write("b.conf", "include " + folder.path("a.conf") + "\n");
  EXPECT_EQ(file_error("port 1\ninclude " + other + "\n"),
            other + ":1: include " + folder.path("a.conf") + ": includes itself");
}

TEST_F(LoadTest, AFileMayBeIncludedTwice) {
  const std::string include = "include " + folder.write("b.conf", "port 2\n") + "\n";
  EXPECT_EQ(load_file(include + "port 3\n" + include).port, 2);
}

TEST_F(LoadTest, IncludeTakesAPatternForAllFilesThatFitInTheirOrder) {
  folder.write("20.part", "port 2\n");
  folder.write("10.part", "port 1\ntimeout 1\n");
  folder.write("30.other", "port 3\n");
  const Settings settings = load_file("include " + folder.path("*.part") + "\n");
  EXPECT_EQ(settings.port, 2);
  EXPECT_EQ(settings.timeout, 1);
}

TEST_F(LoadTest, APatternMayFitNoFile) {
  EXPECT_EQ(load_file("include " + folder.path("*.part") + "\nport 3\n").port, 3);
}

TEST_F(LoadTest, OptionsWinOverTheFile) {
  const std::string file = folder.write("a.conf", "port 1\ntimeout 1\n");
  const Settings settings = load({file.c_str(), "--port", "2"}).settings;
  EXPECT_EQ(settings.port, 2);
  EXPECT_EQ(settings.timeout, 1);
}

TEST_F(LoadTest, OptionsNeedNoFile) {
  const Invocation invocation = load({"--port", "2", "--MaxMemory", "1gb"});
  EXPECT_EQ(invocation.settings.port, 2);
  EXPECT_EQ(invocation.settings.maxmemory, 1U << 30);
  EXPECT_EQ(invocation.path, "");
}

TEST_F(LoadTest, AnOptionMayHaveSeveralValues) {
  const Settings settings = load({"--bind", "127.0.0.1", "::1", "--port", "2"}).settings;
  EXPECT_THAT(settings.bind, ElementsAre("127.0.0.1", "::1"));
  EXPECT_EQ(settings.port, 2);
}

TEST_F(LoadTest, AnOptionMayHaveANegativeOrEmptyValue) {
  EXPECT_EQ(load({"--slowlog-log-slower-than", "-1"}).settings.slowlog_log_slower_than, -1);
  EXPECT_EQ(load({"--save", "", "--requirepass", ""}).settings, Settings());
}

TEST_F(LoadTest, AnErrorNamesTheOption) {
  EXPECT_EQ(error({"--port", "x"}), "--port x: takes a number from 0 to 65535");
  EXPECT_EQ(error({"--port"}), "--port: takes a number from 0 to 65535");
  EXPECT_EQ(error({"--port", "1", "2"}), "--port 1 2: takes a number from 0 to 65535");
  EXPECT_EQ(error({"--prot", "1"}), "--prot: unknown directive prot; did you mean 'port'?");
  EXPECT_EQ(error({"--", "1"}), "--: unknown directive \"\"");
}

TEST_F(LoadTest, ASecondFileIsAnError) {
  const std::string file = folder.write("a.conf", "");
  EXPECT_EQ(error({file.c_str(), "b.conf"}), "b.conf: an option starts with '--'");
}

TEST_F(LoadTest, AnOptionThatIsSpelledAsElsewhereIsAnErrorThatSaysHow) {
  EXPECT_EQ(error({"-p", "7000"}), "-p: an option starts with '--'");
  EXPECT_EQ(error({"--requirepass=secret"}),
            "--requirepass: its value is the next argument, without '='");
}

TEST_F(LoadTest, ADashReadsStandardInput) {
  EXPECT_EQ(load({"-"}, "port 7000\n").settings.port, 7000);
  EXPECT_EQ(load({"-", "--port", "1"}, "port 7000\n").settings.port, 1);
  EXPECT_EQ(load({}, "port 7000\n").settings.port, 6379);
}

TEST_F(LoadTest, StandardInputWinsOverTheFile) {
  const std::string file = folder.write("a.conf", "port 1\ntimeout 1\n");
  const Settings settings = load({file.c_str(), "-"}, "port 2\n").settings;
  EXPECT_EQ(settings.port, 2);
  EXPECT_EQ(settings.timeout, 1);
}

TEST_F(LoadTest, AnErrorInStandardInputSaysSo) {
  EXPECT_THAT(error({"-"}, "\nport x\n"), HasSubstr("standard input:2: "));
}

TEST_F(LoadTest, VersionAndHelpStandAlone) {
  EXPECT_EQ(load({"-v"}).action, Invocation::Action::kShowVersion);
  EXPECT_EQ(load({"--version"}).action, Invocation::Action::kShowVersion);
  EXPECT_EQ(load({"-h"}).action, Invocation::Action::kShowHelp);
  EXPECT_EQ(load({"--help"}).action, Invocation::Action::kShowHelp);
  EXPECT_THAT(error({"--port", "1", "--help"}), HasSubstr("--help: unknown directive help"));
}

TEST_F(LoadTest, ChecksAndPrintsWhatItWouldServe) {
  const std::string file = folder.write("a.conf", "port 1\n");
  EXPECT_EQ(load({"--check-config", file.c_str()}).action, Invocation::Action::kCheckConfig);
  const Invocation invocation = load({"--print-config", file.c_str(), "--timeout", "2"});
  EXPECT_EQ(invocation.action, Invocation::Action::kPrintConfig);
  EXPECT_EQ(invocation.settings.port, 1);
  EXPECT_EQ(invocation.settings.timeout, 2);
}

TEST_F(LoadTest, ChecksASnapshotAsThatServerWouldLoadIt) {
  const Invocation invocation = load({"--check-snapshot", "a file.rdb", "--databases", "2"});
  EXPECT_EQ(invocation.action, Invocation::Action::kCheckSnapshot);
  EXPECT_EQ(invocation.snapshot, "a file.rdb");
  EXPECT_EQ(invocation.path, "");
  EXPECT_EQ(invocation.settings.databases, 2);
  EXPECT_EQ(error({"--check-snapshot"}), "--check-snapshot: takes the path of a snapshot\n");
}

TEST_F(LoadTest, TheEnvironmentWinsOverFilesAndOptionsOverIt) {
  const std::string file = folder.write("a.conf", "port 1\ntimeout 1\nmaxclients 1\n");
  std::istringstream input("port 2\ntimeout 2\n");
  const Arguments variables = {"SIDELINE_PORT=3", "SIDELINE_TIMEOUT=3"};
  const auto result = config::load(Arguments{file.c_str(), "-", "--port", "4"}, input, variables);
  const auto& settings = std::get<Invocation>(result).settings;
  EXPECT_EQ(settings.port, 4);
  EXPECT_EQ(settings.timeout, 3);
  EXPECT_EQ(settings.maxclients, 1);
}

TEST_F(LoadTest, TheOriginOfEachValueIsThatOfTheSourceThatWon) {
  const std::string file = folder.write("a.conf", "port 1\ntimeout 1\nmaxclients 1\n");
  std::istringstream no_input;
  const Arguments variables = {"SIDELINE_TIMEOUT=3"};
  const auto result = config::load(Arguments{file.c_str(), "--port", "4"}, no_input, variables);
  const auto& origins = std::get<Invocation>(result).origins;
  ASSERT_EQ(origins.size(), 3U);
  EXPECT_EQ(origins.at(find_directive("port")).place, "--port");
  EXPECT_EQ(origins.at(find_directive("timeout")).place, "SIDELINE_TIMEOUT");
  EXPECT_EQ(origins.at(find_directive("maxclients")).place, file + ":3");
}

}  // namespace
}  // namespace sideline::config
