#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "arena.h"
#include "hash.h"

namespace libcache {

/// Remembers which keys were evicted lately, about as many as there are entries: two bytes each.
///
/// A line of 64 bytes is a queue of 31 fingerprints of its own, of which the oldest is overwritten:
///
///     0         2                                                            64
///     | oldest  | fingerprints 31 x 2 B, 0: none                             |
///
/// Of n entries in n / 31 lines, a key is remembered for n evictions in the mean (standard
/// deviation 1 / sqrt(31) = 18 %, as they fall into the lines at random). A key that never was here
/// is taken for one that was with probability 31 / 65535 = 0.05 %: databases are not told apart
/// either.
///
/// The number of lines follows that of the entries, by linear hashing as in index.h: but a line
/// that is split is copied, and what does not belong there any more falls out with time. Lines lie
/// in pages of 128 in the arena, taken beyond the limit if need be (writes make up for it): a
/// policy that is changed in a full cache has to remember too. (The list of pages is on the heap: 4
/// bytes a page, 0.05 %.) Guarded by the shard's lock.
class GhostQueue {
 public:
  explicit GhostQueue(Arena& arena) : arena_(arena) {}
  ~GhostQueue();
  GhostQueue(const GhostQueue&) = delete;
  GhostQueue& operator=(const GhostQueue&) = delete;

  void add(KeyHash hash);
  /// Forgets a key. Returns whether it was remembered.
  bool take(KeyHash hash);

  /// Changes the number of lines by at most one towards what so many entries need. Returns whether
  /// there are still too many. Without memory it does not grow.
  bool fit(std::size_t entries);

  [[nodiscard]] std::size_t lines() const { return line_count_; }

 private:
  struct alignas(64) Line {
    static constexpr std::size_t kPlaces = 31;

    std::uint16_t oldest;
    std::array<std::uint16_t, kPlaces> fingerprints;
  };
  static_assert(sizeof(Line) == 64);
  static constexpr std::uint32_t kLinesAPage = Arena::kIndexPageBytes / sizeof(Line);

  [[nodiscard]] static std::uint16_t fingerprint(KeyHash hash);
  [[nodiscard]] Line& line(std::uint32_t number) const;
  [[nodiscard]] Line& line_of(KeyHash hash) const;
  void append_line();
  void remove_last_line();

  Arena& arena_;
  std::vector<Ref> pages_;
  std::uint32_t line_count_ = 0;
};

}  // namespace libcache
