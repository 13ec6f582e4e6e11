#include "server/config/help.h"

#include <algorithm>
#include <vector>

#include "server/config/directives.h"

namespace sideline::config {
namespace {

std::string shown_line(const Directive& directive, const Settings& settings) {
  if (!is_secret(directive) || format(directive, settings).empty()) {
    return format_line(directive, settings);
  }
  return std::string(directive.name) + " (redacted)";
}

std::string_view place_of(const Directive& directive, const Origins& origins) {
  const auto found = origins.find(&directive);
  return found == origins.end() ? "default" : std::string_view(found->second.place);
}

}  // namespace

std::string help() {
  std::string text =
      "Usage: sideline-server [FILE] [-] [--DIRECTIVE VALUE...]...\n"
      "       sideline-server --check-config | --print-config [FILE] [-] [--DIRECTIVE "
      "VALUE...]...\n"
      "       sideline-server --check-snapshot SNAPSHOT [FILE] [-] [--DIRECTIVE VALUE...]...\n"
      "       sideline-server -v | --version | -h | --help\n"
      "\n"
      "Serves a cache to Redis clients. FILE holds directives, one a line, and may include "
      "others;\n"
      "\"-\" reads more of them from standard input. What comes later wins:\n"
      "\n"
      "  1. the file\n"
      "  2. standard input\n"
      "  3. environment variables: SIDELINE_MAXMEMORY=256mb for maxmemory, REDIS_PASSWORD for\n"
      "     requirepass; SIDELINE_REQUIREPASS_FILE names a file that holds the secret\n"
      "  4. the command line\n"
      "  5. CONFIG SET\n"
      "\n"
      "--check-config says what is wrong, all of it, and opens nothing; 1 is the exit code then.\n"
      "--print-config shows every directive, and where its value comes from.\n"
      "--check-snapshot reads a snapshot as a start would, and serves nothing: it says how many "
      "keys\n"
      "would be loaded, or at which byte it is wrong and why; 1 is the exit code then.\n"
      "\n"
      "Directives, with their defaults:\n";
  const Settings defaults;
  for (const Directive& directive : directives()) {
    text.append("  ").append(format_line(directive, defaults)).append("\n      ");
    text.append(directive.summary).append("\n      takes ").append(takes(directive)).append("\n");
  }
  return text;
}

std::string print(const Invocation& invocation) {
  std::vector<std::string> lines;
  std::size_t width = 0;
  for (const Directive& directive : directives()) {
    lines.push_back(shown_line(directive, invocation.settings));
    width = std::max(width, lines.back().size());
  }
  std::string text;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    lines[i].resize(width + 2, ' ');
    text.append(lines[i]).append(place_of(directives()[i], invocation.origins)).append("\n");
  }
  return text;
}

}  // namespace sideline::config
