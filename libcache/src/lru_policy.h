#pragma once

#include "eviction_policy.h"
#include "generations.h"

namespace libcache {

/// Least recently used, by generations. A mark is the number of the generation in which the entry
/// was last used. A generation ends when a 64th of the entries has been used in it (or a second has
/// passed), so evicting from the oldest generations evicts among the 1/64 or so of the entries that
/// were unused for longest: what an exact LRU list would evict, to within 1/64 of its length,
/// without a list. An entry that is used again within a generation writes nothing.
///
/// The idea of ageing by generations is that of Linux's multi-gen LRU
/// (https://docs.kernel.org/mm/multigen_lru.html).
///
/// When 192 numbers are used up, neighbouring generations that together hold no more than a 64th
/// are merged: at most 2 x 64 + 1 remain, so that there are at least 62 more before the next merge,
/// enough for the background pass to be through.
class LruPolicy final : public EvictionPolicy {
 public:
  explicit LruPolicy(const Clock& clock);

  Mark stored(KeyHash hash, std::size_t entries) override;
  Mark used(Mark mark, std::size_t entries) override {
    if (mark != current()) join(entries);
    return current();
  }
  void tick(std::int64_t now_ms) override;
  [[nodiscard]] std::int64_t next_tick() const override;
  [[nodiscard]] bool wants_renumbering() const override { return generations_.wants_merge(); }
  void renumber(const Census& census, std::array<Mark, 256>& translation) override;
  [[nodiscard]] std::int64_t idle_ms(Mark mark, std::int64_t now_ms) const override;

 private:
  static constexpr std::size_t kParts = 64;
  static constexpr unsigned kMergeAt = 192;
  static constexpr std::int64_t kLongestMs = 1000;

  [[nodiscard]] Mark current() const { return static_cast<Mark>(generations_.current()); }
  void join(std::size_t entries) {
    generations_.join((entries + kParts - 1) / kParts);
    if (generations_.joined() == 1) [[unlikely]]
      began_ms_[current()] = clock_.now_ms();
  }

  const Clock& clock_;
  Generations generations_{256, kMergeAt};
  // When each generation was first used: within it, nobody knows when an entry was.
  std::array<std::int64_t, 256> began_ms_{};
};

}  // namespace libcache
