#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

#include "service.h"
#include "settings.h"
#include "store/store.h"

namespace {

std::optional<std::string> environment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

constexpr std::string_view kUsage =
    "Usage: prediction-api             serves predictions until SIGTERM\n"
    "       prediction-api --migrate   brings the database up to date, and ends\n"
    "       prediction-api --check     says what is wrong with the environment, and ends\n"
    "       prediction-api --help\n"
    "\n"
    "It is configured by these environment variables (name, default, meaning). What is [_FILE] may "
    "be\n"
    "in a file instead, which NAME_FILE names.\n\n";

int run(std::string_view command) {
  const auto [settings, errors] = prediction::read_settings(environment);
  for (const std::string& error : errors) std::cerr << "prediction-api: " << error << '\n';
  if (!errors.empty()) return EXIT_FAILURE;
  if (command == "--check") return EXIT_SUCCESS;
  if (command == "--migrate") {
    const auto open = prediction::store_opener(settings);
    std::cout << prediction::migrate(open, settings.database_patience) << " migrations applied\n";
    return EXIT_SUCCESS;
  }
  return prediction::serve(settings) ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  const bool is_known = command.empty() || command == "--migrate" || command == "--check";
  if (argc > 2 || !is_known) {
    const bool is_help = argc == 2 && command == "--help";
    (is_help ? std::cout : std::cerr) << kUsage << prediction::settings_help();
    return is_help ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  try {
    return run(command);
  } catch (const std::exception& error) {
    std::cerr << "prediction-api: " << error.what() << '\n';
    return EXIT_FAILURE;
  }
}
