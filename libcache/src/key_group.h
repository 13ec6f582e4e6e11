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
  /// The lines that 64 keys need, 3 each, stay in the first-level cache: 12 KiB.
  static constexpr std::size_t kMost = 64;

  struct Member {
    std::size_t index;  ///< in the keys
    Key key;
    KeyHash hash;
  };

  /// At most kMost keys.
  KeyGroup(const Engine& engine, std::span<const Key> keys) : engine_(engine) {
    assert(keys.size() <= kMost);
    std::array<KeyHash, kMost> hashes;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      hashes[i] = engine.hash(keys[i]);
      ++ends_[hashes[i].shard(engine.shard_count())];
    }
    // A counting sort: first where each shard's members begin, which filling them in moves on to
    // where they end.
    std::uint8_t begin = 0;
    for (std::uint8_t& end : shard_ends()) {
      const std::uint8_t count = end;
      end = begin;
      begin = static_cast<std::uint8_t>(begin + count);
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
      std::uint8_t& end = ends_[hashes[i].shard(engine.shard_count())];
      members_[end++] = {i, keys[i], hashes[i]};
    }
  }

  /// Calls visit(shard, members) for each shard that has any. Members keep the order of the keys.
  template <class Visit>
  void for_each_shard(Visit&& visit) const {
    std::size_t begin = 0;
    for (unsigned number = 0; number < engine_.shard_count(); ++number) {
      const std::size_t end = ends_[number];
      if (end != begin)
        visit(engine_.shard(number), std::span(members_).subspan(begin, end - begin));
      begin = end;
    }
  }

 private:
  [[nodiscard]] std::span<std::uint8_t> shard_ends() {
    return std::span(ends_).first(engine_.shard_count());
  }

  const Engine& engine_;
  std::array<std::uint8_t, 64> ends_{};  // by shard: where its members end
  std::array<Member, kMost> members_;
};

}  // namespace libcache
