#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include <libcache/tags.h>

#include "budget.h"
#include "mutex.h"

namespace libcache {

/// Counts the invalidations of a cache's tags. 64 bits never run out.
using Epoch = std::uint64_t;

/// The tags of an entry, and the epoch in which what it says was found out: it is good for as long
/// as none of its tags was invalidated after that. What a loader brought is as old as the beginning
/// of its flight.
struct Tagging {
  Tags tags = {};
  Epoch born = 0;

  friend bool operator==(const Tagging&, const Tagging&) = default;
};

/// When each tag was invalidated last. Invalidating writes two numbers, however many entries have
/// the tag, and knows none of them; who meets an entry holds it against its tags.
///
/// No tag has a place of its own, so their number takes no memory: each has two of up to 65536
/// cells, chosen by the halves of its 32 bits, and was last invalidated at the older of the two, or
/// before. So an invalidation is never missed, and an entry is lost without need only if both
/// cells of one of its tags were written for others while it lived: with k invalidations in that
/// time, about (2 k / 65536)^2 for each tag, 0.4 % for k = 2000. A limit below 256 MiB has fewer
/// cells, so that they take a 512th of it at most.
///
/// Thread-safe; only invalidate() takes a lock. The first one makes the cells and charges them.
class TagEpochs {
 public:
  explicit TagEpochs(Budget& budget) : budget_(budget) {}
  ~TagEpochs() { budget_.release(bytes()); }
  TagEpochs(const TagEpochs&) = delete;
  TagEpochs& operator=(const TagEpochs&) = delete;

  /// What invalidate() did up to this epoch is seen by who has asked for it.
  [[nodiscard]] Epoch now() const { return now_.load(std::memory_order_acquire); }
  /// Throws std::bad_alloc.
  void invalidate(std::string_view tag);
  /// Whether one of the tags was invalidated after the epoch in which they were given.
  [[nodiscard]] bool have_ended(const Tagging& tagging) const {
    return !tagging.tags.empty() && any_ended(tagging);
  }
  /// What the cells take.
  [[nodiscard]] std::size_t bytes() const;

 private:
  using Cell = std::atomic<Epoch>;

  [[nodiscard]] bool any_ended(const Tagging& tagging) const;
  void make_cells() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Budget& budget_;
  std::atomic<Epoch> now_{0};
  Mutex mutex_;
  std::unique_ptr<Cell[]> memory_ ABSL_GUARDED_BY(mutex_);
  std::size_t mask_ = 0;               // the number of cells less one; written before cells_
  std::atomic<Cell*> cells_{nullptr};  // of memory_, once it is there
};

}  // namespace libcache
