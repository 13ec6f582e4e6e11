#pragma once

#include <span>
#include <string_view>

namespace prediction {

/// What is predicted of a game, and between which values it lies.
struct Category {
  std::string_view name;  ///< as in the path of a request
  std::string_view unit;
  double low;
  double high;
};

/// All 27, in the order of their names.
std::span<const Category> categories();

/// Null if there is none of this name.
const Category* find_category(std::string_view name);

}  // namespace prediction
