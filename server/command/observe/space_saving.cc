#include "server/command/observe/space_saving.h"

#include <algorithm>
#include <iterator>

namespace sideline::command {

std::size_t SpaceSaving::find(std::uint64_t hash) const {
  const auto end = hashes_.begin() + static_cast<std::ptrdiff_t>(size_);
  return static_cast<std::size_t>(
      std::distance(hashes_.begin(), std::find(hashes_.begin(), end, hash)));
}

std::size_t SpaceSaving::smallest() const {
  const auto end = counts_.begin() + static_cast<std::ptrdiff_t>(size_);
  return static_cast<std::size_t>(
      std::distance(counts_.begin(), std::min_element(counts_.begin(), end)));
}

void SpaceSaving::add(std::uint64_t hash, std::string_view key, int database, double weight) {
  const std::size_t known = find(hash);
  if (known != size_) {
    counts_[known] += weight;
    return;
  }
  const bool has_free = size_ < kCounters;
  const std::size_t taken = has_free ? size_ : smallest();
  // What may fail comes first.
  counters_[taken].key.assign(key.substr(0, kMostKeyBytes));
  if (has_free) ++size_;
  const double before = counts_[taken];
  hashes_[taken] = hash;
  counts_[taken] = before + weight;
  counters_[taken].database = database;
  counters_[taken].error = before;
}

void SpaceSaving::scale(double factor) {
  for (std::size_t i = 0; i != size_; ++i) {
    counts_[i] *= factor;
    counters_[i].error *= factor;
  }
}

}  // namespace sideline::command
