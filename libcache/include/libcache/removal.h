#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace libcache {

/// Why an entry is no longer what it was.
enum class RemovalCause : std::uint8_t {
  kExplicit,     ///< erased, renamed, cleared, found absent by a load, or set with a lifetime that
                 ///< is over
  kReplaced,     ///< its value was overwritten or changed in place
  kExpired,      ///< its deadline passed
  kEvicted,      ///< memory was needed
  kInvalidated,  ///< invalidate_tag() or invalidate_prefix()
};

/// An entry that a cache does not have any more.
struct Removal {
  std::string key;
  int database = 0;
  /// What it was. Nothing if that is larger than what may wait: see RemovalListener.
  std::optional<std::string> value = {};
  RemovalCause cause = RemovalCause::kExplicit;
};

/// Is told of removals, later than they happen: with none of the cache's locks held, one call at a
/// time, by a thread of the cache's own (Maintenance::kThread) or by who calls Cache::maintain()
/// (kManual). So it may be slow and may use the cache. It must not throw, destroy the cache, or
/// wait for who does.
///
/// The removals of a key are told in their order, but for those by clear(), which are told when the
/// memory is reclaimed: the key may have another value by then, and that may have been told as
/// removed. What expired or was invalidated is removed when that is found out: when it is asked for
/// or reclaimed. Another deadline is no removal; nor is the end of a negative entry (load.h), a
/// swap of databases, or the end of the cache. ~Cache() still tells what waits, but not what a
/// listener removes meanwhile.
///
/// What waits for a slow listener is bounded: kMostRemovalBytes of keys, values and 160 bytes for
/// each, or a 16th of the limit if that is less. They are copies, and not counted by the limit. A
/// removal that does not fit is not told, but counted: Stats::dropped_removals. One that alone is
/// larger is told without its value.
using RemovalListener = std::function<void(Removal removal)>;

inline constexpr std::size_t kMostRemovalBytes = std::size_t{4} << 20;

}  // namespace libcache
