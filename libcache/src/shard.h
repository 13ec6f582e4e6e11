#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <libcache/key.h>
#include <libcache/key_lock.h>
#include <libcache/operations.h>
#include <libcache/options.h>
#include <libcache/snapshot.h>
#include <libcache/stats.h>

#include "arena.h"
#include "database.h"
#include "eviction_sweep.h"
#include "flight_table.h"
#include "hash.h"
#include "item.h"
#include "mutex.h"
#include "observer.h"
#include "shard_environment.h"
#include "timing_wheel.h"
#include "told_hits.h"

namespace libcache {

/// One independently locked part of a cache: the entries whose keys hash to it.
///
/// Invariants, true whenever the lock is free (check_invariants() visits everything):
///  * An entry is an object in the arena (item.h) and one slot in the index of its database, or of
///    a dying database of the same number (one that was cleared, and is dismantled in steps).
///  * It is in the wheel exactly if it has a deadline; its slot's expires bit says the same.
///  * It is in its database's census, under its mark, exactly if the policy may evict it; entries
///    of dying databases are in none.
///  * An entry with an extent is one owner of it.
///  * The counters of entries and bytes are the sums over all entries that are not dying; those by
///    prefix, over all.
///  * A flight in the table began after the last change of its key, by whomever.
///
/// Lock order: shards in ascending order of their number; a shard asks another for memory only by
/// try_lock, or if a KeyLock holds both. The locks of the extent pool, the removal notifier and the
/// curve's estimator are taken last.
class Shard {
 public:
  Shard(const ShardEnvironment& environment, Policy policy);
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  [[nodiscard]] Mutex& mutex() ABSL_LOCK_RETURNED(mutex_) { return mutex_; }
  /// Tells which shards (bit i: number i) are locked by one KeyLock with this one; 0: it is alone.
  void set_held_together(std::uint64_t shards) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    held_together_ = shards;
  }

  // --- Operations on one key, as described in cache.h (shard_read.h, shard_write.cc,
  // --- shard_change.cc) --------------------------------------------------------------------------

  /// The value where it lies, until the next change of this shard.
  [[nodiscard]] inline std::optional<std::string_view> read(Key key, KeyHash hash,
                                                            ReadOptions options)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] inline std::optional<KeyLock::View> view(Key key, KeyHash hash, ReadOptions options)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] inline std::optional<Value> get(Key key, KeyHash hash, ReadOptions options)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] std::optional<EntryInfo> info(Key key, KeyHash hash, ReadOptions options)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  SetResult set(Key key, KeyHash hash, std::string_view value, const SetOptions& options,
                Overdraft overdraft = Overdraft::kNo) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const Epoch born = options.tags.empty() ? 0 : environment_.tag_epochs->now();
    return set(key, hash, value, options, born, overdraft);
  }
  /// The value was found out in the epoch `born`.
  SetResult set(Key key, KeyHash hash, std::string_view value, const SetOptions& options,
                Epoch born, Overdraft overdraft = Overdraft::kNo)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status compare_and_set(Key key, KeyHash hash, std::string_view expected, std::string_view desired)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool erase(Key key, KeyHash hash) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// Stores that the key has no value, for so long (positive), in place of one that it may have:
  /// because there is none (`error` is empty), or why nobody could tell. Reads see an absent key,
  /// but negative() sees it, and any write overrules it. All negative entries together take at most
  /// a 16th of the limit; kNotStored if that is used up.
  Status set_negative(Key key, KeyHash hash, std::string_view error, std::chrono::milliseconds ttl,
                      const Tagging& tagging) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// What set_negative() stored.
  [[nodiscard]] std::optional<std::string> negative(Key key, KeyHash hash)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status increment(Key key, KeyHash hash, std::int64_t delta, std::int64_t& result)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status increment_float(Key key, KeyHash hash, long double delta, std::string& result)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// Appends (no offset) or overwrites from `offset`.
  Status splice(Key key, KeyHash hash, std::optional<std::size_t> offset, std::string_view bytes,
                std::size_t& size) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool touch(Key key, KeyHash hash) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status expire_at(Key key, KeyHash hash, std::int64_t deadline_ms)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status persist(Key key, KeyHash hash) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// `target` is where `to` belongs: this shard, or another one whose lock is held too.
  Status rename(Key from, KeyHash from_hash, Shard& target, Key to, KeyHash to_hash)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_, target.mutex_);

  /// The loads of this shard's keys that may still store what they bring.
  [[nodiscard]] FlightTable& flights() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return flights_; }
  void count_load(Key key, bool failed, std::chrono::nanoseconds took)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  /// Whether an entry of that shape can never be stored.
  [[nodiscard]] bool is_too_large(const ItemShape& shape) const;

  inline void prefetch_bucket(Key key, KeyHash hash) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] inline bool prefetch_item(Key key, KeyHash hash) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  inline void prefetch_overflow_item(Key key, KeyHash hash) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // --- Databases (shard_databases.cc) -----------------------------------------------------------

  void clear(int database) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// One bounded step towards an index for so many entries, and memory in blocks. False if there is
  /// no more to do, no memory for it, or all indexes of this shard together take `most_bytes`.
  bool reserve(int database, std::size_t entries, std::size_t most_bytes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void swap_databases(int a, int b) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] std::size_t size() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return entries_; }
  [[nodiscard]] std::size_t size(int database) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] std::size_t expiring(int database) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// Visits the keys of one chain; `position` is the state of a reverse binary walk over hash bits
  /// (as Redis's SCAN): the next one is returned, 0 at the end. What one walk has visited it does
  /// not visit again, however chains are split and joined meanwhile.
  std::uint32_t scan(int database, std::uint32_t position, std::size_t& visited,
                     const std::function<void(std::string_view)>& visit)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// As scan(), of the database of that number in the shard, whose entries are shown as those of
  /// `database`.
  std::uint32_t walk(int number, int database, std::uint32_t position, Snapshot::Visitor visit)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// The numbers of all databases, in their order.
  [[nodiscard]] std::array<int, kDatabases> numbers() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return numbers_;
  }
  /// Takes the entries of one chain out whose keys begin with `prefix`, and returns how many that
  /// are. `position` goes on as that of scan(). The first step takes out the flights of such keys.
  std::size_t erase_prefix(Key prefix, std::uint32_t& position)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] std::optional<std::string> random_key(int database, std::uint64_t& random)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // --- Memory and time (shard_memory.cc) --------------------------------------------------------

  /// One bounded step towards free memory: gives back what was taken ahead, dismantles, reclaims
  /// what is due, empties a sparse span, shrinks an index, or evicts one entry. False if nothing of
  /// that is possible.
  bool make_room() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// One bounded step towards no more memory than the entries need. False if it was the last.
  bool shrink_to_fit() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// Does background work for at most about `budget` entries; returns when more is to be done (0:
  /// now).
  std::int64_t maintain(std::size_t budget, std::int64_t now_ms, bool active_expiry)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// Memory that HugePages::join() may make a huge page of, once the lock is released; or null.
  [[nodiscard]] std::byte* take_full_block() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return arena_.take_full_block();
  }
  void set_policy(Policy policy) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// Keys take part in the curve's estimate whose KeyHash::bucket() is below that.
  void set_sampled_below(std::uint32_t threshold) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    sampled_below_ = threshold;
  }
  /// The limit has changed.
  void limit_changed() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (observer_ != nullptr) observer_->set_limit(environment_.budget->limit());
  }

  [[nodiscard]] ShardStats stats() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// In the order of the rules; their prefixes are empty.
  [[nodiscard]] std::vector<PrefixStats> prefix_stats() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void reset_stats() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// Bytes in this shard's arena; for comparing shards, without the lock.
  [[nodiscard]] std::size_t approximate_memory() const {
    return approximate_memory_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::string check_invariants() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

 private:
  struct Dying {
    int number;
    std::unique_ptr<Database> database;
  };
  /// An entry that was found: its database and its slot there. Without a slot, there is none.
  struct Found {
    Database* database = nullptr;
    Slot slot;
    explicit operator bool() const { return static_cast<bool>(slot); }
  };
  /// The way through all entries with tags, after some were invalidated.
  struct InvalidationPass {
    Epoch begun = 0;             ///< what was invalidated later is for the next one
    Epoch ended = 0;             ///< `begun` of the last one that has seen all entries
    int number = 0;              ///< of the database that it is in,
    std::uint32_t position = 0;  ///< and where there, as for scan()
  };
  /// What write() is to store.
  struct Write {
    std::size_t value_size;
    std::int64_t deadline_ms;
    Encoding encoding;
    Extent* extent = nullptr;  ///< has the value already; becomes the entry's as well
    Overdraft overdraft = Overdraft::kNo;
    bool negative = false;
    bool same_value = false;  ///< as the present one: it is not replaced
    Tagging tagging = {};
  };

  [[nodiscard]] Item item(Ref ref) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return Item(arena_.at(ref));
  }
  [[nodiscard]] int number(int logical) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return numbers_[static_cast<std::size_t>(logical)];
  }
  [[nodiscard]] Database* database(int logical) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return databases_[static_cast<std::size_t>(number(logical))].get();
  }
  Database& make_database(int logical) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] std::int64_t now_ms() const { return environment_.clock->now_ms(); }
  [[nodiscard]] bool is_invalidated(const Item& at) const {
    return at.is_tagged() && environment_.tag_epochs->have_ended(at.tagging());
  }
  /// Whether somebody who looks for keys is to see this one.
  [[nodiscard]] bool is_shown(const Item& at, std::int64_t now_ms) const;
  /// Visits the items of one chain that a walk has not visited yet; the next position, 0 at the
  /// end.
  template <class Visit>
  std::uint32_t visit_chain(Database& in, std::uint32_t position, Visit&& visit)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// Removes those entries of one chain for which goes(item) holds, as invalidated, and returns how
  /// many. `position` goes on as that of scan().
  template <class Goes>
  std::size_t remove_from_chain(Database& in, std::uint32_t& position, Goes&& goes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] bool is_dying(const Found& found) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  /// The entry of a key, also a negative one; an expired one is reclaimed and not found.
  inline Slot find_in(Database& in, Key key, KeyHash hash) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  inline Found find_any(Key key, KeyHash hash) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// The entry of a key that is to be changed: a negative one is removed and not found.
  Found find(Key key, KeyHash hash) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// Removes an entry if it has expired or was invalidated, and returns whether it was.
  bool drop_if_ended(Database& in, Slot slot) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  inline Slot find_to_read(Key key, KeyHash hash, ReadOptions options)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// The entry at a ref, wherever it is.
  Found find_ref(Ref ref) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void remove(const Found& found, RemovalCause cause) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void count_set(Key key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    ++stats_.sets;
    if (observer_ != nullptr) observer_->set(key);
  }
  void free_item(Ref ref) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void count_moved(std::size_t moved) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  /// Stores a value of `write.value_size` bytes under the key: `fill(to, old)` writes it (unless it
  /// is in `write.extent`), given the old value or an empty one; `to` may be where the old value
  /// lies. `found` is the present entry, if any.
  template <class Fill>
  Status write(Key key, KeyHash hash, const Found& found, const Write& write, Fill&& fill)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] bool has_place_for(const Found& found, const Write& write) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  template <class Fill>
  void overwrite(const Found& found, const Write& write, Fill&& fill)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  template <class Fill>
  bool write_in_place(Found found, KeyHash hash, const ItemShape& shape, const Write& write,
                      Fill&& fill) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] Ref allocate(const ItemShape& shape, Extent*& extent, Index& into,
                             Overdraft overdraft) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] Ref take_memory(const ItemShape& shape, Extent*& extent, Index& into,
                                Overdraft overdraft, bool& refused_by_system)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void replace(Database& in, const Slot& slot, Ref ref) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Status set_deadline(Key key, KeyHash hash, const Found& found, std::int64_t deadline_ms)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] static Extent* extent_to_keep(const Item& at, std::size_t key_size,
                                              std::int64_t deadline_ms);
  [[nodiscard]] inline std::shared_ptr<const void> pin_of(const Item& at) const;
  [[nodiscard]] Write changed(const Found& found, std::size_t value_size, Encoding encoding) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] std::int64_t default_deadline() const;
  [[nodiscard]] std::int64_t chosen_deadline(const SetOptions& options, const Found& found)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  void forget_flight(Key key, KeyHash hash) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (!flights_.empty()) flights_.forget(key, hash);
  }

  // --- What the curve's estimator is told (shard_curve.cc) --------------------------------------

  [[nodiscard]] bool is_sampled(KeyHash hash) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return hash.bucket() < sampled_below_;
  }
  void sample_read(Key key, KeyHash hash, Slot found) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void sample_write(Key key, KeyHash hash, const Write& write)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void sample_erasure(int database, KeyHash hash) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  /// Somebody has taken the key away, whether or not it was there.
  void note_erased(Key key, KeyHash hash) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    forget_flight(key, hash);
    if (is_sampled(hash)) sample_erasure(key.database(), hash);
  }
  /// Somebody has stored it.
  void note_written(Key key, KeyHash hash, const Write& write)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    forget_flight(key, hash);
    if (is_sampled(hash)) sample_write(key, hash, write);
  }

  bool make_room_here_or_elsewhere() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool make_room_anywhere() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool dismantle(std::size_t chains) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool shrink_index() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool reclaim_due(std::size_t budget, std::int64_t now_ms) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool reclaim_invalidated(std::size_t chains) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// Whether there may be entries that were invalidated since the last pass.
  [[nodiscard]] bool is_behind_on_invalidations() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return invalidation_pass_.ended != environment_.tag_epochs->now();
  }
  /// Whether the next chain of a pass is worth a look before memory is refused.
  [[nodiscard]] bool is_amid_invalidation_pass() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return invalidation_pass_.number != 0 || invalidation_pass_.position != 0;
  }
  bool empty_sparse_span() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void move_item(Ref from, Ref to) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] Ref nearest_but_spared() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool evict_one() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  [[nodiscard]] bool has_right_prefix_gauges() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool pay_excess() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void note_memory() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  const ShardEnvironment environment_;
  Arena arena_ ABSL_GUARDED_BY(mutex_);
  TimingWheel wheel_ ABSL_GUARDED_BY(mutex_);
  Databases databases_ ABSL_GUARDED_BY(mutex_);
  // By logical number: where swap_databases() has put it.
  std::array<int, kDatabases> numbers_ ABSL_GUARDED_BY(mutex_);
  std::vector<Dying> dying_ ABSL_GUARDED_BY(mutex_);
  EvictionSweep sweep_ ABSL_GUARDED_BY(mutex_);
  FlightTable flights_ ABSL_GUARDED_BY(mutex_);
  InvalidationPass invalidation_pass_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t held_together_ ABSL_GUARDED_BY(mutex_) = 0;
  // The entry that is being replaced: not evicted, but may move.
  Ref spared_ ABSL_GUARDED_BY(mutex_) = kNullRef;
  ShardStats stats_ ABSL_GUARDED_BY(mutex_);  // the counters; stats() adds the gauges
  const std::unique_ptr<Observer> observer_ ABSL_PT_GUARDED_BY(mutex_);  // null: there is none
  std::size_t entries_ ABSL_GUARDED_BY(mutex_) = 0;
  std::size_t items_in_extents_ ABSL_GUARDED_BY(mutex_) = 0;
  // CurveEstimator::threshold(), or what it was a moment ago; 0: nobody takes part.
  std::uint32_t sampled_below_ ABSL_GUARDED_BY(mutex_);
  ToldHits told_hits_ ABSL_GUARDED_BY(mutex_);
  std::atomic<std::size_t> approximate_memory_{0};
};

}  // namespace libcache
