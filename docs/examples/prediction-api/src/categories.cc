#include "categories.h"

#include <algorithm>
#include <array>

namespace prediction {
namespace {

constexpr std::array kCategories = {
    Category{"away-points", "points", 0, 45},
    Category{"first-downs", "downs", 25, 55},
    Category{"first-half-points", "points", 6, 40},
    Category{"first-quarter-points", "points", 0, 24},
    Category{"first-touchdown", "minutes", 1, 30},
    Category{"fourth-down-attempts", "attempts", 0, 8},
    Category{"fumbles", "fumbles", 0, 6},
    Category{"home-points", "points", 0, 45},
    Category{"home-win", "probability", 0.05, 0.95},
    Category{"interceptions", "interceptions", 0, 5},
    Category{"kicking-points", "points", 4, 24},
    Category{"longest-field-goal", "yards", 28, 60},
    Category{"longest-play", "yards", 25, 85},
    Category{"overtime", "probability", 0.02, 0.12},
    Category{"passing-touchdowns", "touchdowns", 0, 8},
    Category{"passing-yards", "yards", 280, 720},
    Category{"penalties", "penalties", 5, 22},
    Category{"plays", "plays", 105, 150},
    Category{"possession-home", "minutes", 22, 38},
    Category{"punts", "punts", 3, 15},
    Category{"receptions", "receptions", 28, 60},
    Category{"rushing-yards", "yards", 120, 340},
    Category{"sacks", "sacks", 0, 10},
    Category{"spread", "points", -17, 17},
    Category{"third-down-rate", "probability", 0.25, 0.55},
    Category{"total-points", "points", 28, 62},
    Category{"turnover-margin", "turnovers", -4, 4},
};
static_assert(kCategories.size() == 27);
static_assert(std::ranges::is_sorted(kCategories, {}, &Category::name));

}  // namespace

std::span<const Category> categories() { return kCategories; }

const Category* find_category(std::string_view name) {
  const auto* const found = std::ranges::lower_bound(kCategories, name, {}, &Category::name);
  return found != kCategories.end() && found->name == name ? found : nullptr;
}

}  // namespace prediction
