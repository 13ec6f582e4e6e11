#include "server/config/load.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <vector>

#include "server/config/directives.h"
#include "server/config/letter_case.h"
#include "server/config/password_hash.h"
#include "server/resp/inline_arguments.h"

namespace sideline::config {
namespace {

using Error = std::optional<LoadError>;
using Words = std::vector<std::string_view>;

constexpr std::string_view kUnknown =
    "unknown directive (docs/differences.md tells which of Redis's there are not)";

// Deep enough for any sane set of files, and an end for one that includes itself.
constexpr int kMaxDepth = 16;

/// Whether what a directive says may be a password: then no error shows it.
bool is_secret(std::string_view name) {
  const Directive* const directive = find_directive(name);
  return same_ignoring_case(name, "user") ||
         (directive != nullptr && std::holds_alternative<Secret>(directive->type));
}

/// A rule with the hash of the password that it adds or removes.
std::string without_password(std::string_view rule) {
  if (rule.starts_with('>')) return '#' + password_hash(rule.substr(1));
  if (rule.starts_with('<')) return '!' + password_hash(rule.substr(1));
  return std::string(rule);
}

/// Takes a `user` directive; what its rules mean is for others to find out.
std::optional<std::string> add_user(std::span<const std::string_view> values, std::string place,
                                    Settings& settings) {
  if (values.empty()) return "wrong number of arguments";
  UserDirective user{.name = std::string(values[0]), .rules = {}, .place = std::move(place)};
  for (const std::string_view rule : values.subspan(1))
    user.rules.push_back(without_password(rule));
  if (std::ranges::find(settings.users, user.name, &UserDirective::name) != settings.users.end()) {
    return "Error in user declaration '" + user.name +
           "': Duplicate user found. A user can only be defined once in config files";
  }
  settings.users.push_back(std::move(user));
  return std::nullopt;
}

/// Reads one file, and those that it includes.
class FileReader {
 public:
  FileReader(std::string name, int depth, Settings& settings)
      : name_(std::move(name)), depth_(depth), settings_(settings) {}

  [[nodiscard]] Error read() {
    std::ifstream file(name_);
    if (!file) return failure("can't open '" + name_ + "': " + std::strerror(errno));
    return read(file);
  }

  [[nodiscard]] Error read(std::istream& lines) {
    errno = 0;
    while (std::getline(lines, line_)) {
      ++number_;
      if (auto error = read_line()) return error;
    }
    if (lines.bad()) return failure("can't read '" + name_ + "': " + std::strerror(errno));
    return std::nullopt;
  }

 private:
  [[nodiscard]] static LoadError failure(std::string text) { return {std::move(text)}; }

  [[nodiscard]] LoadError failure_here(std::string_view what) const {
    const std::string name = line_.substr(0, line_.find_first_of(" \t\"'"));
    return {place() + ": " + std::string(what) + "\n>>> '" +
            (is_secret(name) ? name + " (redacted)" : line_) + "'"};
  }

  [[nodiscard]] std::string place() const { return name_ + ", line " + std::to_string(number_); }

  [[nodiscard]] Error read_line() {
    trim();
    if (line_.empty() || line_.front() == '#') return std::nullopt;
    std::string decoded;
    Words words;
    if (!resp::split_inline(line_, decoded, words)) {
      return failure_here("Unbalanced quotes in configuration line");
    }
    if (words.empty()) return std::nullopt;  // vertical tabs and form feeds only
    const std::span values = std::span(words).subspan(1);
    if (same_ignoring_case(words.front(), "include")) return include(values);
    if (same_ignoring_case(words.front(), "user")) {
      const auto wrong = add_user(values, place(), settings_);
      return wrong ? Error(failure_here(*wrong)) : std::nullopt;
    }
    const Directive* const directive = find_directive(words.front());
    if (directive == nullptr) return failure_here(kUnknown);
    if (const auto wrong = assign(*directive, values, settings_)) return failure_here(*wrong);
    return std::nullopt;
  }

  [[nodiscard]] Error include(std::span<const std::string_view> values) {
    if (values.size() != 1) return failure_here("wrong number of arguments");
    if (depth_ == kMaxDepth) return failure_here("too many files include each other");
    auto error = FileReader(std::string(values[0]), depth_ + 1, settings_).read();
    if (error && error->text.starts_with("can't ")) return failure_here(error->text);
    return error;
  }

  void trim() {
    constexpr std::string_view kBlank = " \t\r\n";
    line_.erase(line_.find_last_not_of(kBlank) + 1);
    line_.erase(0, line_.find_first_not_of(kBlank));
  }

  std::string name_;
  int depth_;
  Settings& settings_;
  std::string line_;
  std::size_t number_ = 0;
};

bool is_option(std::string_view argument) { return argument.starts_with("--"); }

/// One option and the arguments up to the next one, which are taken off `arguments`.
Error read_option(std::span<const char* const>& arguments, Settings& settings) {
  const std::string_view option = arguments.front();
  const auto failure = [option](std::string_view what) {
    return LoadError{"option " + std::string(option) + ": " + std::string(what)};
  };
  if (!is_option(option)) return failure("an option starts with '--'");
  arguments = arguments.subspan(1);
  Words values;
  for (; !arguments.empty() && !is_option(arguments.front()); arguments = arguments.subspan(1)) {
    values.emplace_back(arguments.front());
  }
  if (same_ignoring_case(option, "--user")) {
    const auto wrong = add_user(values, "option --user", settings);
    return wrong ? Error(failure(*wrong)) : std::nullopt;
  }
  const Directive* const directive = find_directive(option.substr(2));
  if (directive == nullptr) return failure(kUnknown);
  if (const auto wrong = assign(*directive, values, settings)) {
    std::string shown = *wrong;
    if (is_secret(directive->name)) values = {"(redacted)"};
    for (const std::string_view value : values) shown.append("\n>>> '").append(value).append("'");
    return failure(shown);
  }
  return std::nullopt;
}

Error read_all(std::span<const char* const> arguments, std::istream& standard_input,
               Invocation& invocation) {
  const auto next_is_standard_input = [&] {
    return !arguments.empty() && std::string_view(arguments.front()) == "-";
  };
  if (!arguments.empty() && !is_option(arguments.front()) && !next_is_standard_input()) {
    const std::string file = arguments.front();
    if (auto error = FileReader(file, 0, invocation.settings).read()) return error;
    invocation.path = std::filesystem::absolute(file).lexically_normal();
    arguments = arguments.subspan(1);
  }
  if (next_is_standard_input()) {
    FileReader reader("standard input", 0, invocation.settings);
    if (auto error = reader.read(standard_input)) return error;
    arguments = arguments.subspan(1);
  }
  while (!arguments.empty()) {
    if (auto error = read_option(arguments, invocation.settings)) return error;
  }
  return std::nullopt;
}

std::optional<Invocation::Action> stand_alone(std::span<const char* const> arguments) {
  if (arguments.size() != 1) return std::nullopt;
  const std::string_view argument = arguments.front();
  if (argument == "-v" || argument == "--version") return Invocation::Action::kShowVersion;
  if (argument == "-h" || argument == "--help") return Invocation::Action::kShowHelp;
  return std::nullopt;
}

}  // namespace

std::variant<Invocation, LoadError> load(std::span<const char* const> arguments,
                                         std::istream& standard_input) {
  Invocation invocation;
  if (const auto action = stand_alone(arguments)) {
    invocation.action = *action;
    return invocation;
  }
  if (auto error = read_all(arguments, standard_input, invocation)) return *std::move(error);
  return invocation;
}

std::string help() {
  std::string text =
      "Usage: sideline-server [FILE] [-] [--DIRECTIVE VALUE...]...\n"
      "       sideline-server -v | --version | -h | --help\n\n"
      "Serves a cache to Redis clients. FILE holds directives, one a line; \"-\" reads more of "
      "them\n"
      "from standard input. What comes later wins.\n\n"
      "Directives, with their defaults:\n";
  const Settings defaults;
  for (const Directive& directive : directives()) {
    text.append("  ").append(format_line(directive, defaults)).append("\n      ");
    text.append(directive.summary).append("\n");
  }
  return text;
}

}  // namespace sideline::config
