#include "server/command/control/lolwut.h"

#include <bitset>
#include <cstddef>

namespace sideline::command {
namespace {

constexpr std::size_t kWidth = 64;
constexpr std::size_t kHeight = 16;

using Cells = std::bitset<kWidth>;

/// The next generation of an elementary cellular automaton on a ring: `rule` has one bit for each
/// state of a cell and its two neighbours (S. Wolfram, "Statistical mechanics of cellular
/// automata", 1983).
Cells next(const Cells& cells, std::bitset<8> rule) {
  Cells result;
  for (std::size_t i = 0; i < kWidth; ++i) {
    const std::size_t left = cells[(i + 1) % kWidth] ? 4 : 0;
    const std::size_t right = cells[(i + kWidth - 1) % kWidth] ? 1 : 0;
    result[i] = rule[left + (cells[i] ? 2 : 0) + right];
  }
  return result;
}

}  // namespace

std::string lolwut_picture(std::uint64_t seed) {
  // Rules that neither die out nor stand still.
  constexpr unsigned char kRules[] = {18, 22, 30, 45, 60, 73, 90, 105, 110, 126, 150, 182};
  const std::bitset<8> rule = kRules[seed % std::size(kRules)];
  Cells cells(seed / std::size(kRules));
  if (cells.none()) cells.set(kWidth / 2);
  std::string picture;
  for (std::size_t row = 0; row < kHeight; ++row, cells = next(cells, rule)) {
    picture += cells.to_string(' ', '#') + '\n';
  }
  return picture;
}

}  // namespace sideline::command
