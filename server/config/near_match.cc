#include "server/config/near_match.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "server/config/letter_case.h"

namespace sideline::config {
namespace {

// Longer than any directive: what is, was not meant to be one, and the distance takes a time that
// grows with its square.
constexpr std::size_t kLongest = 64;

/// The optimal string alignment distance (Damerau 1964, each place changed once).
std::size_t distance(std::string_view a, std::string_view b) {
  // Row i has the distances of a's first i letters to b's first 0, 1, ... letters.
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(before_last, last);
    std::swap(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      const bool exchanged = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (exchanged) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view near_match(std::string_view text, std::span<const std::string_view> words) {
  if (text.size() > kLongest) return {};
  const std::string wanted = lower_case(text);
  std::string_view nearest;
  std::size_t least = text.size() / 3 + 1;
  for (const std::string_view word : words) {
    const std::size_t away = distance(wanted, lower_case(word));
    if (away >= least) continue;
    least = away;
    nearest = word;
  }
  return nearest;
}

}  // namespace sideline::config
