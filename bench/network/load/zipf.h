#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace load {

using Random = std::mt19937_64;

/// Draws ranks from 0 to size - 1, rank k with a probability proportional to 1 / (k + 1)^exponent.
/// Walker's alias method: one random number and one table entry a draw, whatever the size.
class Zipf {
 public:
  Zipf(std::uint32_t size, double exponent);

  [[nodiscard]] std::uint32_t operator()(Random& random) const;

 private:
  struct Column {
    double own;  // the share of the column that is its own rank's; the rest is `other`'s
    std::uint32_t other;
  };
  std::vector<Column> columns_;
};

}  // namespace load
