#include "bench/engine/workload.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <numeric>
#include <random>

namespace bench {
namespace {

constexpr double kZipfExponent = 0.99;
constexpr std::uint64_t kSeed = 20'240'501;

using Random = std::mt19937_64;

/// Draws ranks, from 0, the most popular first.
std::function<std::size_t()> rank_source(Choice choice, std::size_t keys, Random& random) {
  if (choice == Choice::kUniform) {
    return [&random, draw = std::uniform_int_distribution<std::size_t>(0, keys - 1)]() mutable {
      return draw(random);
    };
  }
  std::vector<double> cumulative(keys);
  double sum = 0;
  for (std::size_t rank = 0; rank < keys; ++rank) {
    sum += 1 / std::pow(static_cast<double>(rank + 1), kZipfExponent);
    cumulative[rank] = sum;
  }
  return [&random, cumulative = std::move(cumulative),
          draw = std::uniform_real_distribution<double>(0, sum)]() mutable {
    const auto found = std::upper_bound(cumulative.begin(), cumulative.end() - 1, draw(random));
    return static_cast<std::size_t>(found - cumulative.begin());
  };
}

}  // namespace

KeyBytes make_key(std::uint64_t number) {
  KeyBytes key = {'k', 'e', 'y', ':'};
  for (auto digit = key.rbegin(); digit != key.rend() - 4; ++digit) {
    *digit = static_cast<char>('0' + number % 10);
    number /= 10;
  }
  return key;
}

KeyBytes make_fresh_key(std::uint32_t run, std::uint64_t number) {
  KeyBytes key = {'n', 'e', 'w', ':'};
  std::memcpy(key.data() + 4, &run, sizeof run);
  std::memcpy(key.data() + 8, &number, sizeof number);
  return key;
}

std::vector<KeyBytes> make_sequence(Choice choice, std::uint64_t first, std::size_t keys,
                                    std::size_t length) {
  Random random(kSeed);
  std::vector<std::uint64_t> numbers(keys);  // by rank
  std::iota(numbers.begin(), numbers.end(), first);
  std::shuffle(numbers.begin(), numbers.end(), random);
  const auto next_rank = rank_source(choice, keys, random);
  std::vector<KeyBytes> sequence(length);
  std::generate(sequence.begin(), sequence.end(), [&] { return make_key(numbers[next_rank()]); });
  return sequence;
}

}  // namespace bench
