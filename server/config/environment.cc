#include "server/config/environment.h"

#include <algorithm>
#include <vector>

#include "server/config/inert.h"
#include "server/config/near_match.h"

namespace sideline::config {
namespace {

constexpr std::string_view kPrefix = "SIDELINE_";

/// Whether it is what Kubernetes makes for a service whose name begins with "sideline":
/// SIDELINE_SERVICE_HOST, SIDELINE_PORT, SIDELINE_PORT_6379_TCP and more.
bool is_of_a_service(std::string_view name, std::string_view value) {
  constexpr std::string_view kPort = "_PORT_";
  if (name.ends_with("_SERVICE_HOST")) return true;
  if (name.find("_SERVICE_PORT") != std::string_view::npos) return true;
  if (name.ends_with("_PORT") && value.find("://") != std::string_view::npos) return true;
  const std::size_t port = name.find(kPort);
  if (port == std::string_view::npos) return false;
  const std::string_view number = name.substr(port + kPort.size());
  return !number.empty() && number.front() >= '0' && number.front() <= '9';
}

/// The directive whose variable `name` is; null if there is none.
const Directive* directive_of(std::string_view name) {
  const auto found = std::ranges::find_if(directives(), [name](const Directive& directive) {
    return variable_of(directive.name) == name;
  });
  return found == directives().end() ? nullptr : &*found;
}

std::string suggested_variable(std::string_view name) {
  // Without the prefix: it is no sign that one is near.
  std::vector<std::string> variables;
  for (const Directive& directive : directives()) {
    variables.push_back(variable_of(directive.name).substr(kPrefix.size()));
  }
  const std::vector<std::string_view> words(variables.begin(), variables.end());
  const std::string_view near = near_match(name.substr(kPrefix.size()), words);
  if (near.empty()) return {};
  return "; did you mean " + std::string(kPrefix) + std::string(near) + "?";
}

class Reader {
 public:
  explicit Reader(Draft& draft) : draft_(draft) {}

  void read(std::string_view name, std::string_view value) {
    if (name == "REDIS_PASSWORD") return assign(*find_directive("requirepass"), name, value);
    if (!name.starts_with(kPrefix) || is_of_a_service(name, value)) return;
    if (const Directive* const directive = directive_of(name)) {
      return assign(*directive, name, value);
    }
    for (const InertDirective& inert : inert_directives()) {
      if (variable_of(inert.name) == name) return draft_.assign(inert.name, {}, origin(name));
    }
    draft_.fail(name, "unknown variable" + suggested_variable(name));
  }

 private:
  static Origin origin(std::string_view name) { return {Source::kEnvironment, std::string(name)}; }

  void assign(const Directive& directive, std::string_view name, std::string_view value) {
    for (const auto& [other, its] : draft_.origins()) {
      const bool is_same = other == &directive || set_one_password(*other, directive);
      if (its.source != Source::kEnvironment || !is_same) continue;
      return draft_.fail(name, its.place + " sets " + std::string(other->name) + " too");
    }
    const bool is_of_password = is_secret(directive) || password_file_of(directive) != nullptr;
    if (value.empty() && is_of_password) {
      return draft_.fail(name, "is empty; to have none, do not set the variable");
    }
    draft_.assign(directive.name, {&value, 1}, origin(name));
  }

  Draft& draft_;
};

}  // namespace

void read_environment(std::span<const char* const> variables, Draft& draft) {
  Reader reader(draft);
  for (const std::string_view variable : variables) {
    const std::size_t end = variable.find('=');
    if (end == std::string_view::npos) continue;
    reader.read(variable.substr(0, end), variable.substr(end + 1));
  }
}

std::string variable_of(std::string_view directive) {
  std::string name(kPrefix);
  for (const char c : directive) {
    name.push_back(c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  }
  return name;
}

}  // namespace sideline::config
