#include "s3_fifo_policy.h"

#include <algorithm>
#include <numeric>

namespace libcache {

// ---------------------------------------------------------------------------------------------
// One queue

std::uint32_t S3FifoPolicy::Queue::held(const Census& census, unsigned generation) const {
  const auto begin = census.begin() + mark(generation);
  return std::accumulate(begin, begin + levels_, std::uint32_t{0});
}

std::uint64_t S3FifoPolicy::Queue::size(const Census& census) const {
  const auto begin = census.begin() + first_;
  return std::accumulate(begin, begin + numbers_ * levels_, std::uint64_t{0});
}

Mark S3FifoPolicy::Queue::join(std::uint64_t size, unsigned uses) {
  generations_.join(size / kParts);
  return static_cast<Mark>(mark(generations_.current()) + uses);
}

EvictionWindow S3FifoPolicy::Queue::oldest(const Census& census, std::size_t share) {
  const std::uint64_t wanted = std::max<std::uint64_t>(1, size(census) / share);
  EvictionWindow window{.first = static_cast<Mark>(first_)};
  unsigned generation = 0;
  for (;; ++generation) {
    window.entries += held(census, generation);
    if (window.entries >= wanted || generation == generations_.current()) break;
  }
  window.last = static_cast<Mark>(mark(generation) + levels_ - 1);
  if (generation == generations_.current()) generations_.begin();
  return window;
}

void S3FifoPolicy::Queue::merge(const Census& census, std::array<Mark, 256>& translation) {
  std::array<std::uint32_t, 256> entries{};
  std::array<unsigned, 256> renamed{};
  const unsigned last = generations_.current();
  for (unsigned old = 0; old <= last; ++old) entries[old] = held(census, old);
  generations_.merge(entries, size(census) / kParts, renamed);
  for (unsigned old = 0; old <= last; ++old) {
    for (unsigned uses = 0; uses < levels_; ++uses) {
      translation[mark(old) + uses] = static_cast<Mark>(mark(renamed[old]) + uses);
    }
  }
}

// ---------------------------------------------------------------------------------------------
// The policy

Mark S3FifoPolicy::stored(KeyHash hash, std::size_t entries) {
  ghosts_.fit(entries);
  if (ghosts_.take(hash)) return main_.join(main_size_, 0);
  return small_.join(std::min<std::uint64_t>(entries, size_) / kSmallShare, 0);
}

Mark S3FifoPolicy::used(Mark mark, std::size_t /*entries*/) {
  const Queue& queue = main_.has(mark) ? main_ : small_;
  return queue.used_most(mark) ? mark : static_cast<Mark>(mark + 1);
}

EvictionWindow S3FifoPolicy::window(const Census& census, std::size_t share) {
  constexpr std::size_t kWiden = 8;  // of 64: an eighth of a queue
  const std::uint64_t small = small_.size(census);
  main_size_ = main_.size(census);
  size_ = small + main_size_;
  if (share < kWiden) return lowest(census, size_);
  const bool take_small =
      main_size_ == 0 || small >= std::max<std::uint64_t>(1, size_ / kSmallShare);
  return (take_small ? small_ : main_).oldest(census, share / kWiden);
}

std::optional<Mark> S3FifoPolicy::spare(Mark mark) {
  if (main_.has(mark)) {
    if (main_.uses(mark) == 0) return std::nullopt;
    return main_.join(main_size_, main_.uses(mark) - 1);
  }
  if (!small_.used_most(mark)) return std::nullopt;
  return main_.join(main_size_, 0);
}

bool S3FifoPolicy::trim(std::size_t entries, std::size_t steps) {
  bool more = true;
  for (; more && steps != 0; --steps) more = ghosts_.fit(entries);
  return more;
}

bool S3FifoPolicy::wants_renumbering() const { return small_.wants_merge() || main_.wants_merge(); }

void S3FifoPolicy::renumber(const Census& census, std::array<Mark, 256>& translation) {
  translation.fill(0);
  small_.merge(census, translation);
  main_.merge(census, translation);
}

int S3FifoPolicy::frequency(Mark mark) const {
  return static_cast<int>((main_.has(mark) ? main_ : small_).uses(mark));
}

}  // namespace libcache
