#include "index.h"

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

Slot Index::find_ref(KeyHash hash, Ref ref) const {
  if (bucket_count_ == 0) return {};
  const std::uint32_t chain = chain_of(hash.bucket());
  for (Bucket* at = bucket(chain);; at = overflow(at)) {
    for (std::uint32_t rest = at->occupied(); rest != 0; rest &= rest - 1) {
      const int place = std::countr_zero(rest);
      if (at->refs[static_cast<std::size_t>(place)] == ref) return {*at, chain, place};
    }
    if (!at->linked()) return {};
  }
}

void Index::refresh_marks(std::uint32_t chain) {
  for (Bucket* at = bucket(chain);; at = overflow(at)) {
    refresh_marks(*at);
    if (!at->linked()) return;
  }
}

void Index::translate_marks(Bucket& of) {
  for (Mark& mark : of.marks) mark = epoch_.translation[mark];
  of.set_epoch(epoch_.current);
}

// ---------------------------------------------------------------------------------------------
// Change

bool Index::prepare_insert() {
  if (bucket_count_ == 0 && !add_bucket()) return false;
  if (!spare_overflow_.empty()) return true;
  const Ref spare = arena_.allocate_bucket();
  if (spare == kNullRef) return false;
  spare_overflow_.push_back(spare);
  return true;
}

void Index::insert(KeyHash hash, Ref ref, Mark mark, bool expires) {
  const std::uint32_t chain = chain_of(hash.bucket());
  refresh_marks(chain);
  append(chain, {ref, hash.tag(), mark, expires});
  ++size_;
}

void Index::append(std::uint32_t chain, const IndexEntry& entry) {
  Bucket* last = bucket(chain);
  while (last->linked()) last = overflow(last);
  if (!last->full()) {
    last->put(last->free_slot(), entry);
    return;
  }
  const Ref ref = new_overflow();
  auto* added = reinterpret_cast<Bucket*>(arena_.at(ref));
  added->put(0, last->entry(Bucket::kSlots - 1));
  added->put(1, entry);
  last->remove(Bucket::kSlots - 1);
  last->link(ref);
}

void Index::erase(const Slot& slot) {
  refresh_marks(slot.chain());
  slot.bucket().remove(slot.place());
  --size_;
  Bucket* before = nullptr;
  Bucket* last = bucket(slot.chain());
  while (last->linked()) {
    before = last;
    last = overflow(last);
  }
  if (before == nullptr) return;
  // The hole is filled from the last bucket, so that all others stay full.
  if (&slot.bucket() != last) {
    const int from = std::countr_zero(last->occupied());
    slot.bucket().put(slot.place(), last->entry(from));
    last->remove(from);
  }
  if (last->size() > 1) return;
  const IndexEntry entry = last->entry(std::countr_zero(last->occupied()));
  const Ref ref = before->next();
  before->unlink();
  before->put(Bucket::kSlots - 1, entry);
  free_overflow(ref);
}

Ref Index::new_overflow() {
  const Ref ref = spare_overflow_.back();
  spare_overflow_.pop_back();
  auto* added = new (arena_.at(ref)) Bucket{};
  added->set_epoch(epoch_.current);
  ++overflow_count_;
  return ref;
}

void Index::free_overflow(Ref ref) {
  arena_.free(ref);
  --overflow_count_;
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

/// Empties a chain into `entries`; its overflow buckets become spare ones.
void Index::take_chain(std::uint32_t chain, std::vector<IndexEntry>& entries) {
  refresh_marks(chain);
  Bucket* first = bucket(chain);
  for (const Bucket* at = first;;) {
    for (std::uint32_t rest = at->occupied(); rest != 0; rest &= rest - 1) {
      entries.push_back(at->entry(std::countr_zero(rest)));
    }
    if (!at->linked()) break;
    const Ref next = at->next();
    at = overflow(at);
    spare_overflow_.push_back(next);
    --overflow_count_;
  }
  *first = Bucket{};
  first->set_epoch(epoch_.current);
}

/// Overflow buckets of a chain with so many entries: each bucket but the last gives one slot to its
/// link.
std::size_t Index::overflow_of(std::size_t entries) {
  constexpr std::size_t kLinked = Bucket::kSlots - 1;
  return entries <= Bucket::kSlots ? 0 : (entries - Bucket::kSlots + kLinked - 1) / kLinked;
}

bool Index::reserve_overflow(std::size_t count) {
  while (spare_overflow_.size() < count) {
    const Ref spare = arena_.allocate_bucket();
    if (spare == kNullRef) return false;
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
  for (const Bucket* at = bucket(chain);; at = overflow(at)) {
    length += static_cast<std::size_t>(at->size());
    if (!at->linked()) return length;
  }
}

std::size_t Index::split() {
  const std::uint32_t added = bucket_count_;
  const std::uint32_t source = added & ((std::bit_ceil(added + 1) - 1) >> 1);
  if (!add_bucket()) return 0;
  scratch_.clear();
  take_chain(source, scratch_);
  for (const IndexEntry& entry : scratch_) prefetch(arena_.at(entry.ref));
  // Two chains need no more overflow buckets than one with the entries of both.
  for (const IndexEntry& entry : scratch_) append(chain_of(hash_of(entry.ref).bucket()), entry);
  release_spare_overflow();
  return scratch_.size();
}

std::size_t Index::join() {
  const std::uint32_t removed = bucket_count_ - 1;
  const std::uint32_t target = removed & (mask_ >> 1);
  const std::size_t from = chain_length(removed);
  const std::size_t to = chain_length(target);
  if (!reserve_overflow(overflow_of(from + to) - overflow_of(from) - overflow_of(to))) return 0;
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
  std::size_t overflows = 0;
  for (std::uint32_t chain = 0; chain < bucket_count_; ++chain) {
    for (const Bucket* at = bucket(chain);; at = overflow(at)) {
      if (at != bucket(chain)) ++overflows;
      if (at->linked() && !at->full()) return "index: a bucket before the last one has room";
      if (!at->linked() && at != bucket(chain) && at->size() < 2) {
        return "index: a chain is longer than it must be";
      }
      for (std::uint32_t rest = at->occupied(); rest != 0; rest &= rest - 1) {
        const IndexEntry entry = at->entry(std::countr_zero(rest));
        const KeyHash hash = hash_of(entry.ref);
        if (chain_of(hash.bucket()) != chain) return "index: an entry is in a wrong chain";
        if (hash.tag() != entry.tag) return "index: a tag is not that of the key";
        if (item(entry.ref).expires() != entry.expires) return "index: a wrong expiry bit";
        ++entries;
      }
      if (!at->linked()) break;
    }
  }
  if (entries != size_) return "index: the number of entries is wrong";
  if (overflows != overflow_count_) return "index: the number of overflow buckets is wrong";
  return {};
}

}  // namespace libcache
