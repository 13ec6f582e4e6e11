#pragma once

#include <cstdint>
#include <istream>
#include <span>
#include <string>
#include <variant>

#include "server/config/settings.h"

namespace sideline::config {

/// What a command line asks for.
struct Invocation {
  enum class Action : std::uint8_t { kServe, kShowVersion, kShowHelp };

  Action action = Action::kServe;
  Settings settings;
  std::string path;  ///< of the configuration file, absolute; empty if there is none
};

/// What is wrong, and where: the file and line, or the option. For a person to read; several lines.
struct LoadError {
  std::string text;
};

/// Reads `arguments` (without the program's name) and the files that they name:
///
///     [FILE] [-] [--DIRECTIVE VALUE...]...
///
/// "-" stands for directives on `standard_input`. What comes later wins. "include FILE" in a file
/// reads another in its place. -v, --version, -h and --help stand alone.
[[nodiscard]] std::variant<Invocation, LoadError> load(std::span<const char* const> arguments,
                                                       std::istream& standard_input);

/// The text for --help: usage and all directives with their defaults.
[[nodiscard]] std::string help();

}  // namespace sideline::config
