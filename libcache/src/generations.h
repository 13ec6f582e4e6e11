#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace libcache {

/// Numbers the generations of a queue of entries: 0 is the oldest, current() the one that entries
/// join. So a few bits on each entry keep the queue's order, to within a generation, without a
/// list.
///
/// There are only so many numbers. When they run short, merge() joins neighbouring generations that
/// together are small enough and numbers all of them anew, from 0; where even that comes too late,
/// the current generation just becomes larger.
class Generations {
 public:
  /// `numbers`: how many there are. `merge_at`: wants_merge() from that one on.
  Generations(unsigned numbers, unsigned merge_at) : last_(numbers - 1), merge_at_(merge_at) {}

  [[nodiscard]] unsigned current() const { return current_; }
  /// How many entries have joined the current generation.
  [[nodiscard]] std::size_t joined() const { return joined_; }

  /// An entry joins the current generation: a new one, if this one has `most` already (at least 1).
  void join(std::size_t most) {
    if (joined_ != 0 && joined_ >= most) begin();
    ++joined_;
  }
  void begin() {
    if (current_ == last_) return;
    ++current_;
    joined_ = 0;
  }

  [[nodiscard]] bool wants_merge() const { return current_ >= merge_at_; }
  /// `held`: how many entries each generation up to current() holds. Joins neighbours that together
  /// hold no more than `most`, the current one with none, and tells each one's new
  /// number. With a total of `most` x n, at most 2 n + 1 remain.
  void merge(std::span<const std::uint32_t> held, std::uint64_t most, std::span<unsigned> renamed);

 private:
  unsigned last_;
  unsigned merge_at_;
  unsigned current_ = 0;
  std::size_t joined_ = 0;
};

}  // namespace libcache
