#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <libcache/key.h>
#include <libcache/key_lock.h>
#include <libcache/operations.h>
#include <libcache/options.h>
#include <libcache/stats.h>
#include <libcache/value.h>

namespace libcache {

/// A memory-bounded cache of byte strings with deadlines, for one process.
///
///     libcache::Cache cache({.max_memory = 64 << 20});
///     cache.set("game:1", "3:2", {.ttl = std::chrono::minutes(30)});
///     if (auto value = cache.get("game:1")) use(value->bytes());
///
/// Every function may be called from any thread at any time. Behind your back an entry disappears
/// when its deadline passes, and when memory is needed and the policy chooses it; so what was set
/// may be gone. Keys and values are bytes of any content, empty ones too, up to 512 MiB each.
///
/// A function on one key takes one of the cache's locks for well under a microsecond plus the time
/// to copy the value. lock() makes several operations one atomic step. Nothing throws but the
/// constructor, set_max_memory() and set_default_ttl(), and std::bad_alloc where a copy is
/// returned.
class Cache {
 public:
  /// Throws std::invalid_argument, with the field and its bound, if an option is out of range, and
  /// std::bad_alloc if the address space cannot be had.
  explicit Cache(const Options& options = {});
  ~Cache();
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;

  // --- Reading -------------------------------------------------------------------------------

  /// The value: copied out if small (up to Value::kInlineBytes without an allocation), pinned if
  /// large. Nothing if the key is absent or expired.
  [[nodiscard]] std::optional<Value> get(Key key, ReadOptions options = {});

  /// Copies the value into `out`, whose memory is reused: no allocation when it has room.
  /// Returns false, and leaves `out` alone, on a miss.
  [[nodiscard]] bool get_into(Key key, std::string& out, ReadOptions options = {});

  /// Reads many keys, several times cheaper than one by one: each lock is taken once and the memory
  /// of all keys is fetched at the same time. `visit(i, bytes)` is called once for each key, in no
  /// particular order, with a lock held: it must not call this cache, and the bytes are valid only
  /// inside. Not one atomic step; lock(keys) is.
  using Visitor = std::function<void(std::size_t index, std::optional<std::string_view> bytes)>;
  void get_many(std::span<const Key> keys, const Visitor& visit, ReadOptions options = {});

  /// Fetches from memory what operations on these keys will touch, all at the same time, for a
  /// batch of operations that follows at once: what get_many() does for itself. Changes nothing
  /// else. Those operations need not hash the keys again: lock() takes them as they are.
  void prefetch(std::span<const HashedKey> keys);
  [[nodiscard]] HashedKey hash(Key key) const;

  /// `length` bytes from `offset`, cut at the value's end.
  [[nodiscard]] std::optional<std::string> get_range(Key key, std::size_t offset,
                                                     std::size_t length);

  [[nodiscard]] bool exists(Key key);
  [[nodiscard]] std::optional<EntryInfo> info(Key key);

  // --- Writing -------------------------------------------------------------------------------

  SetResult set(Key key, std::string_view value, const SetOptions& options = {});

  /// Stores `desired` if the value is `expected`. kNotFound, kNotStored (it is another), or as
  /// set(). The deadline stays.
  Status compare_and_set(Key key, std::string_view expected, std::string_view desired);

  /// Stores all entries in one atomic step; with the default TTL. kTooLarge (one can never fit) and
  /// kOutOfMemory leave everything as it was. Under a policy that lets few go, the latter may also
  /// come half-way: if they need more than what can be evicted and 1/16 of the limit.
  Status set_many(std::span<const KeyValue> entries);

  /// Stores those entries whose keys are absent, several times cheaper than one by one, as
  /// get_many() reads: for who fills a cache. Not one atomic step; in no particular order, but of
  /// equal keys the first is stored.
  Additions add_many(std::span<const NewEntry> entries);
  /// Threads that write keys of different shards share no lock, and hardly any memory: who fills a
  /// cache with several may give each its shards. They are numbered from 0, and stay the same.
  [[nodiscard]] unsigned shard_count() const;
  [[nodiscard]] unsigned shard_of(Key key) const;
  /// Makes the index of a database large enough for so many entries that will come, so that few
  /// are moved then. Takes 7 bytes for each, until all indexes have an eighth of the limit or there
  /// is no more; removals, and who needs memory, take back what is not used. From then on a shard
  /// that has 2 MiB takes as much at a time, for less than half of what single pages cost, but in
  /// a millisecond or more with its lock held: until shrink_to_fit(), or an eighth of the limit is
  /// left. May throw bad_alloc.
  void reserve(std::size_t entries, int database = 0);
  /// Gives back what reserve() prepared and nobody needed, and empty memory that is kept for reuse.
  /// Takes each lock for bounded steps.
  void shrink_to_fit();

  /// Returns whether the key was there.
  bool erase(Key key);
  /// Returns how many were there.
  std::size_t erase_many(std::span<const Key> keys);

  /// Adds to a decimal integer; an absent key counts as 0. Puts the new value into `result`. The
  /// deadline stays.
  Status increment(Key key, std::int64_t delta, std::int64_t& result);
  /// Adds to a decimal number, with the precision and the text form of Redis's INCRBYFLOAT; the new
  /// text goes to `result`.
  Status increment_float(Key key, long double delta, std::string& result);

  /// Appends; an absent key counts as empty. `size` becomes the new length. The deadline stays.
  Status append(Key key, std::string_view suffix, std::size_t& size);
  /// Overwrites from `offset`, filling a gap with zero bytes. `size` becomes the new length.
  Status set_range(Key key, std::size_t offset, std::string_view bytes, std::size_t& size);

  // --- Deadlines and recency -----------------------------------------------------------------

  /// Marks the entry as used now. Returns whether it was there.
  bool touch(Key key);
  /// Sets the deadline (milliseconds since the UNIX epoch); one that has passed expires the entry
  /// at once. kNotFound if the key is absent. The first deadline of an entry takes 16 bytes, if
  /// need be beyond the limit; kOutOfMemory if 1/16 more (16 MiB at most) is not enough either.
  Status expire_at(Key key, std::int64_t deadline_ms);
  /// Takes the deadline away. kNotFound if there is none. Memory as for expire_at().
  Status persist(Key key);
  /// Nothing if the key is absent; kNoDeadline if it has none.
  [[nodiscard]] std::optional<std::int64_t> deadline(Key key);

  // --- Many keys -----------------------------------------------------------------------------

  /// Locks what `keys` need, in an order that cannot deadlock; see KeyLock.
  [[nodiscard]] KeyLock lock(std::span<const Key> keys);
  [[nodiscard]] KeyLock lock(Key key) { return lock(hash(key)); }
  [[nodiscard]] KeyLock lock(const HashedKey& key);
  [[nodiscard]] KeyLock lock_all();

  /// Removes all entries of one database, or of all, in one atomic step, however many they are;
  /// their memory is reclaimed in bounded steps by maintenance and by whoever needs it.
  void clear(int database);
  void clear();

  /// Makes every entry with this tag (tags.h) as good as gone, in all databases, at a cost that
  /// does not depend on their number; so does what a load brings that began before
  /// (loading_cache.h). Their memory is reclaimed in bounded steps by maintenance and by whoever
  /// needs it. The first use takes 8 bytes for each of 65536 tags' epochs, a 512th of the limit at
  /// most.
  void invalidate_tag(std::string_view tag);
  /// Removes the entries of one database whose keys begin so, and returns how many; a load that
  /// began before stores nothing. Looks at every key of the database, a few under each lock: where
  /// that is too slow, use a tag. What is stored meanwhile may stay.
  std::size_t invalidate_prefix(Key prefix);

  /// Swaps two databases: from now on the entries of one are found in the other.
  void swap_databases(int a, int b);

  /// Visits some entries and returns the cursor for the next call; start with 0, and 0 means done.
  /// An entry that is present from the first call to the last is visited at least once; one that
  /// comes, goes or moves meanwhile may be visited or not, or twice. `count` is how many entries
  /// one call looks at, about (0 is as 1). `visit(key)` is called with a lock held: it must not
  /// call this cache.
  using KeyVisitor = std::function<void(std::string_view key)>;
  std::uint64_t scan(int database, std::uint64_t cursor, std::size_t count,
                     const KeyVisitor& visit);

  /// A random key that is present, nearly uniformly. Nothing if there is none.
  [[nodiscard]] std::optional<std::string> random_key(int database = 0);

  /// Entries (those count that are expired or invalidated and not reclaimed yet, or negative:
  /// load.h).
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::size_t size(int database) const;
  /// Entries of a database that have a deadline.
  [[nodiscard]] std::size_t size_with_deadline(int database) const;

  // --- Operation -----------------------------------------------------------------------------

  /// The one of the options.
  [[nodiscard]] const Clock& clock() const;

  [[nodiscard]] Stats stats() const;
  void reset_stats();

  [[nodiscard]] std::size_t max_memory() const;
  /// Changes the limit. A lower one evicts in bounded steps, by maintenance and by writers. Throws
  /// std::invalid_argument as the constructor does.
  void set_max_memory(std::size_t bytes);
  [[nodiscard]] Policy policy() const;
  /// Changes the policy. Recency starts anew; visits each index bucket once, one lock at a time.
  void set_policy(Policy policy);
  [[nodiscard]] std::optional<std::chrono::milliseconds> default_ttl() const;
  /// Changes the lifetime of what will be stored without naming one. Throws std::invalid_argument
  /// as the constructor does.
  void set_default_ttl(std::optional<std::chrono::milliseconds> ttl);
  /// Bytes charged now.
  [[nodiscard]] std::size_t memory() const;

  /// Does at most about `budget` entries' worth of background work and returns when to call again:
  /// milliseconds since the epoch, 0 for at once, or INT64_MAX if nothing is waiting. With
  /// Maintenance::kManual also tells Options::on_removal what was removed. For kManual and for
  /// tests; harmless otherwise.
  std::int64_t maintain(std::size_t budget = 1000);

  /// Whether maintenance reclaims what expires (default true). Expired entries are never returned
  /// either way. For tests.
  void set_active_expiry(bool on);

  /// Checks every invariant of every structure; visits everything, lock by lock. Returns the first
  /// violation, or an empty string. For tests and debugging.
  [[nodiscard]] std::string check_invariants() const;

 private:
  friend class LoadingCache;  // loading_cache.h
  friend class Snapshot;      // snapshot.h

  void clear_databases(int first, int end);

  std::unique_ptr<Engine> engine_;
};

}  // namespace libcache
