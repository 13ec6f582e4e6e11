// Shard's operations that store a value.

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include <libcache/number.h>

#include "shard_read.h"

namespace libcache {
namespace {

std::int64_t saturating_add(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b > 0 ? std::numeric_limits<std::int64_t>::max()
               : std::numeric_limits<std::int64_t>::min();
}

/// Whether they say when the entry expires, rather than leave it to a default or to what is there.
bool names_deadline(const SetOptions& options) {
  if (options.keep_ttl) return false;
  return options.deadline_ms ? *options.deadline_ms != kNoDeadline : options.ttl.has_value();
}

auto copy_of(std::string_view value) {
  // The source may be the value itself, at the same place.
  return [value](char* to, std::string_view /*old*/) {
    if (!value.empty()) std::memmove(to, value.data(), value.size());
  };
}

}  // namespace

Database& Shard::make_database(int logical) {
  auto& at = databases_[static_cast<std::size_t>(number(logical))];
  if (at == nullptr) {
    at = std::make_unique<Database>(arena_, sweep_.epoch(), environment_.hash_seed, logical);
  }
  return *at;
}

/// Memory for an item and for its slot in `into`, freeing what is needed; kNullRef, and no extent,
/// if that is impossible. Nothing is freed once the item has its memory: emptying a span would try
/// to move it, and it is not in the index yet.
Ref Shard::allocate(const ItemShape& shape, Extent*& extent, Index& into, Overdraft overdraft) {
  Ref ref = kNullRef;
  do {
    ref = take_memory(shape, extent, into, Overdraft::kNo);
  } while (ref == kNullRef && make_room_here_or_elsewhere());
  if (ref == kNullRef && overdraft == Overdraft::kAllowed) {
    ref = take_memory(shape, extent, into, overdraft);
  }
  if (ref == kNullRef && extent != nullptr) environment_.extents->drop(extent);
  if (arena_.take_news_of_full_blocks()) environment_.surroundings->work_added();
  return ref;
}

/// One attempt: kNullRef if a part is refused; an extent that was had is kept for the next one.
Ref Shard::take_memory(const ItemShape& shape, Extent*& extent, Index& into, Overdraft overdraft) {
  if (shape.in_extent && extent == nullptr) {
    extent = environment_.extents->allocate(shape.extent_bytes(), overdraft);
    if (extent == nullptr) return kNullRef;
  }
  arena_.set_overdraft(overdraft);
  const Ref ref = into.prepare_insert() ? arena_.allocate(shape.bytes) : kNullRef;
  arena_.set_overdraft(Overdraft::kNo);
  return ref;
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

/// Puts the item at `ref` into a slot in place of the one that is there, which is freed.
void Shard::replace(Database& in, const Slot& slot, Ref ref) {
  const Ref old = slot.ref();
  sweep_.used(in, slot, entries_);
  in.index.refresh_marks(slot.chain);
  sweep_.left(in, slot.mark(), slot.expires());
  if (slot.expires()) --in.expiring;
  if (item(old).is_tagged()) --in.tagged;
  in.value_bytes -= item(old).value_size();
  slot.set_ref(ref);
  slot.set_expires(item(ref).expires());
  sweep_.entered(in, slot.mark(), slot.expires());
  free_item(old);
}

/// Whether what is to be stored differs from what is there in nothing but the bytes of a small
/// value, and perhaps in its deadline. It is the commonest write; without this question it takes
/// 980 instructions instead of 820.
bool Shard::has_place_for(const Found& found, const Write& write) const {
  return found && write.extent == nullptr && write.tagging.tags.empty() &&
         item(found.slot.ref()).is_plain(write.value_size, write.deadline_ms != kNoDeadline);
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

bool Shard::is_too_large(const ItemShape& shape) const {
  const std::size_t limit = environment_.budget->limit();
  return shape.key_size > kMaxBytes || shape.value_size > kMaxBytes ||
         (limit != 0 && shape.bytes + shape.extent_bytes() > limit / 4 * 3);
}

std::int64_t Shard::chosen_deadline(const SetOptions& options, const Found& found) {
  if (options.keep_ttl && found) return item(found.slot.ref()).deadline_or_none();
  if (options.keep_ttl) return default_deadline();
  if (options.deadline_ms) return *options.deadline_ms;
  return options.ttl ? saturating_add(now_ms(), options.ttl->count()) : default_deadline();
}

/// Of an entry that is stored without naming one.
std::int64_t Shard::default_deadline() const {
  const auto ttl = environment_.default_ttl->get();
  return ttl ? saturating_add(now_ms(), ttl->count()) : kNoDeadline;
}

/// Another value of an entry, which keeps its deadline and its tags, or the first value of a key.
Shard::Write Shard::changed(const Found& found, std::size_t value_size, Encoding encoding) const {
  if (!found) {
    return {.value_size = value_size, .deadline_ms = default_deadline(), .encoding = encoding};
  }
  const Item at = item(found.slot.ref());
  return {.value_size = value_size,
          .deadline_ms = at.deadline_or_none(),
          .encoding = encoding,
          .tagging = at.tagging()};
}

SetResult Shard::set(Key key, KeyHash hash, std::string_view value, const SetOptions& options,
                     Epoch born, Overdraft overdraft) {
  SetResult result;
  const Found found = find(key, hash);
  result.existed = static_cast<bool>(found);
  if (options.return_old && found) {
    const Item old = item(found.slot.ref());
    auto pin = pin_of(old);
    result.old_value = pin ? Value(old.value(), std::move(pin)) : Value(std::string(old.value()));
  }
  using When = SetOptions::When;
  if ((options.when == When::kIfAbsent && found) || (options.when == When::kIfPresent && !found)) {
    result.status = Status::kNotStored;
    return result;
  }
  const std::int64_t deadline = chosen_deadline(options, found);
  if (names_deadline(options) && deadline <= now_ms()) {
    // It is stored, and expires at once.
    if (found) remove(found, RemovalCause::kExplicit);
    note_erased(key, hash);
    count_set(key);
    ++stats_.expiries;
    return result;
  }
  result.status = write(key, hash, found,
                        {.value_size = value.size(),
                         .deadline_ms = deadline,
                         .encoding = options.encoding,
                         .overdraft = overdraft,
                         .tagging = {options.tags, born}},
                        copy_of(value));
  if (result.status == Status::kOk) count_set(key);
  return result;
}

Status Shard::compare_and_set(Key key, KeyHash hash, std::string_view expected,
                              std::string_view desired) {
  const Found found = find(key, hash);
  if (!found) return Status::kNotFound;
  const Item at = item(found.slot.ref());
  if (at.value() != expected) return Status::kNotStored;
  const Status status =
      write(key, hash, found, changed(found, desired.size(), Encoding::kWhole), copy_of(desired));
  if (status == Status::kOk) count_set(key);
  return status;
}

bool Shard::erase(Key key, KeyHash hash) {
  note_erased(key, hash);
  const Found found = find(key, hash);
  if (!found) return false;
  remove(found, RemovalCause::kExplicit);
  return true;
}

Status Shard::set_negative(Key key, KeyHash hash, std::string_view error,
                           std::chrono::milliseconds ttl, const Tagging& tagging) {
  constexpr std::size_t kShare = 16;
  constexpr std::size_t kLongestError = 1024;
  erase(key, hash);
  const std::size_t share = environment_.budget->limit() / environment_.shard_count / kShare;
  std::size_t taken = 0;
  for (const auto& in : databases_) taken += in == nullptr ? 0 : in->negative_bytes;
  if (share != 0 && taken >= share) return Status::kNotStored;
  error = error.substr(0, kLongestError);
  return write(key, hash, {},
               {.value_size = error.size(),
                .deadline_ms = saturating_add(now_ms(), ttl.count()),
                .encoding = Encoding::kWhole,
                .negative = true,
                .tagging = tagging},
               copy_of(error));
}

Status Shard::increment(Key key, KeyHash hash, std::int64_t delta, std::int64_t& result) {
  const Found found = find(key, hash);
  std::int64_t value = 0;
  if (found) {
    const auto number = parse_integer(item(found.slot.ref()).value());
    if (!number) return Status::kNotInteger;
    value = *number;
  }
  if (__builtin_add_overflow(value, delta, &value)) return Status::kOverflow;
  std::array<char, 20> text;
  const char* end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  const auto size = static_cast<std::size_t>(end - text.data());
  const Status status =
      write(key, hash, found, changed(found, size, Encoding::kWhole), copy_of({text.data(), size}));
  if (status != Status::kOk) return status;
  result = value;
  count_set(key);
  return status;
}

Status Shard::increment_float(Key key, KeyHash hash, long double delta, std::string& result) {
  const Found found = find(key, hash);
  long double value = 0;
  if (found) {
    const auto number = parse_float(item(found.slot.ref()).value());
    if (!number) return Status::kNotFloat;
    value = *number;
  }
  value += delta;
  if (std::isnan(value) || std::isinf(value)) return Status::kNotFinite;
  std::string text = format_float(value);
  const Status status =
      write(key, hash, found, changed(found, text.size(), Encoding::kNumber), copy_of(text));
  if (status != Status::kOk) return status;
  result = std::move(text);
  count_set(key);
  return status;
}

Status Shard::splice(Key key, KeyHash hash, std::optional<std::size_t> offset,
                     std::string_view bytes, std::size_t& size) {
  const Found found = find(key, hash);
  const std::size_t old_size = found ? item(found.slot.ref()).value_size() : 0;
  const std::size_t begin = offset.value_or(old_size);
  if (begin > kMaxBytes || bytes.size() > kMaxBytes - begin) return Status::kTooLarge;
  const std::size_t new_size = std::max(old_size, begin + bytes.size());
  // What append() makes is stored in one piece; Redis's SETRANGE makes an editable string at once.
  const Encoding encoding = found || offset ? Encoding::kEdited : Encoding::kWhole;
  const auto fill = [&](char* to, std::string_view old) {
    if (to != old.data() && !old.empty()) std::memcpy(to, old.data(), old.size());
    if (begin > old.size()) std::memset(to + old.size(), 0, begin - old.size());
    if (!bytes.empty()) std::memcpy(to + begin, bytes.data(), bytes.size());
  };
  const Status status = write(key, hash, found, changed(found, new_size, encoding), fill);
  if (status != Status::kOk) return status;
  size = new_size;
  count_set(key);
  return status;
}

/// Rewrites the entry with another deadline: in place if it had one and keeps one. An extent is
/// handed on, not copied. Overdraws: where memory is short and nobody may be evicted, a deadline is
/// what ends that.
Status Shard::set_deadline(Key key, KeyHash hash, const Found& found, std::int64_t deadline_ms) {
  const Item at = item(found.slot.ref());
  const auto keep = [](char* to, std::string_view old) {
    if (to != old.data() && !old.empty()) std::memcpy(to, old.data(), old.size());
  };
  Extent* extent = extent_to_keep(at, at.key_size(), deadline_ms);
  return write(key, hash, found,
               {.value_size = at.value_size(),
                .deadline_ms = deadline_ms,
                .encoding = at.encoding(),
                .extent = extent,
                .overdraft = Overdraft::kAllowed,
                .same_value = true,
                .tagging = at.tagging()},
               keep);
}

/// The extent of an entry, if it serves with that deadline and a key of that size. (Without what
/// was beside it the value may have room in the item.)
Extent* Shard::extent_to_keep(const Item& at, std::size_t key_size, std::int64_t deadline_ms) {
  if (!at.in_extent()) return nullptr;
  const ItemShape wanted = ItemShape::of(key_size, at.value_size(), deadline_ms != kNoDeadline,
                                         at.tagging().tags.size());
  return wanted.in_extent && wanted.extent_bytes() == at.shape().extent_bytes() ? at.extent()
                                                                                : nullptr;
}

Status Shard::rename(Key from, KeyHash from_hash, Shard& target, Key to, KeyHash to_hash) {
  const Found source = find(from, from_hash);
  if (!source) return Status::kNotFound;
  const Item at = item(source.slot.ref());
  // Making room for the target may evict the source: its value is kept beside it meanwhile.
  const std::shared_ptr<const void> pin = pin_of(at);
  const std::string copy(pin ? std::string_view() : at.value());
  const std::string_view value = pin ? at.value() : std::string_view(copy);
  const std::int64_t deadline = at.deadline_or_none();
  const std::size_t key_size = to.bytes().size();
  Extent* extent = key_size <= ItemShape::kMaxInlineKey ? extent_to_keep(at, key_size, deadline)
                                                        : nullptr;  // the key lies in it
  const Write wanted{.value_size = value.size(),
                     .deadline_ms = deadline,
                     .encoding = at.encoding(),
                     .extent = extent,
                     .overdraft = Overdraft::kAllowed,
                     .tagging = at.tagging()};
  const Status status = target.write(to, to_hash, target.find(to, to_hash), wanted, copy_of(value));
  if (status == Status::kOk) erase(from, from_hash);
  return status;
}

}  // namespace libcache
