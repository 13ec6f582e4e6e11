#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace libcache {

/// Which of the sampled keys (sampled_keys.h).
using SampleId = std::uint16_t;
inline constexpr SampleId kNoSample = std::numeric_limits<SampleId>::max();
/// Bytes that a sampled key takes in a cache.
using SampleWeight = std::uint32_t;

/// An LRU stack that tells how deep a key lies: a cache that evicts the least recently used has the
/// key if it has room for all that is no deeper (Mattson et al., IBM Systems Journal 1970). So one
/// stack stands for caches of all sizes.
///
/// Keys lie at positions, the newest at the highest; a new one goes on top. Sums of weights are
/// kept in a Fenwick tree (Fenwick, Software: Practice and Experience 1994) over the positions, so
/// that all takes O(log n). When the positions are used up, the used ones move together.
///
/// What is removed leaves a hole: in the caches that had it there is room, which does not bring
/// back what they evicted before. Whatever is stored next fills it, the topmost hole first, so that
/// nothing below a hole sinks.
///
///     position   0                                               positions
///     weight     | 80 |  - | 96 | 80 | 120 |  - | 64 | 80 |  -  |
///     owner      | k7 |  - | k3 | hole | k1 |  - | k9 | k2 |  -  |
///                  deepest                            ^ top   ^ next_
///
/// Invariants (check_invariants()): the tree's sums are those of the weights; a position without
/// weight has no owner; one with weight and without owner is a hole, and has its bit; an owner
/// knows its position.
class StackDistances {
 public:
  /// `keys`: how many there may be at once.
  explicit StackDistances(std::size_t keys);

  [[nodiscard]] bool has(SampleId key) const { return position_[key] != kNowhere; }
  /// The weight of all that is no deeper, the key's own and holes included.
  [[nodiscard]] std::uint64_t distance(SampleId key) const {
    return total_ - sum_before(position_[key]);
  }
  [[nodiscard]] std::uint64_t total() const { return total_; }

  /// Puts a key on top that is not there yet. Weights are at least 1.
  void push(SampleId key, SampleWeight weight);
  /// Moves a key to the top, with a weight that may be another one.
  void touch(SampleId key, SampleWeight weight);
  /// Takes a key out of the caches that have it.
  void remove(SampleId key);
  /// Takes a key out as if it had never been there.
  void drop(SampleId key);
  /// The deepest key; kNoSample if there is none. Forgets holes below it.
  [[nodiscard]] SampleId bottom();
  /// Makes holes smaller, by one of `share` parts.
  void shrink_holes(SampleWeight share);

  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] std::string check_invariants() const;

 private:
  static constexpr std::uint32_t kNowhere = std::numeric_limits<std::uint32_t>::max();
  // After moving together there are at most two positions a key (neighbouring holes become one), so
  // that it takes as many pushes as there may be keys until it is done again.
  static constexpr std::size_t kPositionsAKey = 3;

  [[nodiscard]] std::uint64_t sum_before(std::uint32_t position) const;
  void add(std::uint32_t position, std::int64_t weight);
  void set_hole(std::uint32_t position, bool is_hole);
  [[nodiscard]] bool is_hole(std::uint32_t position) const {
    return (holes_[position / 64] >> position % 64 & 1U) != 0;
  }
  [[nodiscard]] std::uint32_t topmost_hole();
  void fill_holes(SampleWeight weight);
  void move_together();
  void sum_up();

  std::vector<std::uint64_t> tree_;
  std::vector<SampleWeight> weight_;
  std::vector<SampleId> owner_;
  std::vector<std::uint64_t> holes_;  // bit i: position i
  std::vector<std::uint32_t> position_;
  std::uint64_t total_ = 0;
  std::size_t hole_count_ = 0;
  std::size_t highest_hole_word_ = 0;  // of holes_ that may have one
  std::uint32_t next_ = 0;             // the position for who comes
  std::uint32_t lowest_ = 0;           // nothing has weight below it
};

}  // namespace libcache
