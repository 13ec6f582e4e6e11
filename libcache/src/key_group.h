#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>

#include <libcache/key.h>

#include "engine.h"
#include "hash.h"

namespace libcache {

/// Some keys, ordered by the shard they belong to: so that each shard is locked once for all of its
/// keys, whose memory is fetched at the same time.
class KeyGroup {
 public:
  /// The lines that 64 keys need, 4 each, stay in the first-level cache: 16 KiB.
  static constexpr std::size_t kMost = 64;

  /// At most kMost keys, which must outlive it.
  KeyGroup(const Engine& engine, std::span<const HashedKey> keys) : engine_(engine), keys_(keys) {
    assert(keys.size() <= kMost);
    const unsigned shards = engine.shard_count();
    for (const HashedKey& key : keys) ++ends_[KeyHash{key.hash}.shard(shards)];
    // A counting sort: first where each shard's members begin, which filling them in moves on to
    // where they end.
    std::uint8_t begin = 0;
    for (std::uint8_t& end : std::span(ends_).first(shards)) {
      const std::uint8_t count = end;
      end = begin;
      begin = static_cast<std::uint8_t>(begin + count);
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
      members_[ends_[KeyHash{keys[i].hash}.shard(shards)]++] = static_cast<std::uint8_t>(i);
    }
  }

  /// Calls visit(shard, members) for each shard that has any; the members are the numbers of keys,
  /// in the order of the keys. Begins with the shard of the first key and leaves those for the end
  /// whose lock is held: threads that all went from shard 0 on would wait for one another at each.
  template <class Visit>
  void for_each_shard(Visit&& visit) const {
    std::uint64_t held = 0;
    visit_those(~std::uint64_t{0}, [&](Shard& shard, unsigned number) {
      if (shard.mutex().is_held()) {
        held |= std::uint64_t{1} << number;
      } else {
        visit(shard, members(number));
      }
    });
    visit_those(held, [&](Shard& shard, unsigned number) { visit(shard, members(number)); });
  }

  /// As for_each_shard(), without those whose lock is held: for what is not worth waiting.
  template <class Visit>
  void for_each_free_shard(Visit&& visit) const {
    visit_those(~std::uint64_t{0}, [&](Shard& shard, unsigned number) {
      if (!shard.mutex().is_held()) visit(shard, members(number));
    });
  }

  [[nodiscard]] Key key(std::size_t i) const { return keys_[i].key; }
  [[nodiscard]] KeyHash hash(std::size_t i) const { return {keys_[i].hash}; }
  [[nodiscard]] Shard& shard(std::size_t i) const { return engine_.shard_of(hash(i)); }

 private:
  /// Calls visit(shard, number) for those of the shards whose bits are set that have members.
  template <class Visit>
  void visit_those(std::uint64_t shards, Visit&& visit) const {
    if (keys_.empty()) return;
    const unsigned count = engine_.shard_count();
    const unsigned first = KeyHash{keys_.front().hash}.shard(count);
    for (unsigned i = 0; shards != 0 && i < count; ++i) {
      const unsigned number = (first + i) & (count - 1);
      if ((shards >> number & 1U) == 0 || members(number).empty()) continue;
      visit(engine_.shard(number), number);
    }
  }
  [[nodiscard]] std::span<const std::uint8_t> members(unsigned shard) const {
    const std::size_t begin = shard == 0 ? 0 : ends_[shard - 1];
    return std::span(members_).subspan(begin, ends_[shard] - begin);
  }

  const Engine& engine_;
  std::span<const HashedKey> keys_;
  std::array<std::uint8_t, 64> ends_{};  // by shard: where its members end
  std::array<std::uint8_t, kMost> members_;
};

}  // namespace libcache
