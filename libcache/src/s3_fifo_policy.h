#pragma once

#include <limits>

#include "eviction_policy.h"
#include "generations.h"
#include "ghost_queue.h"

namespace libcache {

/// S3-FIFO (Yang, Zhang, Qiu, Yue, Rashmi: "FIFO queues are all you need for cache eviction", SOSP
/// 2023). A new entry joins a small queue, a tenth of the entries; one that is used twice before it
/// has reached the end moves to the main queue, another is evicted, but remembered for a while: if
/// it is stored again, it joins the main queue at once. An entry at the end of the main queue goes
/// round again, as often as it was used, at most three times.
///
/// There are no queues here, only marks: which queue, the generation in which the entry joined it,
/// and how often it was used since.
///
///     0                             96                                256
///     | small: 32 generations       | main: 40 generations            |
///     | of 3 marks for 0 to 2 uses  | of 4 marks for 0 to 3 uses      |
///
/// The end of a queue is its oldest generations, an eighth of it: the sweep's hand makes one round
/// for them, and what goes round or changes queues gets another mark where it is. So for each entry
/// that the hand meets it reads eight cache lines in a row for the small queue (one in 80 entries,
/// chains of ten), one for the main queue. A hit adds one to the uses until they are at their
/// most.
class S3FifoPolicy final : public EvictionPolicy {
 public:
  explicit S3FifoPolicy(Arena& arena) : ghosts_(arena) {}

  Mark stored(KeyHash hash, std::size_t entries) override;
  Mark used(Mark mark, std::size_t entries) override;
  [[nodiscard]] EvictionWindow window(const Census& census, std::size_t share) override;
  [[nodiscard]] std::optional<Mark> spare(Mark mark) override;
  [[nodiscard]] bool remembers(Mark mark) const override { return !main_.has(mark); }
  void evicted(KeyHash hash) override { ghosts_.add(hash); }
  bool trim(std::size_t entries, std::size_t steps) override;
  [[nodiscard]] bool wants_renumbering() const override;
  void renumber(const Census& census, std::array<Mark, 256>& translation) override;
  [[nodiscard]] int frequency(Mark mark) const override;

 private:
  static constexpr std::size_t kSmallShare = 10;

  /// One of the two queues: its generations, and what their marks are.
  class Queue {
   public:
    Queue(unsigned first_mark, unsigned numbers, unsigned most_uses)
        : first_(first_mark),
          numbers_(numbers),
          levels_(most_uses + 1),
          generations_(numbers, numbers - kMergeEarly) {}

    [[nodiscard]] bool has(Mark mark) const {
      return mark >= first_ && mark < first_ + numbers_ * levels_;
    }
    [[nodiscard]] unsigned uses(Mark mark) const { return (mark - first_) % levels_; }
    [[nodiscard]] bool used_most(Mark mark) const { return uses(mark) == levels_ - 1; }
    [[nodiscard]] std::uint64_t size(const Census& census) const;
    /// The mark of an entry that joins a queue of that size.
    [[nodiscard]] Mark join(std::uint64_t size, unsigned uses);
    /// The oldest generations, so many that they hold one of `share` entries. Nobody joins these
    /// any more.
    [[nodiscard]] EvictionWindow oldest(const Census& census, std::size_t share);
    [[nodiscard]] bool wants_merge() const { return generations_.wants_merge(); }
    void merge(const Census& census, std::array<Mark, 256>& translation);

   private:
    static constexpr std::size_t kParts = 8;
    // At most 2 x 8 + 1 generations remain after a merge: enough numbers are left.
    static constexpr unsigned kMergeEarly = 4;

    [[nodiscard]] unsigned mark(unsigned generation) const { return first_ + generation * levels_; }
    [[nodiscard]] std::uint32_t held(const Census& census, unsigned generation) const;

    unsigned first_;
    unsigned numbers_;
    unsigned levels_;
    Generations generations_;
  };

  Queue small_{0, 32, 2};
  Queue main_{96, 40, 3};
  // As of the last window: of all entries that may be evicted, and of the main queue's.
  std::uint64_t size_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t main_size_ = 0;
  GhostQueue ghosts_;
};

}  // namespace libcache
