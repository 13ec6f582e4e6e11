#pragma once

#include <cstddef>

#include "server/command/table/row.h"

namespace sideline::command {

/// Whether a request may have so many arguments.
[[nodiscard]] inline bool arity_fits(const Row& row, std::size_t arguments) {
  const auto count = static_cast<std::ptrdiff_t>(arguments);
  return row.arity < 0 ? count >= -row.arity : count == row.arity;
}

/// The arguments from `first` to `last` by `step`: what a KeyRange means for one request.
struct KeyPositions {
  std::size_t first;
  std::size_t last;
  std::size_t step;
};

/// `arguments`: how many the request has, at least as many as the row's arity asks for.
[[nodiscard]] inline KeyPositions key_positions(const KeyRange& range, std::size_t arguments) {
  const auto last = range.last < 0 ? static_cast<std::ptrdiff_t>(arguments) + range.last
                                   : static_cast<std::ptrdiff_t>(range.last);
  return {static_cast<std::size_t>(range.first), static_cast<std::size_t>(last),
          static_cast<std::size_t>(range.step)};
}

/// Calls `visit(position, range)` for each key of a request, in order.
template <typename Visit>
void for_each_key(const Row& row, std::size_t arguments, Visit&& visit) {
  for (const KeyRange& range : row.keys) {
    const KeyPositions positions = key_positions(range, arguments);
    for (std::size_t i = positions.first; i <= positions.last; i += positions.step) {
      visit(i, range);
    }
  }
}

}  // namespace sideline::command
