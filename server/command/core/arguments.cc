#include "server/command/core/arguments.h"

#include <limits>

#include <libcache/number.h>

#include "server/config/letter_case.h"

namespace sideline::command {

std::optional<std::int64_t> integer_argument(Context& ctx, std::size_t i, std::string_view error) {
  const std::optional<std::int64_t> value = libcache::parse_integer(ctx.args[i]);
  if (!value) ctx.reply.error(error);
  return value;
}

std::optional<int> database_argument(Context& ctx, std::size_t i, std::string_view error) {
  constexpr std::int64_t kMin = std::numeric_limits<int>::min();
  constexpr std::int64_t kMax = std::numeric_limits<int>::max();
  const auto value = integer_argument(ctx, i, error.empty() ? errors::kNotInteger : error);
  if (!value) return std::nullopt;
  if (*value >= kMin && *value <= kMax) return static_cast<int>(*value);
  if (error.empty()) {
    ctx.reply.error(errors::out_of_range(kMin, kMax));
  } else {
    ctx.reply.error(error);
  }
  return std::nullopt;
}

bool is_word(const Context& ctx, std::size_t i, std::string_view word) {
  return config::same_ignoring_case(ctx.args[i], word);
}

}  // namespace sideline::command
