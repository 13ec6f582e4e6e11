#include "server/command/data/set_options.h"

#include <cstddef>
#include <limits>

#include <libcache/number.h>

#include "server/command/core/errors.h"
#include "server/config/letter_case.h"

namespace sideline::command {
namespace {

using When = libcache::SetOptions::When;

/// An option sets one of the three.
struct Option {
  std::string_view name;
  bool of_set;
  bool of_get_ex;
  When when = When::kAlways;
  Expiry expiry = Expiry::kDefault;
  bool get = false;
};

constexpr Option kOptions[] = {
    {"EX", true, true, When::kAlways, Expiry::kSeconds},
    {"PX", true, true, When::kAlways, Expiry::kMilliseconds},
    {"NX", true, false, When::kIfAbsent},
    {"XX", true, false, When::kIfPresent},
    {"GET", true, false, When::kAlways, Expiry::kDefault, true},
    {"EXAT", true, true, When::kAlways, Expiry::kAtSeconds},
    {"PXAT", true, true, When::kAlways, Expiry::kAtMilliseconds},
    {"KEEPTTL", true, false, When::kAlways, Expiry::kKeep},
    {"PERSIST", false, true, When::kAlways, Expiry::kPersist},
};

const Option* find_option(std::string_view word, OptionsOf command) {
  for (const Option& option : kOptions) {
    const bool known = command == OptionsOf::kSet ? option.of_set : option.of_get_ex;
    if (known && config::same_ignoring_case(option.name, word)) return &option;
  }
  return nullptr;
}

/// Sets `member` to the option's `value`, unless the option is about something else. False if
/// another value was chosen before.
template <typename Choice>
bool choose(Choice& member, Choice value) {
  if (value == Choice{}) return true;
  if (member != Choice{} && member != value) return false;
  member = value;
  return true;
}

}  // namespace

std::optional<ValueOptions> parse_value_options(std::span<const std::string_view> args,
                                                OptionsOf command) {
  ValueOptions options;
  for (auto i = static_cast<std::size_t>(command); i < args.size(); ++i) {
    const Option* option = find_option(args[i], command);
    if (option == nullptr) return std::nullopt;
    if (!choose(options.when, option->when)) return std::nullopt;
    if (!choose(options.expiry, option->expiry)) return std::nullopt;
    options.get |= option->get;
    if (option->expiry < Expiry::kSeconds) continue;
    if (++i == args.size()) return std::nullopt;
    options.time = args[i];
  }
  return options;
}

std::optional<std::int64_t> deadline_argument(Context& ctx, Expiry expiry, std::string_view time) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  const bool seconds = expiry == Expiry::kSeconds || expiry == Expiry::kAtSeconds;
  const bool from_now = expiry == Expiry::kSeconds || expiry == Expiry::kMilliseconds;
  const std::int64_t unit = seconds ? 1000 : 1;
  const std::int64_t start = from_now ? ctx.now_ms() : 0;

  const std::optional<std::int64_t> value = libcache::parse_integer(time);
  if (!value) {
    ctx.reply.error(errors::kNotInteger);
    return std::nullopt;
  }
  if (*value <= 0 || *value > (kMax - start) / unit) {
    ctx.reply.error(errors::invalid_expire(ctx.row.full_name));
    return std::nullopt;
  }
  return *value * unit + start;
}

}  // namespace sideline::command
