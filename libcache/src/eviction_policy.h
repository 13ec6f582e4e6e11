#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include <libcache/options.h>

#include "hash.h"
#include "mark_epoch.h"

namespace libcache {

/// How many entries have each mark: of those that may be evicted.
using Census = std::array<std::uint32_t, 256>;
[[nodiscard]] std::uint64_t total(const Census& census);

/// The marks, from `first` to `last`, of the entries that are to go before all others.
struct EvictionWindow {
  Mark first = 0;
  Mark last = 0;
  std::uint64_t entries = 0;  ///< how many have them

  [[nodiscard]] bool has(Mark mark) const { return mark >= first && mark <= last; }
};

/// Who goes first when memory is short, as a number on each entry: entries whose marks are in the
/// policy's window are evicted (eviction_sweep.h finds them), those with lower marks before others
/// nearby. A mark is one byte in the index bucket, so a hit writes to the cache line that it has
/// read anyway, and writes nothing if the mark stays.
///
/// Most policies just say by their marks who goes first: lowest marks do. Others choose the window
/// themselves, give an entry in it another chance, or remember who was evicted.
///
/// One object a shard, guarded by the shard's lock.
class EvictionPolicy {
 public:
  virtual ~EvictionPolicy() = default;

  /// The mark of an entry that is stored now, in a shard that has `entries`.
  [[nodiscard]] virtual Mark stored(KeyHash hash, std::size_t entries) = 0;
  /// The mark of an entry that had `mark` and is used now.
  [[nodiscard]] virtual Mark used(Mark mark, std::size_t entries) = 0;

  /// Who is to go before all others, as the census stands: about one of `share` entries at least
  /// (64, or a lower power of two if the hand meets too few; all of them if it is 1). No entries if
  /// there are none.
  [[nodiscard]] virtual EvictionWindow window(const Census& census, std::size_t share);
  /// The new mark of an entry in the window that the hand has met, if it is to stay; nothing if it
  /// may go.
  [[nodiscard]] virtual std::optional<Mark> spare(Mark /*mark*/) { return std::nullopt; }
  /// Whether evicted() is to be told of an entry with this mark.
  [[nodiscard]] virtual bool remembers(Mark /*mark*/) const { return false; }
  virtual void evicted(KeyHash /*hash*/) {}

  /// Time passes; called now and then, also without requests.
  virtual void tick(std::int64_t /*now_ms*/) {}
  /// The time at which tick() should be called next; INT64_MAX if it need not be.
  [[nodiscard]] virtual std::int64_t next_tick() const;
  /// Gives back memory that so many entries do not need, in so many steps. Returns whether there is
  /// more.
  virtual bool trim(std::size_t /*entries*/, std::size_t /*steps*/) { return false; }

  /// Whether marks should be renumbered; then renumber() says how each reads from then on.
  [[nodiscard]] virtual bool wants_renumbering() const { return false; }
  virtual void renumber(const Census& /*census*/, std::array<Mark, 256>& /*translation*/) {}

  /// Milliseconds since an entry with this mark was used, about; 0 if the policy does not know.
  [[nodiscard]] virtual std::int64_t idle_ms(Mark /*mark*/, std::int64_t /*now_ms*/) const {
    return 0;
  }
  /// How often an entry with this mark is used, on a scale of the policy's; 0 if unknown.
  [[nodiscard]] virtual int frequency(Mark /*mark*/) const { return 0; }

 protected:
  /// The window of the lowest marks, so wide that it has `wanted` entries (at least 1).
  [[nodiscard]] static EvictionWindow lowest(const Census& census, std::uint64_t wanted);
};

/// Whether only entries with a deadline may be evicted.
[[nodiscard]] bool only_volatile(Policy policy);

/// `arena` is for what a policy remembers, `seed` for one that draws lots. kNoEviction and
/// kVolatileTtl, which have no use for marks, get those of LRU, for EntryInfo::idle_ms.
[[nodiscard]] std::unique_ptr<EvictionPolicy> make_eviction_policy(Policy policy, Arena& arena,
                                                                   const Clock& clock,
                                                                   std::uint64_t seed);

}  // namespace libcache
