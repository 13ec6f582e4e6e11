#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/command/core/context.h"
#include "server/command/core/errors.h"

namespace sideline::command {

// Arguments of the request that is being run. A function that cannot return a value has replied
// with the error.

/// Argument `i` as a 64-bit integer.
[[nodiscard]] std::optional<std::int64_t> integer_argument(
    Context& ctx, std::size_t i, std::string_view error = errors::kNotInteger);

/// Argument `i` as the number of a database: an integer of 32 bits, which may be out of range.
/// `error` is what is replied to any other text; if empty, Redis's general texts.
[[nodiscard]] std::optional<int> database_argument(Context& ctx, std::size_t i,
                                                   std::string_view error = {});

/// Whether argument `i` is this word, in either case.
[[nodiscard]] bool is_word(const Context& ctx, std::size_t i, std::string_view word);

}  // namespace sideline::command
