#include "server/config/draft.h"

#include <optional>
#include <vector>

#include "server/config/inert.h"
#include "server/config/letter_case.h"
#include "server/config/near_match.h"
#include "server/config/quote.h"
#include "server/config/user_directive.h"

namespace sideline::config {
namespace {

/// Whether what is wrong with a value is clear from what would be right.
template <typename... Simple>
bool is_any_of(const Type& type) {
  return (std::holds_alternative<Simple>(type) || ...);
}

std::string did_you_mean(std::string_view word) {
  return word.empty() ? "" : "; did you mean '" + std::string(word) + "'?";
}

/// The place, and what stands there.
std::string said(const Directive& directive, std::span<const std::string_view> words,
                 const Origin& origin) {
  std::string text = origin.place;
  if (origin.source == Source::kFile) text.append(": ").append(directive.name);
  const std::string_view separator = origin.source == Source::kEnvironment ? "=" : " ";
  if (is_secret(directive)) return text.append(separator).append("(redacted)");
  for (const std::string_view word : words) text.append(separator).append(quote(word));
  return text;
}

std::string expected(const Directive& directive, std::span<const std::string_view> words,
                     std::string_view wrong) {
  std::string text = "takes " + takes(directive);
  if (!is_any_of<Integer, Memory, Permissions, YesNo, Choice, Text, Passphrase, ReadPath,
                 PassphraseFile, Secret, Fixed>(directive.type)) {
    text.append(": ").append(wrong);
  }
  const auto* const choice = std::get_if<Choice>(&directive.type);
  if (choice != nullptr && words.size() == 1) {
    text.append(did_you_mean(near_match(words[0], choice->words)));
  }
  return text;
}

/// What a value that is not honoured was meant to bring about.
std::string_view loss_of(const Directive& directive) {
  if (std::holds_alternative<OutputLimits>(directive.type)) {
    return "for clients other than normal ones, which do not exist here";
  }
  if (std::holds_alternative<Choice>(directive.type)) return "upstart is not told of anything";
  return directive.summary;
}

}  // namespace

void Draft::assign(std::string_view name, Words words, const Origin& origin) {
  if (const Directive* const directive = find_directive(name)) {
    assign(*directive, words, origin);
  } else if (same_ignoring_case(name, "user")) {
    if (const auto wrong = add_user(words, origin, settings_)) {
      fail(origin.place, "user: " + *wrong);
    }
  } else if (const InertDirective* const inert = find_inert(name)) {
    without_effect_[inert->name] = inert->loss;
  } else {
    fail(origin.place, "unknown directive " + quote(name) + suggestion(name));
  }
}

void Draft::assign(const Directive& directive, Words words, const Origin& origin) {
  const std::vector<std::string_view> kept = honoured(directive, words);
  if (kept.size() < words.size()) {
    without_effect_[directive.name] = loss_of(directive);
    if (kept.empty()) return;
  } else if (!std::holds_alternative<OutputLimits>(directive.type)) {  // which add up
    without_effect_.erase(directive.name);
  }
  if (const auto wrong = config::assign(directive, kept, settings_)) {
    return fail(said(directive, words, origin), expected(directive, words, *wrong));
  }
  origins_.insert_or_assign(&directive, origin);
  // A password makes void what another source said of a file; a file brings a password.
  for (const Directive& other : directives()) {
    if (&other == &directive || !set_one_password(directive, other)) continue;
    const auto file = password_file_of(directive);
    const bool is_told = file == nullptr ? origins_.contains(&other) : !(settings_.*file).empty();
    if (is_told) origins_.insert_or_assign(&other, origin);
  }
}

void Draft::fail(std::string_view place, std::string_view what) {
  problems_.append(problems_.empty() ? "" : "\n").append(place).append(": ").append(what);
}

std::string Draft::warning() const {
  std::string missed;
  std::string unnoticed;
  const auto add = [](std::string& list, std::string_view name) {
    list.append(list.empty() ? "" : ", ").append(name);
  };
  for (const auto& [name, loss] : without_effect_) {
    if (loss.empty()) {
      add(unnoticed, name);
    } else {
      add(missed, name);
      missed.append(" (").append(loss).append(")");
    }
  }
  std::string text;
  if (!missed.empty()) text = "These directives do nothing in this server: " + missed;
  if (!unnoticed.empty()) {
    text += text.empty() ? "These directives do nothing in this server, and need not: "
                         : "; nor do these, and need not: ";
    text += unnoticed;
  }
  return text;
}

std::string suggestion(std::string_view name) {
  std::vector<std::string_view> names = {"include", "user"};
  for (const Directive& directive : directives()) names.push_back(directive.name);
  for (const InertDirective& inert : inert_directives()) names.push_back(inert.name);
  return did_you_mean(near_match(name, names));
}

}  // namespace sideline::config
