#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "arena.h"

namespace libcache {

/// The links and the deadline of an entry in the wheel; lies inside the item, 4-byte aligned.
struct WheelNode {
  Ref prev;  ///< an entry, or a reserved ref (>= kFirstReservedRef) that names a slot of the wheel
  Ref next;  ///< kNullRef at the end
  std::uint32_t deadline_low;  ///< milliseconds since the epoch
  std::uint32_t deadline_high;

  [[nodiscard]] std::int64_t deadline() const {
    return static_cast<std::int64_t>(std::uint64_t{deadline_high} << 32 | deadline_low);
  }
  void set_deadline(std::int64_t deadline_ms) {
    deadline_low = static_cast<std::uint32_t>(static_cast<std::uint64_t>(deadline_ms));
    deadline_high = static_cast<std::uint32_t>(static_cast<std::uint64_t>(deadline_ms) >> 32);
  }
};
static_assert(sizeof(WheelNode) == 16 && alignof(WheelNode) == 4);

/// Where in an item its WheelNode lies, if it has one: after the header (item.h).
inline constexpr std::size_t kWheelNodeOffset = 4;

/// The nodes of items: all that the wheel knows of them.
class WheelNodes {
 public:
  explicit WheelNodes(const Arena& arena) : arena_(&arena) {}
  [[nodiscard]] WheelNode& operator[](Ref item) const {
    return *reinterpret_cast<WheelNode*>(arena_->at(item) + kWheelNodeOffset);
  }

 private:
  const Arena* arena_;
};

/// Deadlines in order: a hierarchical timing wheel (Varghese and Lauck, SOSP 1987) with slots of
/// 1 ms, so that what expires is found at its millisecond without looking at anything else.
///
///     level  a slot's width     256 slots reach, from now
///       0    1 ms               256 ms
///       1    2^8 ms = 256 ms    65.5 s
///       2    2^16 ms = 65.5 s   4.7 h
///       3    2^24 ms = 4.7 h    49.7 days
///       4    2^32 ms = 49.7 d   34.8 years; what is later waits in the farthest slot
///
/// An entry with deadline d lies in the finest level that reaches d, in the slot (d / width) mod
/// 256; if d has passed, in the due slot. A slot is a list, whose first node's `prev` names the
/// slot. Heads and bitmaps take 5 x 256 x (4 B + 1 bit) = 5.2 KiB. 256 rather than 64 slots a level
/// because each level between a deadline and its time costs a cache miss or two when the entry is
/// refiled: a TTL of 30 minutes is refiled twice, one of up to a minute once.
///
/// Time stands at `time` and moves to the next moment at which a slot that has entries begins. The
/// entries of that slot are then looked at one by one: due, or refiled by the rule above into a
/// finer level: at most once a level.
///
/// Invariants: a slot's bit is set exactly if it has entries; no slot is passed while it has
/// entries; the moment from `time` on at which an entry's slot begins next is not after its
/// deadline, or the slot is current, as the due slot always is. The last holds too if time moves
/// back: a slot comes round every 256 widths, so it can begin too early, and then its entries are
/// refiled, but not too late.
///
/// Guarded by the shard's lock.
class TimingWheel {
 public:
  /// `now_ms` is where the wheel starts. It follows any clock: one that jumps back by up to a
  /// second stops the wheel until it has caught up, one that jumps back further turns it back; one
  /// that jumps ahead, also by years, costs no more than the entries that are due or refiled.
  TimingWheel(const Arena& arena, std::int64_t now_ms) : nodes_(arena), time_(now_ms) {}
  TimingWheel(const TimingWheel&) = delete;
  TimingWheel& operator=(const TimingWheel&) = delete;

  /// Adds an item with its deadline (any value; a past one is due at once). O(1).
  void add(Ref item, std::int64_t deadline_ms);
  /// Takes an item out. O(1).
  void remove(Ref item);
  /// The item at `from` was copied to `to` bit by bit: mends the neighbours' links. O(1).
  void moved(Ref from, Ref to);

  /// An item whose deadline is at or before `now_ms`, still in the wheel, or kNullRef if none is
  /// due or `budget` is used up. Each item that has to be refiled into a finer level takes one of
  /// `budget`; the one returned takes nothing.
  [[nodiscard]] Ref next_due(std::int64_t now_ms, std::size_t& budget);

  /// An item with about the nearest deadline, or kNullRef if the wheel is empty: of the first slot
  /// of each level that has entries, the nearest among the first eight. For the volatile-ttl
  /// policy. O(levels).
  [[nodiscard]] Ref nearest() const;

  /// Nothing is due and next_due() has nothing to do before this time. INT64_MAX if empty. In the
  /// past if next_due() has left work. O(levels).
  [[nodiscard]] std::int64_t next_event() const;

  [[nodiscard]] std::size_t size() const { return size_; }
  /// The first broken invariant, or an empty string. Visits every entry.
  [[nodiscard]] std::string check_invariants() const;

 private:
  static constexpr unsigned kLevels = 5;
  static constexpr unsigned kLevelSlots = 256;
  static constexpr unsigned kDueSlot = kLevels * kLevelSlots;
  static constexpr unsigned kSlots = kDueSlot + 1;
  static constexpr unsigned kLevelWords = kLevelSlots / 64;
  static_assert(kFirstReservedRef + kSlots > kFirstReservedRef, "each slot has a reserved ref");

  // A slot that has entries, and when it begins: now, if it is current.
  struct Event {
    std::int64_t time;
    unsigned slot;
  };

  [[nodiscard]] static constexpr unsigned shift(unsigned level) { return 8 * level; }
  // The slot of a level for the moment `tick`, in widths of the level.
  [[nodiscard]] static constexpr unsigned slot_at(unsigned level, std::int64_t tick) {
    return level * kLevelSlots + static_cast<unsigned>(tick & (kLevelSlots - 1));
  }

  [[nodiscard]] unsigned slot_for(std::int64_t deadline_ms) const;
  [[nodiscard]] std::int64_t begin_of(unsigned slot) const;
  [[nodiscard]] Ref nearest_in(unsigned slot) const;
  void link(Ref item, unsigned slot);
  void unlink(const WheelNode& node);
  [[nodiscard]] Event next_of_level(unsigned level) const;
  [[nodiscard]] Event next_slot() const;
  void follow_clock_back(std::int64_t now_ms);
  [[nodiscard]] const char* check_slot(unsigned slot, std::size_t& entries) const;

  WheelNodes nodes_;
  std::int64_t time_;
  // No slot that has entries begins before: most calls of next_due() need to know no more.
  std::int64_t idle_until_ = std::numeric_limits<std::int64_t>::max();
  std::size_t size_ = 0;
  std::array<Ref, kSlots> heads_{};
  std::array<std::uint64_t, (kSlots + 63) / 64> occupied_{};  // bit: the slot has entries
};

}  // namespace libcache
