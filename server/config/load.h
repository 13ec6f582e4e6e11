#pragma once

#include <cstdint>
#include <istream>
#include <span>
#include <string>
#include <variant>

#include "server/config/origin.h"
#include "server/config/settings.h"

namespace sideline::config {

/// What a command line asks for.
struct Invocation {
  enum class Action : std::uint8_t {
    kServe,
    kCheckConfig,
    kPrintConfig,
    kCheckSnapshot,
    kShowVersion,
    kShowHelp
  };

  Action action = Action::kServe;
  Settings settings;
  Origins origins;
  std::string path;      ///< of the configuration file, absolute; empty if there is none
  std::string snapshot;  ///< for kCheckSnapshot
  std::string warning;   ///< what was configured to no effect, for a person to read; mostly empty
};

/// What is wrong, and where: the file and line, the variable or the option. For a person to read;
/// several lines.
struct LoadError {
  std::string text;
};

/// Reads `arguments` (without the program's name), and the files and `variables` ("NAME=value")
/// that they need:
///
///     [--check-config | --print-config | --check-snapshot SNAPSHOT]
///     [FILE] [-] [--DIRECTIVE VALUE...]...
///
/// "-" stands for directives on `standard_input`. The environment wins over these (see
/// environment.h), and options win over it. -v, --version, -h and --help stand alone.
[[nodiscard]] std::variant<Invocation, LoadError> load(std::span<const char* const> arguments,
                                                       std::istream& standard_input,
                                                       std::span<const char* const> variables = {});

}  // namespace sideline::config
