#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <absl/base/attributes.h>

#include "database.h"
#include "eviction_policy.h"
#include "lru_policy.h"

namespace libcache {

/// Finds entries to evict: a hand goes round the index chains and takes the entries whose mark is
/// in the policy's window.
///
/// The window follows from the census, the number of entries with each mark: by default it is the
/// lowest marks, so many that a 64th of all entries has them. When they are used up, a new window
/// is opened; where the hand meets none in 128 chains, it is doubled for one eviction. One round of
/// the hand over n / 10 chains finds n / 64 entries: six cache lines in a row for each, and no
/// item is touched but the victim. All of them are fetched ahead, one eviction or two before.
///
/// Renumbering of marks: see mark_epoch.h. A second hand, pass(), visits every chain after a flip;
/// maintenance moves it, and so does every use that writes a mark, by one chain, so that it is
/// through long before the next flip however fast generations come.
///
/// One a shard, guarded by its lock.
class EvictionSweep {
 public:
  struct Victim {
    Database* database;
    Slot slot;
  };

  EvictionSweep(Databases& databases, Arena& arena, Policy policy, const Clock& clock,
                std::uint64_t seed);

  [[nodiscard]] Policy policy() const { return policy_; }
  /// Makes all entries alike under a new policy. Visits every chain.
  void set_policy(Policy policy, const Clock& clock, std::uint64_t seed);
  [[nodiscard]] const MarkEpoch& epoch() const { return epoch_; }

  /// The mark of an entry that is about to be stored.
  [[nodiscard]] Mark stored(KeyHash hash, std::size_t entries);
  /// An entry was used: writes its mark and the census if that changed.
  ABSL_ATTRIBUTE_ALWAYS_INLINE void used(Database& database, Slot slot, std::size_t entries) {
    database.index.refresh_marks(slot.bucket());
    const Mark before = slot.mark();
    const Mark mark = lru_ != nullptr ? lru_->used(before, entries) : marks_->used(before, entries);
    if (mark != before) change_mark(database, slot, mark);
  }

  /// Every entry that comes, goes, or gains or loses its deadline is reported here.
  void entered(Database& database, Mark mark, bool expires);
  void left(Database& database, Mark mark, bool expires);

  /// The entry to evict next, never the one at `spared`. Looks at a bounded number of chains:
  /// nothing if there is nobody to evict, or too rarely (entries with a deadline among very many
  /// without).
  [[nodiscard]] std::optional<Victim> next_victim(Ref spared);
  /// Whether evicted() is to be told that an entry with this mark was evicted.
  [[nodiscard]] bool remembers(Mark mark) const { return marks_->remembers(mark); }
  void evicted(KeyHash hash) { marks_->evicted(hash); }

  /// Time passes: generations end, counters decay, marks are renumbered.
  void tick(std::int64_t now_ms);
  [[nodiscard]] std::int64_t next_tick() const { return marks_->next_tick(); }
  /// Goes on with the pass that follows a renumbering, for so many chains. Returns whether there is
  /// more.
  bool pass(std::size_t chains);
  /// Gives back memory that the policy does not need for so many entries, in so many steps. Returns
  /// whether there is more.
  bool trim(std::size_t entries, std::size_t steps) { return marks_->trim(entries, steps); }

  [[nodiscard]] std::int64_t idle_ms(Mark mark, std::int64_t now_ms) const {
    return marks_->idle_ms(mark, now_ms);
  }
  [[nodiscard]] int frequency(Mark mark) const { return marks_->frequency(mark); }

  [[nodiscard]] std::string check_invariants() const;

 private:
  /// A position on the way through all chains of all databases.
  struct Hand {
    std::size_t database = 0;
    std::uint32_t chain = 0;
    int place = 0;  // in the chain: from there on. Who is moved within it may be passed over once.
  };
  static constexpr std::size_t kWindowShare = 64;
  static constexpr std::size_t kBarrenChains = 128;  // then the window is doubled

  void use_policy(Policy policy, const Clock& clock, std::uint64_t seed);
  [[nodiscard]] bool may_evict(bool expires) const { return expires || !only_volatile_; }
  [[nodiscard]] bool step(Hand& hand) const;
  [[nodiscard]] Census total() const;
  [[nodiscard]] bool open_window(std::size_t share);
  void look_ahead(const Index& index) const;
  /// The places of those that the policy may let go now, as bits.
  [[nodiscard]] ABSL_ATTRIBUTE_ALWAYS_INLINE std::uint32_t candidates(const BucketPart& of) const {
    const std::uint32_t in_window = of.marked(window_.first, window_.last);
    return only_volatile_ ? in_window & of.expiring() : in_window;
  }
  [[nodiscard]] Slot victim_at_hand(Ref spared, bool last_chance);
  [[nodiscard]] bool wants_renumbering() const {
    return lru_ != nullptr ? lru_->wants_renumbering() : marks_->wants_renumbering();
  }
  void remark(Database& database, Slot slot, Mark mark);
  void change_mark(Database& database, Slot slot, Mark mark);
  void renumber_if_wanted();
  void pay_for_renumbering();

  Databases& databases_;
  Arena& arena_;
  Policy policy_ = Policy::kNoEviction;
  bool only_volatile_ = false;
  std::unique_ptr<EvictionPolicy> marks_;
  // The same, if it is of that kind, as most are: what each hit asks for is inlined then, which is
  // 22 of its 320 instructions.
  LruPolicy* lru_ = nullptr;
  MarkEpoch epoch_;

  Hand hand_;
  EvictionWindow window_;  // without entries it is closed
  bool passing_ = false;
  Hand pass_;
};

inline void EvictionSweep::change_mark(Database& database, Slot slot, Mark mark) {
  remark(database, slot, mark);
  if (passing_ || wants_renumbering()) pay_for_renumbering();
}

inline void EvictionSweep::remark(Database& database, Slot slot, Mark mark) {
  if (may_evict(slot.expires())) {
    --database.census[slot.mark()];
    ++database.census[mark];
    if (window_.entries != 0) {
      window_.entries += std::uint64_t{window_.has(mark)} - std::uint64_t{window_.has(slot.mark())};
    }
  }
  slot.set_mark(mark);
}

inline void EvictionSweep::entered(Database& database, Mark mark, bool expires) {
  if (!may_evict(expires)) return;
  ++database.census[mark];
  if (window_.entries != 0 && window_.has(mark)) ++window_.entries;
}

inline void EvictionSweep::left(Database& database, Mark mark, bool expires) {
  if (!may_evict(expires)) return;
  --database.census[mark];
  if (window_.entries != 0 && window_.has(mark)) --window_.entries;
}

}  // namespace libcache
