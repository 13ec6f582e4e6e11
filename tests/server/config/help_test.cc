#include "server/config/help.h"

#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/config/directives.h"

namespace sideline::config {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

std::string printed(std::vector<const char*> arguments, std::vector<const char*> variables = {}) {
  std::istringstream input("timeout 5\n");
  return print(std::get<Invocation>(load(arguments, input, variables)));
}

TEST(Help, NamesEveryDirectiveWithItsDefaultAndWhatItTakes) {
  const std::string text = help();
  for (const Directive& directive : directives()) {
    EXPECT_THAT(text, HasSubstr("\n  " + format_line(directive, Settings()) + "\n      "));
    EXPECT_THAT(text, HasSubstr("\n      takes " + takes(directive) + "\n"));
  }
}

TEST(PrintConfig, ShowsEveryDirective) {
  const std::string text = "\n" + printed({});
  for (const Directive& directive : directives()) {
    EXPECT_THAT(text, HasSubstr("\n" + format_line(directive, Settings()) + " "));
  }
}

TEST(PrintConfig, ShowsWhereEachValueComesFrom) {
  const std::string text = printed({"-", "--port", "7000"}, {"SIDELINE_MAXMEMORY=1gb"});
  EXPECT_THAT(text, ContainsRegex("port 7000  +--port\n"));
  EXPECT_THAT(text, ContainsRegex("maxmemory 1gb  +SIDELINE_MAXMEMORY\n"));
  EXPECT_THAT(text, ContainsRegex("timeout 5  +standard input:1\n"));
  EXPECT_THAT(text, ContainsRegex("databases 16  +default\n"));
}

TEST(PrintConfig, DoesNotShowSecrets) {
  const std::string text = printed({"--requirepass", "a-secret"});
  EXPECT_THAT(text, ContainsRegex("requirepass \\(redacted\\)  +--requirepass\n"));
  EXPECT_THAT(text, Not(HasSubstr("a-secret")));
  EXPECT_THAT(printed({}), ContainsRegex("requirepass \"\"  +default\n"));
}

}  // namespace
}  // namespace sideline::config
