#include <algorithm>
#include <array>
#include <charconv>

#include "server/config/directives.h"

namespace sideline::config {
namespace {

std::string text_of(const Integer& type, const Settings& settings) {
  return std::visit([&](auto field) { return std::to_string(settings.*field); }, type.field);
}

std::string text_of(const Memory& type, const Settings& settings) {
  return std::to_string(settings.*type.field);
}

std::string text_of(const Permissions& type, const Settings& settings) {
  std::array<char, 16> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), settings.*type.field, 8).ptr;
  return {digits.data(), end};
}

std::string text_of(const YesNo& type, const Settings& settings) {
  return settings.*type.field ? "yes" : "no";
}

std::string text_of(const Choice& type, const Settings& settings) { return settings.*type.field; }

std::string text_of(const Text& type, const Settings& settings) { return settings.*type.field; }

std::string text_of(const Secret& type, const Settings& settings) {
  return (settings.*type.hash).empty() ? "" : "(redacted)";
}

std::string text_of(const SecretFile& type, const Settings& settings) {
  return settings.*type.file;
}

std::string text_of(const Words& type, const Settings& settings) {
  std::string text;
  for (const std::string& word : settings.*type.field) {
    text.append(text.empty() ? "" : " ").append(word);
  }
  return text;
}

std::string text_of(const OutputLimits& type, const Settings& settings) {
  const OutputLimit& normal = settings.*type.field;
  return "normal " + std::to_string(normal.hard) + " " + std::to_string(normal.soft) + " " +
         std::to_string(normal.soft_seconds) + " slave 0 0 0 pubsub 0 0 0";
}

std::string text_of(const Fixed& type, const Settings&) { return std::string(type.value); }

bool needs_quotes(char c) {
  return c <= ' ' || c > '~' || c == '"' || c == '\'' || c == '\\' || c == '#';
}

void append_escaped(std::string& text, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  if (c == '"' || c == '\\') {
    text.append({'\\', c});
  } else if (c >= ' ' && c <= '~') {
    text.push_back(c);
  } else {
    const auto byte = static_cast<unsigned char>(c);
    text.append({'\\', 'x', kHex[byte >> 4], kHex[byte & 15]});
  }
}

std::string quote(std::string_view value) {
  if (!value.empty() && std::ranges::none_of(value, needs_quotes)) return std::string(value);
  std::string text = "\"";
  for (const char c : value) append_escaped(text, c);
  return text + '"';
}

// Words and groups of words stand on the line as they are; anything else is one word.
std::string spell(const Words& type, const Settings& settings) {
  std::string text;
  for (const std::string& word : settings.*type.field) text += ' ' + quote(word);
  return text.empty() ? " \"\"" : text;
}

std::string spell(const OutputLimits& type, const Settings& settings) {
  return ' ' + text_of(type, settings);
}

/// With the largest unit that needs no fraction.
std::string spell(const Memory& type, const Settings& settings) {
  struct Unit {
    std::string_view name;
    int shift;
  };
  constexpr std::array kUnits = {Unit{"gb", 30}, Unit{"mb", 20}, Unit{"kb", 10}};
  const std::size_t bytes = settings.*type.field;
  for (const Unit& unit : kUnits) {
    const std::size_t number = bytes >> unit.shift;
    if (number != 0 && number << unit.shift == bytes) {
      return ' ' + std::to_string(number) + std::string(unit.name);
    }
  }
  return ' ' + std::to_string(bytes);
}

std::string spell(const auto& type, const Settings& settings) {
  return ' ' + quote(text_of(type, settings));
}

}  // namespace

std::string format(const Directive& directive, const Settings& settings) {
  return std::visit([&](const auto& type) { return text_of(type, settings); }, directive.type);
}

std::string format_line(const Directive& directive, const Settings& settings) {
  const auto* const secret = std::get_if<Secret>(&directive.type);
  if (secret != nullptr && !(settings.*secret->hash).empty()) return {};
  return std::string(directive.name) +
         std::visit([&](const auto& type) { return spell(type, settings); }, directive.type);
}

std::string format_line(const UserDirective& user) {
  std::string line = "user " + quote(user.name);
  for (const std::string& rule : user.rules) line += ' ' + quote(rule);
  return line;
}

bool same_value(const Directive& directive, const Settings& a, const Settings& b) {
  const auto* const secret = std::get_if<Secret>(&directive.type);
  if (secret != nullptr) return a.*secret->hash == b.*secret->hash;
  return format(directive, a) == format(directive, b);
}

}  // namespace sideline::config
