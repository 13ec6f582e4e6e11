#include <algorithm>
#include <charconv>
#include <filesystem>
#include <limits>
#include <system_error>

#include "server/config/directives.h"
#include "server/config/letter_case.h"
#include "server/config/memory_size.h"
#include "server/config/password_hash.h"
#include "server/config/secret_file.h"
#include "server/resp/inline_arguments.h"
#include "server/resp/integer.h"

namespace sideline::config {
namespace {

using Error = std::optional<std::string>;
using WordList = std::span<const std::string_view>;

constexpr unsigned kMaxPermissions = 0777;
constexpr std::string_view kWrongCount = "wrong number of arguments";

std::string outside(const std::string& min, const std::string& max) {
  return "argument must be between " + min + " and " + max + " inclusive";
}

Error set(const Integer& type, std::string_view word, Settings& settings) {
  const auto value = resp::parse_integer(word);
  if (!value) return "argument couldn't be parsed into an integer";
  if (*value < type.min || *value > type.max) {
    return outside(std::to_string(type.min), std::to_string(type.max));
  }
  std::visit(
      [&](auto field) {
        auto& place = settings.*field;
        place = static_cast<std::remove_reference_t<decltype(place)>>(*value);
      },
      type.field);
  return std::nullopt;
}

Error set(const Memory& type, std::string_view word, Settings& settings) {
  const auto bytes = parse_memory_size(word);
  if (!bytes) return "argument must be a memory value";
  const bool within = *bytes >= type.min && *bytes <= type.max;
  if (!within && !(type.or_zero && *bytes == 0)) {
    return outside(std::to_string(type.min), std::to_string(type.max)) +
           (type.or_zero ? ", or 0" : "");
  }
  settings.*type.field = *bytes;
  return std::nullopt;
}

Error set(const Permissions& type, std::string_view word, Settings& settings) {
  unsigned value = 0;
  const char* const last = word.data() + word.size();
  const auto [end, error] = std::from_chars(word.data(), last, value, 8);
  if (error != std::errc() || end != last) {
    return "argument couldn't be parsed as an octal number";
  }
  if (value > kMaxPermissions) return outside("0", "777");
  settings.*type.field = value;
  return std::nullopt;
}

Error set(const YesNo& type, std::string_view word, Settings& settings) {
  const bool yes = same_ignoring_case(word, "yes");
  if (!yes && !same_ignoring_case(word, "no")) return "argument must be 'yes' or 'no'";
  settings.*type.field = yes;
  return std::nullopt;
}

Error set(const Choice& type, std::string_view word, Settings& settings) {
  const auto found = std::ranges::find_if(
      type.words, [word](std::string_view each) { return same_ignoring_case(each, word); });
  if (found != type.words.end()) {
    settings.*type.field = *found;
    return std::nullopt;
  }
  std::string text = "argument(s) must be one of the following: ";
  for (std::size_t i = 0; i < type.words.size(); ++i) {
    text.append(i == 0 ? "" : ", ").append(type.words[i]);
  }
  return text;
}

Error set(const Text& type, std::string_view word, Settings& settings) {
  settings.*type.field = word;
  return std::nullopt;
}

Error set(const Passphrase& type, std::string_view word, Settings& settings) {
  settings.*type.field = word;
  (settings.*type.file).clear();
  return std::nullopt;
}

Error set(const PassphraseFile& type, std::string_view word, Settings& settings) {
  if (!word.empty()) (settings.*type.passphrase).clear();
  settings.*type.file = word;
  ++(settings.*type.times_set);
  return std::nullopt;
}

Error set(const ReadPath& type, std::string_view word, Settings& settings) {
  settings.*type.field = word;
  ++(settings.*type.times_set);
  return std::nullopt;
}

Error set(const Folder& type, std::string_view word, Settings& settings) {
  std::error_code error;
  const bool is_folder = std::filesystem::is_directory(word, error);
  if (!is_folder) return error ? error.message() : "Not a directory";
  settings.*type.field = word;
  return std::nullopt;
}

Error set(const FileName& type, std::string_view word, Settings& settings) {
  if (word.empty()) return "dbfilename can't be empty";
  if (word.find('/') != std::string_view::npos) {
    return "dbfilename can't be a path, just a filename";
  }
  settings.*type.field = word;
  return std::nullopt;
}

Error set(const SaveRules& type, WordList words, Settings& settings) {
  std::vector<SaveRule> rules;
  if (words.size() % 2 != 0) return "Invalid save parameters";
  for (; !words.empty(); words = words.subspan(2)) {
    const auto seconds = resp::parse_integer(words[0]);
    const auto changes = resp::parse_integer(words[1]);
    if (!seconds || !changes || *seconds < 1 || *changes < 0) return "Invalid save parameters";
    rules.push_back({.seconds = *seconds, .changes = *changes});
  }
  auto& all = settings.*type.field;
  all.insert(all.end(), rules.begin(), rules.end());
  return std::nullopt;
}

Error set(const Secret& type, std::string_view word, Settings& settings) {
  settings.*type.hash = word.empty() ? "" : password_hash(word);
  (settings.*type.file).clear();
  return std::nullopt;
}

Error set(const SecretFile& type, std::string_view word, Settings& settings) {
  if (!word.empty()) {
    const auto secret = read_secret(std::string(word));
    if (const auto* const failure = std::get_if<SecretFailure>(&secret)) return failure->text;
    settings.*type.hash = password_hash(std::get<std::string>(secret));
  }
  settings.*type.file = word;
  return std::nullopt;
}

Error set(const Words& type, WordList words, Settings& settings) {
  std::vector<std::string> value;
  for (const std::string_view word : words) {
    if (!word.empty()) value.emplace_back(word);
  }
  settings.*type.field = std::move(value);
  return std::nullopt;
}

Error set(const DistinctWords& type, WordList words, Settings& settings) {
  if (words.size() == 1 && words[0].empty()) words = {};
  std::vector<std::string> value;
  for (const std::string_view word : words) {
    if (word.empty()) return "an empty word means none, and can't stand beside others";
    if (std::ranges::find(value, word) != value.end()) {
      return "'" + std::string(word) + "' is there twice";
    }
    value.emplace_back(word);
  }
  if (value.size() > type.most) return "there are " + std::to_string(value.size());
  settings.*type.field = std::move(value);
  return std::nullopt;
}

std::optional<OutputLimit> parse_output_limit(WordList group) {
  const auto hard = parse_memory_size(group[1]);
  const auto soft = parse_memory_size(group[2]);
  const auto seconds = resp::parse_integer(group[3]);
  if (!hard || !soft || !seconds || *seconds < 0) return std::nullopt;
  return OutputLimit{.hard = *hard, .soft = *soft, .soft_seconds = *seconds};
}

Error set(const OutputLimits& type, WordList words, Settings& settings) {
  if (words.empty() || words.size() % 4 != 0) {
    return "Wrong number of arguments in buffer limit configuration.";
  }
  OutputLimit normal = settings.*type.field;
  for (; !words.empty(); words = words.subspan(4)) {
    const auto is = [&](std::string_view name) { return same_ignoring_case(words[0], name); };
    const bool without_clients = is("slave") || is("replica") || is("pubsub");
    if (!is("normal") && !without_clients) {
      return "Invalid client class specified in buffer limit configuration.";
    }
    const auto limit = parse_output_limit(words);
    if (!limit) {
      return "Error in hard, soft or soft_seconds setting in buffer limit configuration.";
    }
    if (without_clients && *limit != OutputLimit{}) {
      return "this server has only clients of the class 'normal'; others must be '0 0 0'";
    }
    if (!without_clients) normal = *limit;
  }
  settings.*type.field = normal;
  return std::nullopt;
}

/// Whether `word` is several.
Error split(std::string_view word, std::string& decoded, std::vector<std::string_view>& words) {
  if (resp::split_inline(word, decoded, words)) return std::nullopt;
  return "Unbalanced quotes";
}

template <typename Type>
concept TakesSeveralWords = std::is_same_v<Type, Words> || std::is_same_v<Type, DistinctWords> ||
    std::is_same_v<Type, OutputLimits>;

Error set_words(const TakesSeveralWords auto& type, WordList words, Settings& settings) {
  if (words.size() != 1) return set(type, words, settings);
  std::string decoded;
  std::vector<std::string_view> several;
  if (auto failure = split(words[0], decoded, several)) return failure;
  return set(type, several, settings);
}

Error set_words(const SaveRules& type, WordList words, Settings& settings) {
  if (words.size() != 1) return set(type, words, settings);
  std::string decoded;
  std::vector<std::string_view> several;
  if (auto failure = split(words[0], decoded, several)) return failure;
  Settings alone;
  if (auto failure = set(type, several, alone)) return failure;
  settings.*type.field = alone.*type.field;
  return std::nullopt;
}

Error set_words(const Fixed& type, WordList words, Settings&) {
  if (words.size() == 1 && same_ignoring_case(words[0], type.value)) return std::nullopt;
  return "this server supports only the value '" + std::string(type.value) + "'";
}

Error set_words(const auto& type, WordList words, Settings& settings) {
  if (words.size() != 1) return std::string(kWrongCount);
  return set(type, words[0], settings);
}

}  // namespace

Error assign(const Directive& directive, WordList words, Settings& settings) {
  if (words.empty()) return std::string(kWrongCount);
  return std::visit([&](const auto& type) { return set_words(type, words, settings); },
                    directive.type);
}

}  // namespace sideline::config
