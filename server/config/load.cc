#include "server/config/load.h"

#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "server/config/draft.h"
#include "server/config/environment.h"
#include "server/config/file_reader.h"

namespace sideline::config {
namespace {

using Action = Invocation::Action;
using Arguments = std::span<const char* const>;

bool is_option(std::string_view argument) { return argument.starts_with("--"); }

/// Whether the first argument is `word`, which is then taken off.
bool take(Arguments& arguments, std::string_view word) {
  if (arguments.empty() || arguments.front() != word) return false;
  arguments = arguments.subspan(1);
  return true;
}

/// One option and the arguments up to the next one, which are taken off `arguments`.
void read_option(Arguments& arguments, Draft& draft) {
  const std::string option = arguments.front();
  arguments = arguments.subspan(1);
  std::vector<std::string_view> values;
  for (; !arguments.empty() && !is_option(arguments.front()); arguments = arguments.subspan(1)) {
    values.emplace_back(arguments.front());
  }
  if (!is_option(option)) return draft.fail(option, "an option starts with '--'");
  if (const auto end = option.find('='); end != std::string::npos) {
    return draft.fail(option.substr(0, end), "its value is the next argument, without '='");
  }
  draft.assign(std::string_view(option).substr(2), values, {Source::kCommandLine, option});
}

/// Everything in its order; returns the path of the file.
std::string read_all(Arguments arguments, std::istream& standard_input, Arguments variables,
                     Draft& draft) {
  std::string path;
  if (!arguments.empty() && !std::string_view(arguments.front()).starts_with('-')) {
    path = std::filesystem::absolute(arguments.front()).lexically_normal();
    read_directives(arguments.front(), draft);
    arguments = arguments.subspan(1);
  }
  if (take(arguments, "-")) read_lines(standard_input, "standard input", draft);
  read_environment(variables, draft);
  while (!arguments.empty()) read_option(arguments, draft);
  return path;
}

std::optional<Action> stand_alone(Arguments arguments) {
  if (arguments.size() != 1) return std::nullopt;
  const std::string_view argument = arguments.front();
  if (argument == "-v" || argument == "--version") return Action::kShowVersion;
  if (argument == "-h" || argument == "--help") return Action::kShowHelp;
  return std::nullopt;
}

}  // namespace

std::variant<Invocation, LoadError> load(Arguments arguments, std::istream& standard_input,
                                         Arguments variables) {
  Invocation invocation;
  if (const auto action = stand_alone(arguments)) {
    invocation.action = *action;
    return invocation;
  }
  if (take(arguments, "--check-config")) {
    invocation.action = Action::kCheckConfig;
  } else if (take(arguments, "--print-config")) {
    invocation.action = Action::kPrintConfig;
  } else if (take(arguments, "--check-snapshot")) {
    if (arguments.empty()) return LoadError{"--check-snapshot: takes the path of a snapshot\n"};
    invocation.action = Action::kCheckSnapshot;
    invocation.snapshot = arguments.front();
    arguments = arguments.subspan(1);
  }
  Draft draft;
  invocation.path = read_all(arguments, standard_input, variables, draft);
  if (!draft.problems().empty()) return LoadError{draft.problems()};
  invocation.settings = draft.settings();
  invocation.origins = draft.origins();
  invocation.warning = draft.warning();
  return invocation;
}

}  // namespace sideline::config
