#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <libcache/value.h>

namespace libcache {

/// Why an entry is no longer what it was.
enum class RemovalCause : std::uint8_t {
  kExplicit,     ///< erased, renamed, cleared, or set with a lifetime that is over
  kReplaced,     ///< its value was overwritten or changed in place
  kExpired,      ///< its deadline passed
  kEvicted,      ///< memory was needed
  kInvalidated,  ///< invalidate_tag() or invalidate_prefix()
};

/// An entry that a cache does not have any more.
struct Removal {
  std::string key;
  int database = 0;
  /// What it was. Nothing if that is larger than a listener may keep in memory: kMostRemovalBytes,
  /// or a 16th of the limit. A large value is pinned, and charged to the limit, until it is
  /// dropped.
  std::optional<Value> value = {};
  RemovalCause cause = RemovalCause::kExplicit;
};

/// Is told of removals, in the order in which they happened to each key, but later: with none of
/// the cache's locks held, by a thread of the cache's own (Maintenance::kThread) or by who calls
/// Cache::maintain() (kManual), one call at a time for each of these threads. So it may be slow and
/// may use the cache; the key may have another value by then. It must not throw.
///
/// An entry is removed when that is found out: one that expired or was invalidated when it is asked
/// for or reclaimed, one that was cleared when its memory is reclaimed. Another deadline is no
/// removal; nor is the end of a negative entry (load.h), or of the cache. ~Cache() still delivers
/// what waits.
///
/// What waits for a slow listener is bounded: kMostRemovals of kMostRemovalBytes together (or a
/// 16th of the limit, if that is less), beyond the limit unless pinned. What does not fit is not
/// told, and counted: Stats::dropped_removals.
using RemovalListener = std::function<void(Removal removal)>;

inline constexpr std::size_t kMostRemovals = 4096;
inline constexpr std::size_t kMostRemovalBytes = std::size_t{4} << 20;

}  // namespace libcache
