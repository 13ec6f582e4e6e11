#include "server/config/memory_size.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <system_error>

#include "server/config/letter_case.h"

namespace sideline::config {
namespace {

struct Unit {
  std::string_view name;
  std::size_t bytes;
};

constexpr std::array kUnits = {
    Unit{"", 1},
    Unit{"b", 1},
    Unit{"k", 1000},
    Unit{"kb", 1024},
    Unit{"m", 1000 * 1000},
    Unit{"mb", 1024 * 1024},
    Unit{"g", 1000 * 1000 * 1000},
    Unit{"gb", 1024 * 1024 * 1024},
};

}  // namespace

std::optional<std::size_t> parse_memory_size(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  for (const Unit& unit : kUnits) {
    if (!same_ignoring_case(text, unit.name)) continue;
    if (number > std::numeric_limits<std::size_t>::max() / unit.bytes) return std::nullopt;
    return number * unit.bytes;
  }
  return std::nullopt;
}

std::string format_memory_size(std::size_t bytes) {
  for (const std::string_view name : {"gb", "mb", "kb"}) {
    const auto* const unit = std::ranges::find(kUnits, name, &Unit::name);
    if (bytes != 0 && bytes % unit->bytes == 0) {
      return std::to_string(bytes / unit->bytes) + std::string(name);
    }
  }
  return std::to_string(bytes);
}

}  // namespace sideline::config
