#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "server/config/directives.h"
#include "server/config/inert.h"
#include "tests/support/source_tree.h"

namespace sideline::config {
namespace {

std::string page() {
  std::ifstream file(test::source_tree() / "docs/configuration.md");
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }

/// The table of the directives that have one value, or of all others.
std::string table(bool fixed) {
  std::string text = fixed ? "| directive | its one value | run time | |\n|---|---|---|---|\n"
                           : "| directive and default | run time | takes | |\n|---|---|---|---|\n";
  for (const Directive& directive : directives()) {
    if (std::holds_alternative<Fixed>(directive.type) != fixed) continue;
    const bool at_start =
        directive.change == Change::kAtStart || directive.change == Change::kProtected;
    const std::string when = at_start ? "" : "yes";
    const std::string line = format_line(directive, Settings());
    if (fixed) {
      text += "| " + code(directive.name) + " | " + code(line.substr(directive.name.size() + 1));
      text += " | " + when + " | ";
    } else {
      text += "| " + code(line) + " | " + when + " | " + takes(directive) + " | ";
    }
    text.append(directive.summary).append(" |\n");
  }
  return text;
}

/// Otherwise prints it, to be put there.
void expect_in_page(const std::string& text) {
  EXPECT_NE(page().find(text), std::string::npos) << "docs/configuration.md lacks\n\n" << text;
}

TEST(ConfigurationPage, HasAllDirectives) { expect_in_page("\n" + table(false) + "\n"); }

TEST(ConfigurationPage, HasThoseThatHaveOneValue) { expect_in_page("\n" + table(true) + "\n"); }

TEST(ConfigurationPage, HasThoseWithoutEffectThatWouldBeMissed) {
  std::string text = "\n| directive | what you go without |\n|---|---|\n";
  for (const InertDirective& inert : inert_directives()) {
    if (inert.loss.empty()) continue;
    text += "| " + code(inert.name) + " | " + std::string(inert.loss) + " |\n";
  }
  expect_in_page(text + "\n");
}

TEST(ConfigurationPage, HasThoseWithoutEffectThatNobodyWouldMiss) {
  std::string text;
  for (const InertDirective& inert : inert_directives()) {
    if (inert.loss.empty()) text += (text.empty() ? "" : ", ") + code(inert.name);
  }
  expect_in_page("Nobody would notice these: " + text + ".\n");
}

}  // namespace
}  // namespace sideline::config
