#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include <libcache/function_ref.h>
#include <libcache/key.h>
#include <libcache/operations.h>

namespace libcache {

class Cache;
class Engine;

/// A walk over everything that a cache holds, in short steps between which others use the cache as
/// ever: for saving it, or for copying it elsewhere.
///
///     libcache::Snapshot snapshot(cache);
///     while (snapshot.step([&](const auto& entry) { save(entry.key, entry.value); })) {
///     }
///
/// It is not of one moment: each entry is shown as it is when it is visited. An entry that is there
/// from the walk's begin to its end is visited exactly once, and no key twice, whatever happens
/// meanwhile: growth, clear(), swap_databases() (its databases have the numbers that they had when
/// it began). An entry that comes or goes meanwhile may be visited or not; so may the old and the
/// new name of one that is renamed. Not shown are what has expired or was invalidated, negative
/// entries, and tags. A visit is no use for the eviction policy, and not counted.
///
/// Takes no memory beyond itself. For one thread at a time.
class Snapshot {
 public:
  /// The cache must outlive it.
  explicit Snapshot(Cache& cache);

  struct Entry {
    Key key;
    std::string_view value;
    std::int64_t deadline_ms = kNoDeadline;
    /// Set for large values: `value` is valid as long as this is held, even if the entry is gone.
    std::shared_ptr<const void> pin = {};
    /// Whether that holds for `key` too, which then has some 16 KiB or more.
    bool pins_key = false;
  };
  using Visitor = FunctionRef<void(const Entry& entry)>;

  /// Visits the next entries, about 70 or 32 KiB, with one lock held: some 10 us, and the time that
  /// `visit` takes, which must not call the cache. What it is shown is valid only inside, but for
  /// what is pinned. False if the walk is over. What `visit` throws, or std::bad_alloc for want of
  /// memory for a pin, ends the walk.
  [[nodiscard]] bool step(Visitor visit);

 private:
  Engine& engine_;
  std::array<int, kDatabases> numbers_;  // that the shards had for the databases when it began
  // Where it is: first by database, then by shard, then by the position in its index.
  int database_ = 0;
  unsigned shard_ = 0;
  std::uint32_t position_ = 0;
};

}  // namespace libcache
