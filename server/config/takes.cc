#include <limits>

#include "server/config/directives.h"
#include "server/config/memory_size.h"
#include "server/config/quote.h"

namespace sideline::config {
namespace {

std::string text_of(const Integer& type) {
  std::string text = "a number";
  if (!type.unit.empty()) text.append(" of ").append(type.unit);
  const std::string min = std::to_string(type.min);
  if (type.max == std::numeric_limits<std::int64_t>::max()) return text + ", at least " + min;
  return text + " from " + min + " to " + std::to_string(type.max);
}

std::string text_of(const Memory& type) {
  return "a number of bytes, at least " + format_memory_size(type.min) +
         (type.or_zero ? " or 0" : "") + " (kb, mb, gb: powers of 1024; k, m, g: of 1000)";
}

std::string text_of(const Permissions&) { return "an octal number from 0 to 777"; }

std::string text_of(const YesNo&) { return "yes or no"; }

std::string text_of(const Choice& type) {
  std::string text = "one of";
  for (const std::string_view word : type.words) {
    text.append(word == type.words.front() ? " " : ", ").append(word);
  }
  return text;
}

std::string text_of(const Text&) { return "a text, in quotes if it has spaces"; }

std::string text_of(const Passphrase&) { return "a text, in quotes if it has spaces"; }

std::string text_of(const ReadPath&) { return "a path"; }

std::string text_of(const PassphraseFile&) { return "the path of a file"; }

std::string text_of(const Secret&) { return "a text, in quotes if it has spaces"; }

std::string text_of(const SecretFile&) { return "the path of a file"; }

std::string text_of(const Folder&) { return "a folder that exists"; }

std::string text_of(const FileName&) { return "the name of a file, without a path"; }

std::string text_of(const SaveRules&) { return "pairs of seconds and changes, or \"\" for none"; }

std::string text_of(const Words&) { return "any number of words"; }

std::string text_of(const DistinctWords& type) {
  return "at most " + std::to_string(type.most) + " words, no two the same";
}

std::string text_of(const OutputLimits&) {
  return "normal, a hard and a soft limit in bytes (units as in 1mb), and a number of seconds";
}

std::string text_of(const Fixed& type) { return "only " + quote(type.value); }

}  // namespace

std::string takes(const Directive& directive) {
  return std::visit([](const auto& type) { return text_of(type); }, directive.type);
}

}  // namespace sideline::config
