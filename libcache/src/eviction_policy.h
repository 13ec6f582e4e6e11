#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <libcache/options.h>

#include "mark_epoch.h"

namespace libcache {

/// How many entries have each mark: of those that may be evicted.
using Census = std::array<std::uint32_t, 256>;

/// Who goes first when memory is short, as a number on each entry: the entries with the lowest
/// marks are evicted (eviction_sweep.h finds them). A mark is one byte in the index bucket, so a
/// hit writes to the cache line that it has read anyway, and writes nothing if the mark stays.
///
/// One object a shard, guarded by the shard's lock.
class EvictionPolicy {
 public:
  virtual ~EvictionPolicy() = default;

  /// The mark of an entry that is stored now, in a shard that has `entries`.
  [[nodiscard]] virtual Mark stored(std::size_t entries) = 0;
  /// The mark of an entry that had `mark` and is used now.
  [[nodiscard]] virtual Mark used(Mark mark, std::size_t entries) = 0;

  /// Time passes; called now and then, also without requests.
  virtual void tick(std::int64_t now_ms) = 0;
  /// The time at which tick() should be called next; INT64_MAX if it need not be.
  [[nodiscard]] virtual std::int64_t next_tick() const = 0;

  /// Whether marks should be renumbered; then renumber() says how each reads from then on.
  [[nodiscard]] virtual bool wants_renumbering() const = 0;
  virtual void renumber(const Census& census, std::array<Mark, 256>& translation) = 0;

  /// Milliseconds since an entry with this mark was used, about; 0 if the policy does not know.
  [[nodiscard]] virtual std::int64_t idle_ms(Mark mark, std::int64_t now_ms) const = 0;
  /// How often an entry with this mark is used, on a logarithmic scale; 0 if unknown.
  [[nodiscard]] virtual int frequency(Mark mark) const = 0;
};

/// Whether only entries with a deadline may be evicted.
[[nodiscard]] bool only_volatile(Policy policy);

/// `seed` is for policies that draw lots. kNoEviction and kVolatileTtl, which have no use for
/// marks, get those of LRU, for EntryInfo::idle_ms.
[[nodiscard]] std::unique_ptr<EvictionPolicy> make_eviction_policy(Policy policy,
                                                                   const Clock& clock,
                                                                   std::uint64_t seed);

}  // namespace libcache
