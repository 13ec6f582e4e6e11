#include "server/config/draft.h"

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace sideline::config {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

class DraftTest : public ::testing::Test {
 protected:
  using Words = std::initializer_list<std::string_view>;

  void assign(std::string_view name, Words words, const Origin& origin = {Source::kFile, "f:1"}) {
    draft.assign(name, std::vector(words), origin);
  }

  Draft draft;
};

TEST_F(DraftTest, BeginsWithTheDefaults) {
  EXPECT_EQ(draft.settings(), Settings());
  EXPECT_TRUE(draft.origins().empty());
  EXPECT_EQ(draft.problems(), "");
  EXPECT_EQ(draft.warning(), "");
}

TEST_F(DraftTest, KeepsTheLastValueAndItsOrigin) {
  assign("port", {"1"});
  assign("PORT", {"2"}, {Source::kCommandLine, "--port"});
  EXPECT_EQ(draft.settings().port, 2);
  EXPECT_EQ(draft.origins().at(find_directive("port")).source, Source::kCommandLine);
  EXPECT_EQ(draft.origins().at(find_directive("port")).place, "--port");
}

TEST_F(DraftTest, APasswordWinsOverTheFileOfAnEarlierSource) {
  const test::TemporaryFolder folder;
  assign("requirepass-file", {folder.write("secret", "x")});
  assign("requirepass", {"y"}, {Source::kEnvironment, "REDIS_PASSWORD"});
  EXPECT_EQ(draft.settings().requirepass_file, "");
  EXPECT_EQ(draft.origins().at(find_directive("requirepass-file")).place, "REDIS_PASSWORD");
}

TEST_F(DraftTest, OfAPassphraseAndAFileOfItTheLaterWins) {
  const Directive* const passphrase = find_directive("tls-key-file-pass");
  const Directive* const file = find_directive("tls-key-file-pass-file");
  assign("tls-key-file-pass", {"x"});
  assign("tls-key-file-pass-file", {""});
  EXPECT_EQ(draft.settings().tls_key_file_pass, "x") << "no file, no other passphrase";
  assign("tls-key-file-pass-file", {"/f"}, {Source::kEnvironment, "V"});
  EXPECT_EQ(draft.settings().tls_key_file_pass, "");
  EXPECT_EQ(draft.origins().at(passphrase).place, "V");
  assign("tls-key-file-pass", {"y"}, {Source::kCommandLine, "--o"});
  EXPECT_EQ(draft.settings().tls_key_file_pass_file, "");
  EXPECT_EQ(draft.origins().at(file).place, "--o");
}

TEST_F(DraftTest, AFileWinsOverThePasswordOfAnEarlierSource) {
  const test::TemporaryFolder folder;
  const Directive* const password = find_directive("requirepass");
  assign("requirepass", {"y"});
  EXPECT_EQ(draft.origins().count(find_directive("requirepass-file")), 0U);
  assign("requirepass-file", {""}, {Source::kCommandLine, "--requirepass-file"});
  EXPECT_EQ(draft.origins().at(password).place, "f:1") << "no file brings no password";
  assign("requirepass-file", {folder.write("secret", "x")},
         {Source::kEnvironment, "SIDELINE_REQUIREPASS_FILE"});
  EXPECT_EQ(draft.origins().at(password).source, Source::kEnvironment);
}

// --- What is wrong -------------------------------------------------------------------------------

TEST_F(DraftTest, AnErrorShowsThePlaceTheValueAndWhatWasExpected) {
  assign("port", {"70000"});
  assign("port", {"x y"}, {Source::kEnvironment, "SIDELINE_PORT"});
  assign("port", {"1", "2"}, {Source::kCommandLine, "--port"});
  assign("port", {}, {Source::kCommandLine, "--port"});
  EXPECT_EQ(draft.problems(),
            "f:1: port 70000: takes a number from 0 to 65535\n"
            "SIDELINE_PORT=\"x y\": takes a number from 0 to 65535\n"
            "--port 1 2: takes a number from 0 to 65535\n"
            "--port: takes a number from 0 to 65535");
  EXPECT_EQ(draft.settings(), Settings());
  EXPECT_TRUE(draft.origins().empty());
}

TEST_F(DraftTest, WhereTheFormIsNotTheWholeStoryTheReasonIsToldToo) {
  assign("client-output-buffer-limit", {"master", "0", "0", "0"});
  EXPECT_EQ(
      draft.problems(),
      "f:1: client-output-buffer-limit master 0 0 0: takes normal, a hard and a soft limit in "
      "bytes (units as in 1mb), and a number of seconds: Invalid client class specified in "
      "buffer limit configuration.");
}

TEST_F(DraftTest, AnUnknownDirectiveIsNotShownWithItsValueWhichMayBeASecret) {
  assign("requirepas", {"secret"});
  EXPECT_EQ(draft.problems(), "f:1: unknown directive requirepas; did you mean 'requirepass'?");
}

TEST_F(DraftTest, ASecretIsNotShown) {
  assign("requirepass", {"my", "secret"});
  EXPECT_EQ(draft.problems(),
            "f:1: requirepass (redacted): takes a text, in quotes if it has spaces");
}

TEST_F(DraftTest, ANearMatchIsOfferedForAWordToo) {
  assign("maxmemory-policy", {"allkey-lru"});
  EXPECT_THAT(draft.problems(), EndsWith("allkeys-s3fifo; did you mean 'allkeys-lru'?"));
}

TEST_F(DraftTest, ADirectiveOfRedisMayBeTheNearMatch) {
  assign("replicof", {"a", "1"});
  EXPECT_THAT(draft.problems(), EndsWith("; did you mean 'replicaof'?"));
}

TEST_F(DraftTest, WhatATerminalWouldObeyIsEscaped) {
  assign("port", {"\x1b[2J"});
  assign("\x1b[2J", {});
  EXPECT_THAT(draft.problems(), HasSubstr(R"(port "\x1b[2J": takes)"));
  EXPECT_THAT(draft.problems(), HasSubstr(R"(unknown directive "\x1b[2J")"));
}

// --- What comes to nothing -----------------------------------------------------------------------

TEST_F(DraftTest, DirectivesForWhatIsNotThereAreToldInOneWarning) {
  assign("hz", {"10"});
  assign("replicaof", {"10.0.0.1", "6379"});
  assign("appendonly", {"yes"});
  assign("HZ", {"x", "y", "z"});
  assign("dynamic-hz", {"yes"});
  EXPECT_EQ(draft.problems(), "");
  EXPECT_EQ(draft.settings(), Settings());
  EXPECT_TRUE(draft.origins().empty());
  EXPECT_EQ(draft.warning(),
            "These directives do nothing in this server: appendonly (there are snapshots only), "
            "replicaof (there is no replication); nor do these, and need not: dynamic-hz, hz");
}

TEST_F(DraftTest, WhatHasNoConsequenceIsSaidToHaveNone) {
  assign("hz", {"10"});
  EXPECT_EQ(draft.warning(), "These directives do nothing in this server, and need not: hz");
}

TEST_F(DraftTest, NothingIsWarnedOfThatIsHonoured) {
  assign("appendonly", {"no"});
  assign("client-output-buffer-limit", {"normal", "1", "1", "1", "pubsub", "0", "0", "0"});
  EXPECT_EQ(draft.warning(), "");
}

TEST_F(DraftTest, WhatIsTakenBackLaterIsNoLoss) {
  assign("appendonly", {"yes"});
  assign("appendonly", {"no"});
  EXPECT_EQ(draft.warning(), "");
}

TEST_F(DraftTest, AnotherSupervisorIsToldOfNothing) {
  assign("supervised", {"upstart"});
  EXPECT_EQ(draft.settings().supervised, "no");
  EXPECT_EQ(draft.warning(),
            "These directives do nothing in this server: supervised (upstart is not told of "
            "anything)");
  assign("supervised", {"systemd"});
  EXPECT_EQ(draft.warning(), "");
}

TEST_F(DraftTest, LimitsOfClientsThatDoNotExistDoNothing) {
  assign("client-output-buffer-limit", {"replica", "256mb", "64mb", "60", "normal", "3", "2", "1"});
  EXPECT_EQ(draft.settings().client_output_buffer_limit.hard, 3U);
  EXPECT_EQ(draft.warning(),
            "These directives do nothing in this server: client-output-buffer-limit (for clients "
            "other than normal ones, which do not exist here)");
}

}  // namespace
}  // namespace sideline::config
