#include "index.h"

#include <cassert>
#include <new>
#include <string>

namespace libcache {

Index::Index(Arena& arena, const MarkEpoch& epoch, std::uint64_t hash_seed)
    : arena_(arena), epoch_(epoch), hash_seed_(hash_seed) {
  // More than any chain needs, so that a step does not fail half-way for want of heap.
  spare_overflow_.reserve(16);
  scratch_.reserve(128);
}

Index::~Index() {
  for (const Ref spare : spare_overflow_) arena_.free(spare);
}

std::uint32_t Index::chain_mask(std::uint32_t chain) const {
  // A chain of the lower half whose partner in the upper half is there has been split already.
  const std::uint32_t half = (mask_ >> 1) + 1;
  const bool split = chain >= half || chain + half < bucket_count_;
  return mask_ == 0 || split ? mask_ : mask_ >> 1;
}

// ---------------------------------------------------------------------------------------------
// Lookup

Slot Index::find_in_overflow(const Bucket& first, KeyHash hash, std::string_view key) const {
  const std::uint32_t chain = chain_of(hash.bucket());
  for (BucketPart at = part(first.next());; at = part_after(at)) {
    const Slot slot = find_among(at.bucket(), at.matches(hash.tag()), chain, key);
    if (slot || !at.bucket().linked()) return slot;
  }
}

Slot Index::find_ref(KeyHash hash, Ref ref) const {
  if (bucket_count_ == 0) return {};
  const std::uint32_t chain = chain_of(hash.bucket());
  for (BucketPart at = first_part(chain);; at = part_after(at)) {
    for (std::uint32_t rest = at.occupied(); rest != 0; rest &= rest - 1) {
      const Slot slot(at.bucket(), chain, std::countr_zero(rest));
      if (slot.ref() == ref) return slot;
    }
    if (!at.bucket().linked()) return {};
  }
}

void Index::refresh_marks(std::uint32_t chain) {
  for_each_part(chain, [](const BucketPart&) { return true; });
}

void Index::translate_marks(Bucket& of) {
  for (Mark& mark : of.marks) mark = epoch_.translation[mark];
  of.set_epoch(epoch_.current);
}

// ---------------------------------------------------------------------------------------------
// Change

bool Index::prepare_insert() {
  if (bucket_count_ == 0 && !add_bucket()) return false;
  return reserve_overflow(1);
}

void Index::insert(KeyHash hash, Ref ref, Mark mark, bool expires) {
  const std::uint32_t chain = chain_of(hash.bucket());
  refresh_marks(chain);
  append(chain, {ref, hash.tag(), mark, expires});
  ++size_;
}

Index::End Index::end_of(std::uint32_t chain) const {
  End end{nullptr, first_part(chain)};
  while (end.last.bucket().linked()) {
    end.before = &end.last.bucket();
    end.last = part_after(end.last);
  }
  return end;
}

/// Takes one bucket out of reserve at most. Precondition: the chain's marks are up to date.
void Index::append(std::uint32_t chain, const IndexEntry& entry) {
  Bucket& first = *bucket(chain);
  End end = end_of(chain);
  if (end.last.full() && !end.last.whole()) end.last = widen(*end.before);
  if (!end.last.full()) {
    end.last.put(entry);
    if (end.before != nullptr) first.add_beyond(entry.tag);
    return;
  }
  const PartRef half = new_half();
  Bucket& last = end.last.bucket();
  const IndexEntry moved = last.entry(Bucket::kSlots - 1);
  for (const IndexEntry& each : {moved, entry}) {
    part(half).put(each);
    first.add_beyond(each.tag);
  }
  last.remove(Bucket::kSlots - 1);
  last.link(half);
}

void Index::erase(const Slot& slot) {
  refresh_marks(slot.chain());
  slot.bucket().remove(slot.place());
  --size_;
  const auto [before, last] = end_of(slot.chain());
  if (before == nullptr) return;
  // The hole is filled from the last part, so that all others stay full.
  if (&slot.bucket() != &last.bucket()) slot.bucket().put(slot.place(), last.take());
  if (last.has_one()) {
    const PartRef left = before->next();
    before->unlink();
    before->put(Bucket::kSlots - 1, last.take());
    free_part(left);
  } else if (last.whole() && last.size() < BucketPart::kHalf) {
    narrow(*before);
  }
  renew_filter(slot.chain());
  release_spare_overflow();
}

/// After an entry has left a chain's overflow.
void Index::renew_filter(std::uint32_t chain) {
  Bucket& first = *bucket(chain);
  first.clear_beyond();
  for (BucketPart at = first_part(chain); at.bucket().linked();) {
    at = part_after(at);
    for (std::uint32_t rest = at.occupied(); rest != 0; rest &= rest - 1) {
      first.add_beyond(at.bucket().tags[static_cast<std::size_t>(std::countr_zero(rest))]);
    }
  }
}

// ---------------------------------------------------------------------------------------------
// Overflow

/// Precondition: one is in reserve.
Ref Index::new_overflow() {
  assert(!spare_overflow_.empty());
  const Ref ref = spare_overflow_.back();
  spare_overflow_.pop_back();
  auto* added = new (arena_.at(ref)) Bucket{};
  added->set_epoch(epoch_.current);
  ++overflow_count_;
  return ref;
}

/// Precondition: one is in reserve, or half of one is free.
PartRef Index::new_half() {
  if (const PartRef half = free_half_) {
    remove_free_half(half);
    refresh_marks(bucket_at(half.bucket()));
    return half;
  }
  const Ref ref = new_overflow();
  add_free_half(PartRef::of(ref, Share::kUpperHalf));
  return PartRef::of(ref, Share::kLowerHalf);
}

/// Puts an empty part into reserve, or on the list until its other half is empty too.
void Index::free_part(PartRef empty) {
  if (empty.share() != Share::kWhole) {
    const PartRef other = empty.other_half();
    if (!part(other).empty()) return add_free_half(empty);
    remove_free_half(other);
  }
  spare_overflow_.push_back(empty.bucket());
  --overflow_count_;
}

/// Makes the half after this bucket a whole part. Precondition: a bucket is in reserve.
BucketPart Index::widen(Bucket& before) {
  const PartRef half = before.next();
  PartRef whole = PartRef::of(half.bucket(), Share::kWhole);
  if (part(half.other_half()).empty()) {
    remove_free_half(half.other_half());
  } else {
    whole = PartRef::of(new_overflow(), Share::kWhole);
    part(half).move_to(part(whole));
    free_part(half);
  }
  before.link(whole);
  return part(whole);
}

/// Makes the whole part after this bucket a half. Precondition: its entries fit.
void Index::narrow(Bucket& before) {
  const PartRef whole = before.next();
  if (free_half_) {
    const PartRef half = new_half();
    part(whole).move_to(part(half));
    free_part(whole);
    before.link(half);
  } else {
    const PartRef lower = PartRef::of(whole.bucket(), Share::kLowerHalf);
    part(lower.other_half()).move_to(part(lower));
    add_free_half(lower.other_half());
    before.link(lower);
  }
}

void Index::add_free_half(PartRef half) {
  previous(half) = kNullRef;
  next(half) = free_half_.bits;
  if (free_half_) previous(free_half_) = half.bits;
  free_half_ = half;
}

void Index::remove_free_half(PartRef half) {
  const PartRef before = {previous(half)};
  const PartRef after = {next(half)};
  (before ? next(before) : free_half_.bits) = after.bits;
  if (after) previous(after) = before.bits;
}

// ---------------------------------------------------------------------------------------------
// Growing and shrinking

bool Index::add_bucket() {
  if (bucket_count_ % kBucketsAPage == 0) {
    pages_.push_back(kNullRef);
    pages_.back() = arena_.allocate_page();
    if (pages_.back() == kNullRef) {
      pages_.pop_back();
      return false;
    }
  }
  auto* added = new (bucket(bucket_count_)) Bucket{};
  added->set_epoch(epoch_.current);
  ++bucket_count_;
  mask_ = std::bit_ceil(bucket_count_) - 1;
  return true;
}

void Index::remove_last_bucket() {
  --bucket_count_;
  mask_ = std::bit_ceil(bucket_count_) - 1;
  if (bucket_count_ % kBucketsAPage == 0) {
    arena_.free_page(pages_.back());
    pages_.pop_back();
  }
}

std::size_t Index::grow_step(std::size_t entries) {
  return entries > bucket_count_ * kTargetLoad ? split() : 0;
}

std::size_t Index::shrink_step() {
  return bucket_count_ > 1 && size_ < bucket_count_ * kMinLoad ? join() : 0;
}

/// Empties a chain into `entries`; its overflow goes into reserve.
void Index::take_chain(std::uint32_t chain, std::vector<IndexEntry>& entries) {
  refresh_marks(chain);
  PartRef ref;  // of `at`; the first one has none
  for (BucketPart at = first_part(chain);; at = part(ref)) {
    while (!at.empty()) entries.push_back(at.take());
    const PartRef after = at.bucket().linked() ? at.bucket().next() : PartRef();
    at.bucket().unlink();
    if (ref) free_part(ref);
    if (!after) return;
    ref = after;
  }
}

/// Overflow buckets of a chain with so many entries, a half counted as one: each bucket but the
/// last gives one slot to its link.
std::size_t Index::overflow_of(std::size_t entries) {
  constexpr std::size_t kLinked = Bucket::kSlots - 1;
  return entries <= Bucket::kSlots ? 0 : (entries - Bucket::kSlots + kLinked - 1) / kLinked;
}

bool Index::reserve_overflow(std::size_t count) {
  while (spare_overflow_.size() < count) {
    const Ref spare = arena_.allocate_bucket();
    if (spare == kNullRef) {
      release_spare_overflow();
      return false;
    }
    spare_overflow_.push_back(spare);
  }
  return true;
}

void Index::release_spare_overflow() {
  while (spare_overflow_.size() > kSpareOverflow) {
    arena_.free(spare_overflow_.back());
    spare_overflow_.pop_back();
  }
}

std::size_t Index::chain_length(std::uint32_t chain) const {
  std::size_t length = 0;
  for (BucketPart at = first_part(chain);; at = part_after(at)) {
    length += static_cast<std::size_t>(at.size());
    if (!at.bucket().linked()) return length;
  }
}

std::size_t Index::split() {
  const std::uint32_t added = bucket_count_;
  const std::uint32_t source = added & ((std::bit_ceil(added + 1) - 1) >> 1);
  // Two chains need no more overflow at any time than one with the entries of both has given back:
  // each has room for ten entries before its first overflow.
  if (!add_bucket()) return 0;
  scratch_.clear();
  take_chain(source, scratch_);
  for (const IndexEntry& entry : scratch_) prefetch(arena_.at(entry.ref));
  for (const IndexEntry& entry : scratch_) append(chain_of(hash_of(entry.ref).bucket()), entry);
  release_spare_overflow();
  return scratch_.size();
}

std::size_t Index::join() {
  const std::uint32_t removed = bucket_count_ - 1;
  const std::uint32_t target = removed & (mask_ >> 1);
  // As if nothing of what both have could be used again.
  if (!reserve_overflow(overflow_of(chain_length(removed) + chain_length(target)))) return 0;
  scratch_.clear();
  take_chain(removed, scratch_);
  refresh_marks(target);
  remove_last_bucket();
  for (const IndexEntry& entry : scratch_) append(target, entry);
  release_spare_overflow();
  return scratch_.size();
}

// ---------------------------------------------------------------------------------------------
// Checks

std::string Index::check_invariants() const {
  std::size_t entries = 0;
  std::size_t wholes = 0;
  std::size_t halves = 0;
  for (std::uint32_t chain = 0; chain < bucket_count_; ++chain) {
    std::uint32_t beyond = 0;
    for (BucketPart at = first_part(chain);; at = part_after(at)) {
      const bool first = &at.bucket() == bucket(chain);
      const bool linked = at.bucket().linked();
      if (!first) ++(at.whole() ? wholes : halves);
      if (linked && !at.full()) return "index: a part before the last one has room";
      if (linked && !at.whole()) return "index: a half is linked";
      if (!linked && !first && at.size() < (at.whole() ? BucketPart::kHalf : 2)) {
        return "index: a chain is longer than it must be";
      }
      for (std::uint32_t rest = at.occupied(); rest != 0; rest &= rest - 1) {
        const IndexEntry entry = at.bucket().entry(std::countr_zero(rest));
        const KeyHash hash = hash_of(entry.ref);
        if (chain_of(hash.bucket()) != chain) return "index: an entry is in a wrong chain";
        if (hash.tag() != entry.tag) return "index: a tag is not that of the key";
        if (item(entry.ref).expires() != entry.expires) return "index: a wrong expiry bit";
        if (!first) beyond |= Bucket::beyond_bit(entry.tag);
        ++entries;
      }
      if (!linked) break;
    }
    if ((bucket(chain)->meta & Bucket::kBeyond) != beyond) return "index: a wrong filter";
  }
  if (entries != size_) return "index: the number of entries is wrong";
  return check_overflow(wholes, halves);
}

std::string Index::check_overflow(std::size_t wholes, std::size_t halves) const {
  std::size_t listed = 0;
  PartRef before;
  for (PartRef half = free_half_; half; half = {next(half)}) {
    if (!part(half).empty()) return "index: a half on the list has entries";
    if (part(half.other_half()).empty()) return "index: a bucket without entries is on the list";
    if (previous(half) != before.bits) return "index: a broken link between free halves";
    before = half;
    ++listed;
  }
  if (2 * (overflow_count_ - wholes) != halves + listed) {
    return "index: the number of overflow buckets is wrong";
  }
  return {};
}

}  // namespace libcache
