#include "bench/network/load/zipf.h"

#include <cmath>

namespace load {

Zipf::Zipf(std::uint32_t size, double exponent) : columns_(size) {
  double sum = 0;
  for (std::uint32_t rank = 0; rank < size; ++rank) sum += std::pow(rank + 1.0, -exponent);

  // Vose's construction: a column that is not full is topped up from one that is over-full.
  std::vector<std::uint32_t> under;
  std::vector<std::uint32_t> over;
  for (std::uint32_t rank = 0; rank < size; ++rank) {
    columns_[rank] = {std::pow(rank + 1.0, -exponent) / sum * size, rank};
    (columns_[rank].own < 1 ? under : over).push_back(rank);
  }
  while (!under.empty() && !over.empty()) {
    const std::uint32_t poor = under.back();
    const std::uint32_t rich = over.back();
    under.pop_back();
    columns_[poor].other = rich;
    columns_[rich].own -= 1 - columns_[poor].own;
    if (columns_[rich].own < 1) {
      over.pop_back();
      under.push_back(rich);
    }
  }
}

std::uint32_t Zipf::operator()(Random& random) const {
  const std::uint64_t bits = random();
  const auto column = static_cast<std::uint32_t>(((bits >> 32U) * columns_.size()) >> 32U);
  const double at = static_cast<double>(bits & 0xffffffffU) * 0x1p-32;
  return at < columns_[column].own ? column : columns_[column].other;
}

}  // namespace load
