#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <absl/base/attributes.h>

#include "bucket.h"
#include "hash.h"
#include "item.h"
#include "mark_epoch.h"
#include "prefetch.h"

namespace libcache {

/// Where an entry is in an index. Valid until the index changes.
class Slot {
 public:
  /// Nowhere.
  Slot() = default;
  /// `chain` is the number of its first bucket, `bucket` one of its buckets.
  Slot(Bucket& bucket, std::uint32_t chain, int place)
      : bucket_(&bucket),
        chain_and_place_(std::uint64_t{chain} << kPlaceBits | static_cast<std::uint32_t>(place)) {}

  explicit operator bool() const { return bucket_ != nullptr; }
  [[nodiscard]] Bucket& bucket() const { return *bucket_; }
  [[nodiscard]] std::uint32_t chain() const {
    return static_cast<std::uint32_t>(chain_and_place_ >> kPlaceBits);
  }
  [[nodiscard]] int place() const {
    return static_cast<int>(chain_and_place_ & ((1U << kPlaceBits) - 1));
  }

  [[nodiscard]] Ref ref() const { return bucket_->refs[index()]; }
  [[nodiscard]] Mark mark() const { return bucket_->marks[index()]; }
  [[nodiscard]] bool expires() const { return bucket_->expires(place()); }
  void set_ref(Ref ref) const { bucket_->refs[index()] = ref; }
  void set_mark(Mark mark) const { bucket_->marks[index()] = mark; }
  void set_expires(bool on) const { bucket_->set_expires(place(), on); }

 private:
  static constexpr int kPlaceBits = 8;

  [[nodiscard]] std::size_t index() const { return static_cast<std::size_t>(place()); }

  Bucket* bucket_ = nullptr;
  std::uint64_t chain_and_place_ = 0;  // one word, as in Key
};
static_assert(sizeof(Slot) == 16, "it is passed in two registers");

/// The keys of one database in one shard: a linear hash table (Litwin, VLDB 1980) of one-line
/// buckets.
///
/// It has `buckets()` chains. The low bits of the hash name the chain, by the smallest mask that
/// covers all of them, or by half of it if that names one that is not there yet. The table grows
/// by splitting one chain each time an entry has come, and shrinks by joining two each time one has
/// gone: no operation moves more than one chain's entries (about ten; a chain of 100 or more has
/// probability below 1e-30 with hashes an outsider cannot choose), and index memory follows the
/// number of entries at any time.
///
/// A chain is its own bucket and, when ten entries are not enough, overflow: whole buckets and at
/// last a whole one or a half. The first bucket has the filter of its tags. All parts but
/// the last are full; the last of several holds at least two entries, and is a half if those are
/// fewer than five. Of a bucket that is shared a half is on the list of free ones if and only if it
/// is empty, and then the other one is not.
///
/// Memory: at kTargetLoad = 10 entries a chain, chains that are yet to be split hold up to twice as
/// many as those that are: 8.0 to 8.4 bytes an entry, overflow included (Poisson), if all free
/// halves are used.
///
/// Buckets lie in pages of 128, overflow buckets one by one, both in the arena. An overflow bucket
/// or two are kept in reserve, so that insert() cannot fail. (The list of pages is on the heap: 4
/// bytes a page, 0.05 %.) Guarded by the shard's lock.
class Index {
 public:
  static constexpr std::size_t kTargetLoad = 10;
  /// Joined below this load: far enough from kTargetLoad that no workload flips between both.
  static constexpr std::size_t kMinLoad = 7;

  /// All must outlive it.
  Index(Arena& arena, const MarkEpoch& epoch, std::uint64_t hash_seed);
  /// Chains that have not been dropped stay behind in the arena, with their entries.
  ~Index();
  Index(const Index&) = delete;
  Index& operator=(const Index&) = delete;

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::uint32_t buckets() const { return bucket_count_; }

  [[nodiscard]] inline Slot find(KeyHash hash, std::string_view key) const;
  /// The entry that is stored at `ref`.
  [[nodiscard]] Slot find_ref(KeyHash hash, Ref ref) const;
  /// Fetch the lines that find() will read: call each for many keys before the next. The last one
  /// is for keys of which prefetch_item() says that they may be beyond their first bucket.
  void prefetch_bucket(KeyHash hash) const;
  [[nodiscard]] bool prefetch_item(KeyHash hash) const;
  void prefetch_overflow_item(KeyHash hash) const;

  /// Makes sure that one insert() has the buckets it may need. False if the arena is out of memory.
  [[nodiscard]] bool prepare_insert();
  /// Adds an entry. Precondition: prepare_insert() returned true since the last insert().
  void insert(KeyHash hash, Ref ref, Mark mark, bool expires);
  void erase(const Slot& slot);

  /// Takes the last chain away for good, calling visit(Ref) for each of its entries: how a whole
  /// index is dismantled in steps. Precondition: buckets() != 0.
  template <class Visit>
  void drop_last_chain(Visit&& visit);

  /// Grows by one chain if so many entries, as there are or will be, ask for it; shrinks by one if
  /// they ask for that. Return how many entries that moved. Without memory they do nothing.
  std::size_t grow_step(std::size_t entries);
  std::size_t grow_step() { return grow_step(size_); }
  std::size_t shrink_step();

  /// The place a hash belongs to.
  [[nodiscard]] std::uint32_t chain_of(std::uint32_t bucket_bits) const;
  /// The hash bits that decide on a chain: all keys of the chain agree in them.
  [[nodiscard]] std::uint32_t chain_mask(std::uint32_t chain) const;
  /// Calls visit(Slot) for each entry of a chain, marks up to date; stops when it returns false.
  template <class Visit>
  void for_each(std::uint32_t chain, Visit&& visit);
  /// The same for its parts: visit(const BucketPart&).
  template <class Visit>
  void for_each_part(std::uint32_t chain, Visit&& visit);
  /// Brings the marks of a chain, or of one bucket, up to date with the epoch.
  void refresh_marks(std::uint32_t chain);
  void refresh_marks(Bucket& of) {
    if (of.epoch() != epoch_.current) translate_marks(of);
  }
  /// Fetch the line of a chain's first bucket, if there is such a chain, and once that has come,
  /// those of the bucket after it and of its items in the places that choose(part) returns, as
  /// bits.
  void prefetch_chain(std::uint32_t chain) const;
  template <class Choose>
  void prefetch_chosen(std::uint32_t chain, Choose&& choose) const;

  [[nodiscard]] std::string check_invariants() const;

 private:
  static constexpr std::size_t kSpareOverflow = 2;  // kept: so many inserts need no arena
  static constexpr std::uint32_t kBucketsAPage = Arena::kIndexPageBytes / sizeof(Bucket);

  [[nodiscard]] Bucket* bucket(std::uint32_t chain) const {
    return reinterpret_cast<Bucket*>(arena_.at(pages_[chain / kBucketsAPage])) +
           chain % kBucketsAPage;
  }
  [[nodiscard]] Bucket& bucket_at(Ref ref) const {
    return *reinterpret_cast<Bucket*>(arena_.at(ref));
  }
  [[nodiscard]] BucketPart part(PartRef ref) const {
    return {bucket_at(ref.bucket()), ref.share()};
  }
  /// A chain's first part, and the one after a part whose bucket is linked.
  [[nodiscard]] BucketPart first_part(std::uint32_t chain) const {
    return {*bucket(chain), Share::kWhole};
  }
  [[nodiscard]] BucketPart part_after(const BucketPart& of) const {
    return part(of.bucket().next());
  }
  [[nodiscard]] Item item(Ref ref) const { return Item(arena_.at(ref)); }
  [[nodiscard]] KeyHash hash_of(Ref ref) const { return hash_key(item(ref).key(), hash_seed_); }
  void prefetch_items(const Bucket& of, std::uint32_t places) const;

  /// The end of a chain: its last part, and the bucket whose link names that if it is not the
  /// first.
  struct End {
    Bucket* before;
    BucketPart last;
  };
  [[nodiscard]] End end_of(std::uint32_t chain) const;

  /// The entry with this key among those in the places given as bits.
  [[nodiscard]] inline Slot find_among(Bucket& of, std::uint32_t places, std::uint32_t chain,
                                       std::string_view key) const;
  [[nodiscard]] Slot find_in_overflow(const Bucket& first, KeyHash hash,
                                      std::string_view key) const;
  void translate_marks(Bucket& of);
  bool add_bucket();
  void remove_last_bucket();
  void append(std::uint32_t chain, const IndexEntry& entry);
  void renew_filter(std::uint32_t chain);
  std::size_t split();
  std::size_t join();
  Ref new_overflow();
  PartRef new_half();
  void free_part(PartRef empty);
  [[nodiscard]] BucketPart widen(Bucket& before);
  void narrow(Bucket& before);
  [[nodiscard]] Ref& previous(PartRef free_half) const {
    return part(free_half).link_while_empty(0);
  }
  [[nodiscard]] Ref& next(PartRef free_half) const { return part(free_half).link_while_empty(1); }
  void add_free_half(PartRef half);
  void remove_free_half(PartRef half);
  [[nodiscard]] std::string check_overflow(std::size_t wholes, std::size_t halves) const;
  void take_chain(std::uint32_t chain, std::vector<IndexEntry>& entries);
  [[nodiscard]] static std::size_t overflow_of(std::size_t entries);
  bool reserve_overflow(std::size_t count);
  void release_spare_overflow();
  [[nodiscard]] std::size_t chain_length(std::uint32_t chain) const;

  Arena& arena_;
  const MarkEpoch& epoch_;
  std::uint64_t hash_seed_;
  std::vector<Ref> pages_;
  std::uint32_t bucket_count_ = 0;
  std::uint32_t mask_ = 0;  // the smallest 2^n - 1 that covers all chains
  std::size_t size_ = 0;
  std::size_t overflow_count_ = 0;  // buckets
  PartRef free_half_;               // the first on the list
  std::vector<Ref> spare_overflow_;
  std::vector<IndexEntry> scratch_;
};

inline std::uint32_t Index::chain_of(std::uint32_t bucket_bits) const {
  const std::uint32_t chain = bucket_bits & mask_;
  return chain < bucket_count_ ? chain : chain & (mask_ >> 1);
}

ABSL_ATTRIBUTE_ALWAYS_INLINE Slot Index::find(KeyHash hash, std::string_view key) const {
  if (bucket_count_ == 0) return {};
  const std::uint32_t chain = chain_of(hash.bucket());
  Bucket& first = *bucket(chain);
  const Slot slot = find_among(first, first.matches(hash.tag()), chain, key);
  return slot || !first.may_be_beyond(hash.tag()) ? slot : find_in_overflow(first, hash, key);
}

ABSL_ATTRIBUTE_ALWAYS_INLINE Slot Index::find_among(Bucket& of, std::uint32_t places,
                                                    std::uint32_t chain,
                                                    std::string_view key) const {
  for (; places != 0; places &= places - 1) {
    const int place = std::countr_zero(places);
    if (item(of.refs[static_cast<std::size_t>(place)]).has_key(key)) return {of, chain, place};
  }
  return {};
}

inline void Index::prefetch_bucket(KeyHash hash) const {
  if (bucket_count_ != 0) prefetch(bucket(chain_of(hash.bucket())));
}

inline bool Index::prefetch_item(KeyHash hash) const {
  if (bucket_count_ == 0) return false;
  const Bucket* at = bucket(chain_of(hash.bucket()));
  const std::uint32_t matches = at->matches(hash.tag());
  prefetch_items(*at, matches);
  if (!at->may_be_beyond(hash.tag())) return false;
  prefetch(&bucket_at(at->next().bucket()));
  return matches == 0;
}

inline void Index::prefetch_overflow_item(KeyHash hash) const {
  if (bucket_count_ == 0) return;
  const BucketPart first = first_part(chain_of(hash.bucket()));
  if (!first.bucket().may_be_beyond(hash.tag())) return;
  const BucketPart next = part_after(first);
  prefetch_items(next.bucket(), next.matches(hash.tag()));
}

inline void Index::prefetch_chain(std::uint32_t chain) const {
  if (chain < bucket_count_) prefetch(bucket(chain));
}

template <class Choose>
void Index::prefetch_chosen(std::uint32_t chain, Choose&& choose) const {
  if (chain >= bucket_count_) return;
  const BucketPart first = first_part(chain);
  const Bucket& of = first.bucket();
  if (of.linked()) prefetch(&bucket_at(of.next().bucket()));
  for (std::uint32_t rest = choose(first); rest != 0; rest &= rest - 1) {
    prefetch(arena_.at(of.refs[static_cast<std::size_t>(std::countr_zero(rest))]));
  }
}

inline void Index::prefetch_items(const Bucket& of, std::uint32_t places) const {
  for (; places != 0; places &= places - 1) {
    const auto place = static_cast<std::size_t>(std::countr_zero(places));
    // The lines of an item of up to 128 bytes: how large it is says the first one.
    const std::byte* object = arena_.at(of.refs[place]);
    prefetch(object);
    prefetch(object + 64);
    prefetch(object + 127);
  }
}

template <class Visit>
void Index::for_each(std::uint32_t chain, Visit&& visit) {
  for_each_part(chain, [&](const BucketPart& of) {
    for (std::uint32_t rest = of.occupied(); rest != 0; rest &= rest - 1) {
      if (!visit(Slot(of.bucket(), chain, std::countr_zero(rest)))) return false;
    }
    return true;
  });
}

template <class Visit>
void Index::for_each_part(std::uint32_t chain, Visit&& visit) {
  for (BucketPart at = first_part(chain);; at = part_after(at)) {
    refresh_marks(at.bucket());
    if (!visit(at) || !at.bucket().linked()) return;
  }
}

template <class Visit>
void Index::drop_last_chain(Visit&& visit) {
  scratch_.clear();
  take_chain(bucket_count_ - 1, scratch_);
  remove_last_bucket();
  size_ -= scratch_.size();
  for (const IndexEntry& entry : scratch_) visit(entry.ref);
  release_spare_overflow();
}

}  // namespace libcache
