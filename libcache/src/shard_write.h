#pragma once

// How a value is stored in a shard: for the operations that do (shard_write.cc, shard_change.cc).

#include <algorithm>
#include <atomic>
#include <cstring>
#include <string_view>
#include <utility>

#include "shard_read.h"

namespace libcache {

/// A `fill` for Shard::write() that stores these bytes, which may be the present value itself.
inline auto copy_of(std::string_view value) {
  return [value](char* to, std::string_view /*old*/) {
    if (!value.empty()) std::memmove(to, value.data(), value.size());
  };
}

/// Whether what is to be stored differs from what is there in nothing but the bytes of a small
/// value, and perhaps in its deadline. It is the commonest write; without this question it takes
/// 980 instructions instead of 820.
inline bool Shard::has_place_for(const Found& found, const Write& write) const {
  return found && write.extent == nullptr && write.tagging.tags.empty() &&
         item(found.slot.ref()).is_plain(write.value_size, write.deadline_ms != kNoDeadline);
}

template <class Fill>
Status Shard::write(Key key, KeyHash hash, const Found& found, const Write& write, Fill&& fill) {
  if (has_place_for(found, write) && environment_.budget->excess() == 0) {
    overwrite(found, write, fill);
    note_written(key, hash, write);
    return Status::kOk;
  }
  const std::string_view bytes = key.bytes();
  const ItemShape shape = ItemShape::of(
      bytes.size(), write.value_size, write.deadline_ms != kNoDeadline, write.tagging.tags.size());
  if (write.extent == nullptr && is_too_large(shape)) return Status::kTooLarge;

  Database& into = make_database(key.database());
  if (found) spared_ = found.slot.ref();
  Found present = found;
  // Making room may move the entry, and change the index.
  if (pay_excess() && found) present.slot = found.database->index.find_ref(hash, spared_);
  if (present && write_in_place(present, hash, shape, write, fill)) {
    spared_ = kNullRef;
    note_written(key, hash, write);
    return Status::kOk;
  }
  Extent* extent = write.extent;
  if (extent != nullptr) extent->owners.fetch_add(1, std::memory_order_relaxed);
  const Ref ref = allocate(shape, extent, into.index, write.overdraft);
  const Ref old = std::exchange(spared_, kNullRef);
  if (ref == kNullRef) return Status::kOutOfMemory;

  Item stored = item(ref);
  stored.create(shape, bytes, number(key.database()), write.encoding, extent);
  if (write.negative) {
    stored.set_negative();
    into.negative_bytes += arena_.capacity(ref);
  }
  if (write.extent == nullptr) {
    fill(stored.value_data(), old != kNullRef ? item(old).value() : std::string_view());
  }
  stored.set_tagging(write.tagging);
  if (shape.tags != 0) ++into.tagged;
  if (shape.in_extent) ++items_in_extents_;
  if (observer_ != nullptr) {
    if (old != kNullRef && !write.same_value) {
      observer_->removed(item(old), key.database(), RemovalCause::kReplaced);
    }
    observer_->stored(stored);
  }
  if (old != kNullRef) {
    replace(into, into.index.find_ref(hash, old), ref);
  } else {
    const Mark mark = sweep_.stored(hash, entries_);
    into.index.insert(hash, ref, mark, shape.expires);
    sweep_.entered(into, mark, shape.expires);
    into.key_bytes += bytes.size();
    ++entries_;
    count_moved(into.index.grow_step());
  }
  into.value_bytes += write.value_size;
  if (shape.expires) {
    ++into.expiring;
    wheel_.add(ref, write.deadline_ms);
    environment_.surroundings->deadline_added(write.deadline_ms);
  }
  note_memory();
  note_written(key, hash, write);
  return Status::kOk;
}

/// Puts a value in the place of the one that is there. Precondition: the item has the layout that
/// goes with it, and room.
template <class Fill>
void Shard::overwrite(const Found& found, const Write& write, Fill&& fill) {
  const Ref ref = found.slot.ref();
  Item at = item(ref);
  const std::string_view old = at.value();
  if (observer_ != nullptr) {
    if (!write.same_value) {
      observer_->removed(at, found.database->logical, RemovalCause::kReplaced);
    }
    observer_->dropped(at);
  }
  if (write.extent == nullptr) fill(at.value_data(), old);
  found.database->value_bytes += write.value_size - old.size();
  at.set_value_size(write.value_size);
  at.set_encoding(write.encoding);
  at.set_tagging(write.tagging);
  if (observer_ != nullptr) observer_->stored(at);
  sweep_.used(*found.database, found.slot, entries_);
  if (write.deadline_ms != kNoDeadline && at.deadline() != write.deadline_ms) {
    wheel_.remove(ref);
    wheel_.add(ref, write.deadline_ms);
    environment_.surroundings->deadline_added(write.deadline_ms);
  }
}

/// As overwrite(), where the item lies or its extent has room for it, or can be made larger.
/// Returns whether that was so.
template <class Fill>
bool Shard::write_in_place(Found found, KeyHash hash, const ItemShape& shape, const Write& write,
                           Fill&& fill) {
  Item at = item(spared_);
  if (!at.shape().same_layout(shape)) return false;
  if (write.extent != nullptr) {
    if (at.extent() != write.extent) return false;
  } else if (shape.in_extent) {
    // A pinned extent never changes.
    if (at.extent()->owners.load(std::memory_order_acquire) != 1) return false;
    if (at.extent()->capacity < shape.extent_bytes()) return false;
    // The old value is there until it is replaced.
    const std::size_t both = std::max(at.shape().extent_bytes(), shape.extent_bytes());
    while (!environment_.extents->resize(*at.extent(), both)) {
      if (!make_room_here_or_elsewhere()) return false;
      at = item(spared_);
      found.slot = found.database->index.find_ref(hash, spared_);
    }
  } else if (Arena::slot_size(shape.bytes) != arena_.capacity(spared_)) {
    return false;
  }
  overwrite(found, write, fill);
  if (shape.in_extent && write.extent == nullptr) {  // is not refused: it needs no more than it has
    static_cast<void>(environment_.extents->resize(*at.extent(), shape.extent_bytes()));
  }
  return true;
}

}  // namespace libcache
