#include "server/config/config.h"

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/config/directives.h"
#include "server/config/glob.h"
#include "server/config/password_hash.h"
#include "tests/support/temporary_folder.h"

namespace sideline::config {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::StartsWith;

using Words = std::initializer_list<std::string_view>;

bool match(std::string_view pattern, std::string_view name) {
  return glob_match(pattern, name, LetterCase::kIgnored);
}

class ConfigTest : public ::testing::Test {
 protected:
  auto get(Words patterns) { return config.get(std::vector(patterns), match); }
  auto set(Words pairs) { return config.set(std::vector(pairs)); }

  Config config{Settings(), ""};
};

TEST_F(ConfigTest, GetsByName) {
  EXPECT_THAT(get({"maxmemory"}), ElementsAre(Pair("maxmemory", "268435456")));
}

TEST_F(ConfigTest, GetsSeveral) {
  EXPECT_THAT(get({"timeout", "port"}), ElementsAre(Pair("port", "6379"), Pair("timeout", "0")));
}

TEST_F(ConfigTest, GetsByPattern) {
  EXPECT_THAT(get({"slowlog*"}), ElementsAre(Pair("slowlog-log-slower-than", "10000"),
                                             Pair("slowlog-max-len", "128")));
  EXPECT_THAT(get({"*"}), SizeIs(directives().size()));
}

TEST_F(ConfigTest, GetsEachDirectiveOnce) {
  EXPECT_THAT(get({"port", "por?", "PORT"}), ElementsAre(Pair("port", "6379")));
}

TEST_F(ConfigTest, GetsTheNameAsItWasAskedFor) {
  EXPECT_THAT(get({"TimeOut"}), ElementsAre(Pair("TimeOut", "0")));
  EXPECT_THAT(get({"TIMEO*"}), ElementsAre(Pair("timeout", "0")));
}

TEST_F(ConfigTest, GetsNothingForUnknownNames) { EXPECT_THAT(get({"x", "port-"}), IsEmpty()); }

TEST_F(ConfigTest, SetsAValue) {
  EXPECT_EQ(set({"maxmemory", "64mb"}), std::nullopt);
  EXPECT_EQ(config.settings().maxmemory, 64U << 20);
  EXPECT_THAT(get({"maxmemory"}), ElementsAre(Pair("maxmemory", "67108864")));
}

TEST_F(ConfigTest, SetsSeveralAtOnce) {
  EXPECT_EQ(set({"timeout", "5", "MAXCLIENTS", "7"}), std::nullopt);
  EXPECT_EQ(config.settings().timeout, 5);
  EXPECT_EQ(config.settings().maxclients, 7);
}

TEST_F(ConfigTest, SetsAllOrNone) {
  EXPECT_THAT(set({"timeout", "5", "maxclients", "x"}),
              Optional(std::string("CONFIG SET failed (possibly related to argument 'maxclients') "
                                   "- argument couldn't be parsed into an integer")));
  EXPECT_EQ(config.settings(), Settings());
}

TEST_F(ConfigTest, RefusesUnknownNamesBeforeAnythingElse) {
  EXPECT_THAT(
      set({"port", "1", "foo", "4", "bar", "5"}),
      Optional(std::string("Unknown option or number of arguments for CONFIG SET - 'foo'")));
}

TEST_F(ConfigTest, RefusesWhatMayNotChange) {
  EXPECT_THAT(set({"DATABASES", "3"}),
              Optional(std::string("CONFIG SET failed (possibly related to argument 'DATABASES') - "
                                   "can't set immutable config")));
}

TEST_F(ConfigTest, RefusesToSayWhereFilesGo) {
  EXPECT_THAT(set({"dir", "/"}),
              Optional(std::string("CONFIG SET failed (possibly related to argument 'dir') - "
                                   "can't set protected config")));
}

TEST_F(ConfigTest, RefusesDuplicates) {
  EXPECT_THAT(set({"maxmemory", "0", "MAXMEMORY", "2mb"}),
              Optional(std::string("CONFIG SET failed (possibly related to argument 'MAXMEMORY') - "
                                   "duplicate parameter")));
  EXPECT_EQ(config.settings(), Settings());
}

TEST_F(ConfigTest, RefusesAPortThatIsNamedTwice) {
  EXPECT_THAT(set({"port", "1", "port", "2"}),
              Optional(std::string("CONFIG SET failed (possibly related to argument 'port') - "
                                   "duplicate parameter")));
}

TEST_F(ConfigTest, RefusesANameWithoutAValue) {
  EXPECT_THAT(set({"timeout", "1", "maxclients"}), Optional(std::string("syntax error")));
}

TEST_F(ConfigTest, ChangesExactlyWhatTheRowsSay) {
  for (const Directive& directive : directives()) {
    const std::string value = format(directive, Settings());
    const auto failure = set({directive.name, value});
    EXPECT_EQ(failure.has_value(), directive.change < Change::kAtRunTime) << directive.name;
  }
}

TEST_F(ConfigTest, TellsWhoWantsToKnow) {
  std::vector<std::pair<int, int>> seen;
  config.on_change([&](const Settings& before, const Settings& now) -> std::optional<std::string> {
    seen.emplace_back(before.timeout, now.timeout);
    return std::nullopt;
  });
  EXPECT_EQ(set({"timeout", "5"}), std::nullopt);
  EXPECT_EQ(set({"timeout", "6"}), std::nullopt);
  EXPECT_EQ(set({"timeout", "x"}),
            "CONFIG SET failed (possibly related to argument 'timeout') - "
            "argument couldn't be parsed into an integer");
  EXPECT_THAT(seen, ElementsAre(Pair(0, 5), Pair(5, 6)));
}

TEST_F(ConfigTest, ARefusalUndoesTheChangeEverywhere) {
  int applied = 0;
  config.on_change([&](const Settings&, const Settings& now) -> std::optional<std::string> {
    applied = now.timeout;
    return std::nullopt;
  });
  config.on_change([](const Settings&, const Settings& now) -> std::optional<std::string> {
    if (now.timeout == 5) return "no fives";
    return std::nullopt;
  });
  EXPECT_EQ(set({"timeout", "4"}), std::nullopt);
  EXPECT_THAT(set({"timeout", "5"}),
              Optional(std::string(
                  "CONFIG SET failed (possibly related to argument 'timeout') - no fives")));
  EXPECT_EQ(applied, 4);
  EXPECT_EQ(config.settings().timeout, 4);
}

TEST_F(ConfigTest, ARefusedChangeIsUndoneByWhoSaidHow) {
  std::vector<std::pair<int, int>> undone;
  const auto apply = [](const Settings&, const Settings&) -> std::optional<std::string> {
    return std::nullopt;
  };
  config.on_change(apply, [&](const Settings& before, const Settings& now) {
    undone.emplace_back(before.timeout, now.timeout);
  });
  config.on_change([](const Settings&, const Settings& now) -> std::optional<std::string> {
    if (now.timeout == 5) return "no fives";
    return std::nullopt;
  });
  EXPECT_EQ(set({"timeout", "4"}), std::nullopt);
  EXPECT_NE(set({"timeout", "5"}), std::nullopt);
  EXPECT_THAT(undone, ElementsAre(Pair(4, 5)));
}

TEST_F(ConfigTest, ShowsWhatOthersHoldAsItIsNow) {
  std::size_t limit = 1 << 20;
  config.on_read([&](Settings& settings) { settings.maxmemory = limit; });
  limit = 2 << 20;
  EXPECT_EQ(config.settings().maxmemory, limit);
  EXPECT_THAT(get({"maxmemory"}), ElementsAre(Pair("maxmemory", "2097152")));
}

TEST(ConfigOfACache, ChangesNothingElse) {
  Config config(Settings(), "", Change::kOfCache);
  for (const Directive& directive : directives()) {
    const std::string value = format(directive, Settings());
    const auto failure = config.set(std::vector<std::string_view>{directive.name, value});
    EXPECT_EQ(failure.has_value(), directive.change != Change::kOfCache) << directive.name;
  }
}

TEST_F(ConfigTest, CannotBeRewrittenWithoutAFile) {
  EXPECT_THAT(config.rewrite(),
              Optional(std::string("The server is running without a config file")));
}

TEST(ConfigFile, IsRewrittenWithTheNewValues) {
  const test::TemporaryFolder folder;
  Config config(Settings(), folder.write("a.conf", "# mine\ntimeout 0\n"));
  ASSERT_EQ(config.set(std::vector<std::string_view>{"timeout", "5", "maxmemory", "1gb"}),
            std::nullopt);

  EXPECT_EQ(config.rewrite(), std::nullopt);

  EXPECT_EQ(folder.read("a.conf"),
            "# mine\ntimeout 5\n# Generated by CONFIG REWRITE\nmaxmemory 1gb\n");
}

TEST(ConfigFile, DoesNotGetWhatTheEnvironmentSaysUnlessThatWasChanged) {
  const test::TemporaryFolder folder;
  Settings settings;
  settings.requirepass = password_hash("from a container");
  settings.timeout = 3;
  settings.port = 7000;
  const Origins origins = {
      {find_directive("requirepass"), {Source::kEnvironment, "SIDELINE_REQUIREPASS_FILE"}},
      {find_directive("timeout"), {Source::kEnvironment, "SIDELINE_TIMEOUT"}},
      {find_directive("port"), {Source::kCommandLine, "--port"}}};
  Config config(settings, folder.write("a.conf", "port 1\n"), Change::kAtRunTime, origins);
  ASSERT_EQ(config.set(std::vector<std::string_view>{"timeout", "5"}), std::nullopt);

  EXPECT_EQ(config.rewrite(), std::nullopt);

  EXPECT_EQ(folder.read("a.conf"), "port 7000\n# Generated by CONFIG REWRITE\ntimeout 5\n");
}

TEST(ConfigFile, ThatIsGoneIsAnError) {
  const test::TemporaryFolder folder;
  Config config(Settings(), folder.path("none"));
  EXPECT_THAT(config.rewrite(),
              Optional(std::string("Rewriting config file: No such file or directory")));
}

}  // namespace
}  // namespace sideline::config
