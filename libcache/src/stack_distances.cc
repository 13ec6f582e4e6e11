#include "stack_distances.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace libcache {

StackDistances::StackDistances(std::size_t keys)
    : tree_(keys * kPositionsAKey + 1),
      weight_(keys * kPositionsAKey),
      owner_(keys * kPositionsAKey, kNoSample),
      holes_(keys * kPositionsAKey / 64 + 1),
      position_(keys, kNowhere) {}

std::uint64_t StackDistances::sum_before(std::uint32_t position) const {
  std::uint64_t sum = 0;
  for (std::uint32_t i = position; i != 0; i &= i - 1) sum += tree_[i];
  return sum;
}

void StackDistances::add(std::uint32_t position, std::int64_t weight) {
  const auto change = static_cast<std::uint64_t>(weight);  // wraps as it should
  total_ += change;
  weight_[position] += static_cast<SampleWeight>(weight);
  for (std::size_t i = position + 1; i < tree_.size(); i += i & -i) tree_[i] += change;
}

void StackDistances::set_hole(std::uint32_t position, bool is_hole) {
  const std::size_t word = position / 64;
  holes_[word] ^= std::uint64_t{1} << position % 64;
  hole_count_ += is_hole ? 1 : -std::size_t{1};
  if (is_hole) highest_hole_word_ = std::max(highest_hole_word_, word);
}

/// Precondition: there is one.
std::uint32_t StackDistances::topmost_hole() {
  while (holes_[highest_hole_word_] == 0) --highest_hole_word_;
  const int above = std::countl_zero(holes_[highest_hole_word_]);
  return static_cast<std::uint32_t>(highest_hole_word_ * 64 + 63) -
         static_cast<std::uint32_t>(above);
}

void StackDistances::fill_holes(SampleWeight weight) {
  while (weight != 0 && hole_count_ != 0) {
    const std::uint32_t hole = topmost_hole();
    const SampleWeight filled = std::min(weight, weight_[hole]);
    add(hole, -std::int64_t{filled});
    if (weight_[hole] == 0) set_hole(hole, false);
    weight -= filled;
  }
}

void StackDistances::push(SampleId key, SampleWeight weight) {
  fill_holes(weight);
  if (next_ == weight_.size()) move_together();
  position_[key] = next_;
  owner_[next_] = key;
  add(next_, weight);
  ++next_;
}

void StackDistances::touch(SampleId key, SampleWeight weight) {
  remove(key);
  push(key, weight);
}

void StackDistances::remove(SampleId key) {
  const std::uint32_t position = std::exchange(position_[key], kNowhere);
  owner_[position] = kNoSample;
  set_hole(position, true);
}

void StackDistances::drop(SampleId key) {
  const std::uint32_t position = std::exchange(position_[key], kNowhere);
  owner_[position] = kNoSample;
  add(position, -std::int64_t{weight_[position]});
}

SampleId StackDistances::bottom() {
  for (; lowest_ != next_; ++lowest_) {
    if (owner_[lowest_] != kNoSample) return owner_[lowest_];
    if (!is_hole(lowest_)) continue;
    add(lowest_, -std::int64_t{weight_[lowest_]});
    set_hole(lowest_, false);
  }
  return kNoSample;
}

void StackDistances::shrink_holes(SampleWeight share) {
  for (std::uint32_t i = 0; hole_count_ != 0 && i != next_; ++i) {
    if (is_hole(i)) add(i, -std::int64_t{weight_[i] / share});
  }
}

void StackDistances::move_together() {
  std::uint32_t to = 0;
  bool after_hole = false;
  for (std::uint32_t from = 0; from != next_; ++from) {
    const SampleWeight weight = weight_[from];
    const SampleId owner = owner_[from];
    const bool hole = is_hole(from);
    if (hole) set_hole(from, false);
    weight_[from] = 0;
    owner_[from] = kNoSample;
    if (owner == kNoSample && !hole) continue;
    if (hole && after_hole) {  // what is more than a weight can say is forgotten
      weight_[to - 1] = static_cast<SampleWeight>(std::min<std::uint64_t>(
          std::uint64_t{weight_[to - 1]} + weight, std::numeric_limits<SampleWeight>::max()));
      continue;
    }
    weight_[to] = weight;
    owner_[to] = owner;
    if (owner != kNoSample) position_[owner] = to;
    if (hole) set_hole(to, true);
    after_hole = hole;
    ++to;
  }
  next_ = to;
  lowest_ = 0;
  sum_up();
}

/// Makes the tree anew: each of its places hands its sum on to the next one that contains it.
void StackDistances::sum_up() {
  std::ranges::fill(tree_, 0);
  total_ = 0;
  for (std::size_t i = 1; i != tree_.size(); ++i) {
    total_ += weight_[i - 1];
    tree_[i] += weight_[i - 1];
    const std::size_t next = i + (i & -i);
    if (next < tree_.size()) tree_[next] += tree_[i];
  }
}

std::size_t StackDistances::bytes() const {
  return tree_.size() * sizeof(tree_[0]) + weight_.size() * sizeof(weight_[0]) +
         owner_.size() * sizeof(owner_[0]) + holes_.size() * sizeof(holes_[0]) +
         position_.size() * sizeof(position_[0]);
}

std::string StackDistances::check_invariants() const {
  std::uint64_t sum = 0;
  std::size_t holes = 0;
  for (std::uint32_t i = 0; i != weight_.size(); ++i) {
    if (sum_before(i) != sum) return "stack distances: a sum of the tree is wrong";
    sum += weight_[i];
    holes += is_hole(i) ? 1U : 0U;
    const SampleId owner = owner_[i];
    if (owner != kNoSample && position_[owner] != i)
      return "stack distances: an owner is elsewhere";
    if (is_hole(i) != (owner == kNoSample && weight_[i] != 0)) {
      return "stack distances: a hole is not marked as one";
    }
  }
  if (sum != total_) return "stack distances: the total is wrong";
  if (holes != hole_count_) return "stack distances: holes are miscounted";
  return {};
}

}  // namespace libcache
