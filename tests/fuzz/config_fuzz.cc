// Any bytes as a configuration file. What is read must be written by CONFIG REWRITE so that it is
// read again as the same, into the file that it came from and into an empty one, and a second
// rewriting must change nothing.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <variant>

#include "server/config/directives.h"
#include "server/config/draft.h"
#include "server/config/file_reader.h"
#include "server/config/letter_case.h"
#include "server/config/rewrite.h"

namespace {

namespace config = sideline::config;

void check(bool holds) {
  if (!holds) std::abort();
}

config::Draft read(const std::string& text) {
  std::istringstream lines(text);
  config::Draft draft;
  config::read_lines(lines, "file", draft);
  return draft;
}

/// Whether the default user has a line of its own: how a password is written that is known by its
/// hash only.
bool has_default_user(const config::Settings& settings) {
  return std::ranges::find(settings.users, "default", &config::UserDirective::name) !=
         settings.users.end();
}

bool same(const config::Settings& read, const config::Settings& written) {
  for (const config::Directive& directive : config::directives()) {
    const bool is_password = directive.name == "requirepass";
    if (is_password && has_default_user(read)) continue;
    if (!config::same_value(directive, read, written)) return false;
  }
  return true;
}

void check_rewriting(const std::string& text, const config::Settings& settings) {
  const auto result = config::rewrite_text(text, settings);
  if (std::holds_alternative<config::RewriteFailure>(result)) {
    return check((!settings.aclfile.empty() && !settings.requirepass.empty()) ||
                 !settings.admin_token.empty());
  }
  const std::string& rewritten = std::get<std::string>(result);
  const config::Draft again = read(rewritten);
  check(again.problems().empty());
  check(same(again.settings(), settings));
  check(std::get<std::string>(config::rewrite_text(rewritten, settings)) == rewritten);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  // No file of this machine is an input.
  if (config::lower_case(text).find("include") != std::string::npos) return 0;
  const config::Draft draft = read(text);
  static_cast<void>(draft.warning());
  if (!draft.problems().empty()) return 0;
  check_rewriting(text, draft.settings());
  check_rewriting("", draft.settings());
  return 0;
}
