#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/config/settings.h"

namespace sideline::config {

// What a directive holds, which values it takes, and the setting that it fills.

/// A decimal number.
struct Integer {
  std::variant<int Settings::*, std::int64_t Settings::*> field;
  std::int64_t min;
  std::int64_t max;
  std::string_view unit = {};  ///< what it counts, in the plural
};

/// A number of bytes, with or without a unit; shown without one.
struct Memory {
  std::size_t Settings::*field;
  std::size_t min;
  std::size_t max;
  bool or_zero = false;  ///< 0 is taken too, whatever `min` says
};

/// An octal number up to 777.
struct Permissions {
  unsigned Settings::*field;
};

/// "yes" or "no", in either case.
struct YesNo {
  bool Settings::*field;
};

/// One of some words, in either case.
struct Choice {
  std::string Settings::*field;
  std::span<const std::string_view> words;
  /// Another one that Redis takes, for what is not here: a configuration may have it to no effect.
  std::string_view of_redis = {};
};

/// Any text, also none.
struct Text {
  std::string Settings::*field;
};

/// A text that nobody is to see, but is needed as it is, so CONFIG REWRITE writes it. The file that
/// the last one was to come from is forgotten.
struct Passphrase {
  std::string Settings::*field;
  std::string Settings::*file;
};

/// The path of a file or a folder that is read whenever the directive is set, which is counted.
struct ReadPath {
  std::string Settings::*field;
  unsigned Settings::*times_set;
};

/// The path of a file that holds a passphrase, which is read as that of a ReadPath. A passphrase
/// that was set is forgotten, unless the path is empty.
struct PassphraseFile {
  std::string Settings::*passphrase;
  std::string Settings::*file;
  unsigned Settings::*times_set;
};

/// A folder that exists; shown as an absolute path, as in Redis.
struct Folder {
  std::string Settings::*field;
};

/// A file's name without a path.
struct FileName {
  std::string Settings::*field;
};

/// Pairs of numbers, seconds and changes. Several words are added to the ones that are there, as
/// in a file with a line for each pair; one word is all of them.
struct SaveRules {
  std::vector<SaveRule> Settings::*field;
};

/// A password: only its hash is kept, so it is never shown. The file that the last one came from is
/// forgotten.
struct Secret {
  std::string Settings::*hash;
  std::string Settings::*file;
};

/// The path of a file that holds a password, which is read whenever the directive is set. Empty:
/// none, and the password stays.
struct SecretFile {
  std::string Settings::*hash;
  std::string Settings::*file;
};

/// Any number of words.
struct Words {
  std::vector<std::string> Settings::*field;
};

/// So many words at most, no two the same.
struct DistinctWords {
  std::vector<std::string> Settings::*field;
  std::size_t most;
};

/// Groups of four words: a class of clients, two numbers of bytes, a number of seconds.
struct OutputLimits {
  OutputLimit Settings::*field;
};

/// A directive of Redis for something that this server either always does or never does. Its one
/// honest value is taken and shown, as clients and exporters ask for it; CONFIG SET refuses any
/// other, and a configuration may have it to no effect.
struct Fixed {
  std::string_view value;
};

using Type = std::variant<Integer, Memory, Permissions, YesNo, Choice, Text, Passphrase, ReadPath,
                          PassphraseFile, Folder, FileName, SaveRules, Secret, SecretFile, Words,
                          DistinctWords, OutputLimits, Fixed>;

/// When a directive may be changed, and by whom.
enum class Change : std::uint8_t {
  kAtStart,
  kProtected,  ///< as kAtStart: where files are written is not for whoever may connect
  kAtRunTime,
  kOfCache,  ///< at run time, and by whoever shares the cache alone with a program, not its process
};

/// Everything known of one directive. Its default is that of the Settings field.
struct Directive {
  std::string_view name;
  Change change;
  Type type;
  std::string_view summary;
};

/// The values of `maxmemory-policy`.
inline constexpr std::array<std::string_view, 10> kPolicyNames = {
    "volatile-lru", "volatile-lfu",   "volatile-random", "volatile-ttl",    "allkeys-lru",
    "allkeys-lfu",  "allkeys-random", "noeviction",      "volatile-s3fifo", "allkeys-s3fifo"};

/// All of them, in the order in which CONFIG GET and --help show them.
[[nodiscard]] std::span<const Directive> directives();

/// Null for an unknown name. Case does not matter.
[[nodiscard]] const Directive* find_directive(std::string_view name);

/// Puts the value that `words` spell into `settings`: nothing on success, else what is wrong with
/// them, and `settings` is unchanged. A single word for a directive that takes several is split
/// at its white space.
[[nodiscard]] std::optional<std::string> assign(const Directive& directive,
                                                std::span<const std::string_view> words,
                                                Settings& settings);

/// Those of `words` that ask for what this server can do: all of them, unless Redis would do what
/// it cannot.
[[nodiscard]] std::vector<std::string_view> honoured(const Directive& directive,
                                                     std::span<const std::string_view> words);

/// Which values it takes, for a person to read: "a number of seconds from 0 to 10".
[[nodiscard]] std::string takes(const Directive& directive);

/// Whether both set the same password, one of them perhaps from a file.
[[nodiscard]] bool set_one_password(const Directive& a, const Directive& b);

/// Where the path of the file is that a password is read from; null for a directive that names
/// none.
[[nodiscard]] std::string Settings::*password_file_of(const Directive& directive);

/// Whether nobody is to see its value.
[[nodiscard]] bool is_secret(const Directive& directive);
/// Whether both have the same value for a directive.
[[nodiscard]] bool same_value(const Directive& directive, const Settings& a, const Settings& b);

/// The value as CONFIG GET shows it.
[[nodiscard]] std::string format(const Directive& directive, const Settings& settings);

/// The line of a configuration file that makes assign() yield the value again. Empty if there is
/// none, as for a password.
[[nodiscard]] std::string format_line(const Directive& directive, const Settings& settings);
[[nodiscard]] std::string format_line(const UserDirective& user);

}  // namespace sideline::config
