#include <array>
#include <charconv>
#include <filesystem>

#include "server/config/directives.h"
#include "server/config/memory_size.h"
#include "server/config/quote.h"

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

std::string text_of(const Passphrase& type, const Settings& settings) {
  return (settings.*type.field).empty() ? "" : "(redacted)";
}

std::string text_of(const ReadPath& type, const Settings& settings) { return settings.*type.field; }

std::string text_of(const PassphraseFile& type, const Settings& settings) {
  return settings.*type.file;
}

std::string text_of(const Folder& type, const Settings& settings) {
  std::error_code error;
  const std::string& path = settings.*type.field;
  const auto absolute = std::filesystem::weakly_canonical(path, error);
  return error ? path : absolute.string();
}

std::string text_of(const FileName& type, const Settings& settings) { return settings.*type.field; }

std::string text_of(const SaveRules& type, const Settings& settings) {
  std::string text;
  for (const SaveRule& rule : settings.*type.field) {
    text.append(text.empty() ? "" : " ").append(std::to_string(rule.seconds));
    text.append(" ").append(std::to_string(rule.changes));
  }
  return text;
}

std::string text_of(const Secret& type, const Settings& settings) {
  return (settings.*type.hash).empty() ? "" : "(redacted)";
}

std::string text_of(const SecretFile& type, const Settings& settings) {
  return settings.*type.file;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : " ").append(word);
  return text;
}

std::string text_of(const Words& type, const Settings& settings) {
  return joined(settings.*type.field);
}

std::string text_of(const DistinctWords& type, const Settings& settings) {
  return joined(settings.*type.field);
}

std::string text_of(const OutputLimits& type, const Settings& settings) {
  const OutputLimit& normal = settings.*type.field;
  return "normal " + std::to_string(normal.hard) + " " + std::to_string(normal.soft) + " " +
         std::to_string(normal.soft_seconds) + " slave 0 0 0 pubsub 0 0 0";
}

std::string text_of(const Fixed& type, const Settings&) { return std::string(type.value); }

// Words and groups of words stand on the line as they are; anything else is one word.
std::string spelt(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += ' ' + quote(word);
  return text.empty() ? " \"\"" : text;
}

std::string spell(const Words& type, const Settings& settings) {
  return spelt(settings.*type.field);
}

std::string spell(const DistinctWords& type, const Settings& settings) {
  return spelt(settings.*type.field);
}

std::string spell(const SaveRules& type, const Settings& settings) {
  const std::string text = text_of(type, settings);
  return text.empty() ? " \"\"" : ' ' + text;
}

std::string spell(const Passphrase& type, const Settings& settings) {
  return ' ' + quote(settings.*type.field);
}

std::string spell(const Folder& type, const Settings& settings) {
  return ' ' + quote(settings.*type.field);
}

std::string spell(const OutputLimits& type, const Settings& settings) {
  return ' ' + text_of(type, settings);
}

std::string spell(const Memory& type, const Settings& settings) {
  return ' ' + format_memory_size(settings.*type.field);
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
  const auto* const passphrase = std::get_if<Passphrase>(&directive.type);
  if (passphrase != nullptr) return a.*passphrase->field == b.*passphrase->field;
  return format(directive, a) == format(directive, b);
}

}  // namespace sideline::config
