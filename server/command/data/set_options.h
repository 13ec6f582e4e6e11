#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <libcache/operations.h>

#include "server/command/core/context.h"

namespace sideline::command {

/// What becomes of the deadline of a key.
enum class Expiry : std::uint8_t {
  kDefault,         ///< what the command does by itself
  kKeep,            ///< KEEPTTL
  kPersist,         ///< PERSIST
  kSeconds,         ///< EX: seconds from now
  kMilliseconds,    ///< PX
  kAtSeconds,       ///< EXAT: seconds since the UNIX epoch
  kAtMilliseconds,  ///< PXAT
};

/// Which options are known, and from which argument on they stand.
enum class OptionsOf : std::uint8_t { kSet = 3, kGetEx = 2 };

/// The options of SET or GETEX as the client gave them.
struct ValueOptions {
  libcache::SetOptions::When when = libcache::SetOptions::When::kAlways;
  bool get = false;  ///< reply with the value that was there
  Expiry expiry = Expiry::kDefault;
  std::string_view time;  ///< what follows EX, PX, EXAT or PXAT; not checked

  [[nodiscard]] bool names_time() const { return expiry >= Expiry::kSeconds; }
};

/// Nothing if an option is not known, excludes one before it, or lacks its argument. The same
/// option may come again; the last one holds.
[[nodiscard]] std::optional<ValueOptions> parse_value_options(
    std::span<const std::string_view> args, OptionsOf command);

/// The moment that `time` names, in milliseconds since the UNIX epoch: positive, but maybe past.
/// Otherwise replies with the error and returns nothing. `expiry` is kSeconds or a later one.
[[nodiscard]] std::optional<std::int64_t> deadline_argument(Context& ctx, Expiry expiry,
                                                            std::string_view time);

}  // namespace sideline::command
